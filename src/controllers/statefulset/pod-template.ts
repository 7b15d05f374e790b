// What do a set's pod and claims look like when they are new? Models newStatefulSetPod and getPersistentVolumeClaims.

import type { Draft, OwnerReference } from '../../apimachinery/meta.ts';
import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim, Pod, Volume } from '../../apis/core/generated/v1.ts';
import { claimNameOf, podIndexLabel, podNameLabel, podNameOf, revisionLabel } from './names.ts';

/** The owner reference that makes the set the controller of its object. */
export function ownedBy(set: StatefulSet): OwnerReference {
  const { name, uid } = set.metadata;
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true, blockOwnerDeletion: true };
}

/** The pod of `ordinal`; `set` carries the template of the revision called `revisionName`. */
export function newPod(
  set: StatefulSet,
  { ordinal, revisionName }: { ordinal: number; revisionName: string },
): Draft<Pod> {
  const template = set.spec?.template;
  const name = podNameOf(set, ordinal);
  const claims = (set.spec?.volumeClaimTemplates ?? []).map(
    (claimTemplate): Volume => ({
      name: claimTemplate.metadata.name,
      persistentVolumeClaim: { claimName: claimNameOf(set, claimTemplate, ordinal) },
    }),
  );
  const claimed = new Set(claims.map((volume) => volume.name));
  const others = (template?.spec?.volumes ?? []).filter((volume) => !claimed.has(volume.name));
  const labels = {
    ...template?.metadata?.labels,
    [podNameLabel]: name,
    [podIndexLabel]: String(ordinal),
    [revisionLabel]: revisionName,
  };
  return {
    metadata: {
      name,
      ...(set.metadata.namespace && { namespace: set.metadata.namespace }),
      generateName: `${set.metadata.name}-`,
      labels,
      ...(template?.metadata?.annotations && { annotations: template.metadata.annotations }),
      ...(template?.metadata?.finalizers && { finalizers: template.metadata.finalizers }),
      ownerReferences: [ownedBy(set)],
    },
    spec: {
      ...template?.spec,
      containers: template?.spec?.containers ?? [],
      hostname: name,
      ...(set.spec?.serviceName && { subdomain: set.spec.serviceName }),
      volumes: [...claims, ...others],
    },
  };
}

/** The claims that the pod of `ordinal` needs. */
export function newClaims(set: StatefulSet, ordinal: number): Draft<PersistentVolumeClaim>[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    metadata: {
      name: claimNameOf(set, template, ordinal),
      ...(set.metadata.namespace && { namespace: set.metadata.namespace }),
      labels: { ...template.metadata.labels, ...set.spec?.selector.matchLabels },
      ...(template.metadata.annotations && { annotations: template.metadata.annotations }),
    },
    ...(template.spec && { spec: template.spec }),
  }));
}
