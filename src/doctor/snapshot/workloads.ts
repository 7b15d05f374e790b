// To which workload does a pod belong? The object that people know, not the one between.

import { controllerOf } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { type ObjectRef, refTo } from '../finding.ts';
import type { Snapshot } from './snapshot.ts';

/** The Deployment, StatefulSet, DaemonSet or Job of the pod; the ReplicaSet if its own owner is not known; else the pod. */
export function workloadOf(snapshot: Snapshot, pod: Pod): ObjectRef {
  const owner = controllerOf(pod);
  if (!owner) return refTo(pod);
  const { namespace = '' } = pod.metadata;
  if (owner.kind === 'ReplicaSet') {
    const set = snapshot.find('replicaSets', { namespace, name: owner.name });
    const above = set && controllerOf(set);
    if (above) return { kind: above.kind, namespace, name: above.name };
  }
  return { kind: owner.kind, namespace, name: owner.name };
}
