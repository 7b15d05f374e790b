// What do workloads look like in a test of a rule?

import type { OwnerReference } from '../../apimachinery/meta.ts';
import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { Node } from '../../apis/core/generated/v1.ts';
import type { PodDisruptionBudget } from '../snapshot/types.ts';
import { from, node, type Overrides, object } from './builders.ts';

/** Owns an object as its controller. */
export function ownedBy(kind: string, name: string): { ownerReferences: OwnerReference[] } {
  return {
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `${kind}-${name}`.toLowerCase(), controller: true }],
  };
}

/** Two replicas of `db` with 10Gi each, all at revision `db-1`. */
export const statefulSet = from<StatefulSet>(
  { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', namespace: 'shop' },
  {
    spec: {
      replicas: 2,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'example/db:1' }] } },
      updateStrategy: { type: 'RollingUpdate' },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { resources: { requests: { storage: '10Gi' } }, storageClassName: 'fast' },
        },
      ],
    },
    status: { replicas: 2, currentRevision: 'db-1', updateRevision: 'db-1' },
  },
);

/** Of the pods `app=db`, one of which may go. */
export const budget = from<PodDisruptionBudget>(
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: 'db', namespace: 'shop' },
  {
    spec: { selector: { matchLabels: { app: 'db' } }, minAvailable: 1 },
    status: { currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 },
  },
);

export function secret(name: string, namespace: string): ReturnType<typeof object> {
  return object({ apiVersion: 'v1', kind: 'Secret', name, namespace }, {});
}

/** In another zone than `node()`. */
export function nodeInZone(name: string, zone: string, overrides: Overrides<Node> = {}): Node {
  return node({
    ...overrides,
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone } },
  });
}
