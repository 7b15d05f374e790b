// P06: a quota refuses claims that a workload needs, so there is no claim to look at.

import { addQuantities, compareQuantities, formatQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import { defaultClass } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaimSpec, Pod, ResourceQuota } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { askedOf } from '../safety/proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { waitingPods } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p06QuotaUsedUp = defineRule({
  id: 'P06',
  title: 'Quota that refuses new claims',
  severity: 'Medium',
  needs: ['statefulSets', 'pods', 'claims', 'classes', 'quotas'],
  page: {
    symptom:
      'A StatefulSet stays below its number of replicas, or a pod with an ephemeral volume stays Pending, and no claim exists: "exceeded quota: … requested: requests.storage=…".',
    cause: 'A ResourceQuota of the namespace, for all classes or for one, has no room for the claim.',
    consequence: 'The claim is refused as soon as it is asked for, so the replica or the pod does not start.',
    remedy: 'Raise the quota, or free a part of it by removing claims that are known to be of no use.',
    wrongMoves: 'Deleting claims in a hurry to get below the quota: with reclaim policy Delete their data goes too.',
    sources: ['https://github.com/kubernetes/kubernetes/issues/119593'],
  },
  examine: (snapshot, { graceMs }) => {
    if (snapshot.all('quotas').length === 0) return [];
    const late = waitingPods(snapshot).filter(
      ({ metadata }) => (snapshot.ageMs(metadata.creationTimestamp) ?? 0) > graceMs,
    );
    const wanted = [
      ...snapshot.all('statefulSets').map((set) => missingOfSet(snapshot, set)),
      ...late.map((pod) => missingOfPod(snapshot, pod)),
    ];
    return wanted.flatMap((missing) => {
      const limit = missing && limitAgainst(snapshot, missing);
      return limit ? [findingOf(missing, limit)] : [];
    });
  },
});

/** A claim that a workload needs and that does not exist. */
interface MissingClaim {
  owner: StatefulSet | Pod;
  name: string;
  spec: PersistentVolumeClaimSpec;
}

/** The first claim that a set below its number of replicas lacks. */
function missingOfSet(snapshot: Snapshot, set: StatefulSet): MissingClaim | undefined {
  const { namespace = '', name, deletionTimestamp } = set.metadata;
  const { replicas = 1, ordinals, volumeClaimTemplates = [] } = set.spec ?? {};
  if (deletionTimestamp || (set.status?.replicas ?? 0) >= replicas || volumeClaimTemplates.length === 0)
    return undefined;
  if (!snapshot.covers('claims', namespace)) return undefined;
  const start = ordinals?.start ?? 0;
  for (let ordinal = start; ordinal < start + replicas; ordinal++) {
    for (const template of volumeClaimTemplates) {
      const claimName = `${template.metadata.name}-${name}-${ordinal}`;
      if (!snapshot.find('claims', { namespace, name: claimName }))
        return { owner: set, name: claimName, spec: template.spec ?? {} };
    }
  }
  return undefined;
}

/** The first claim of a generic ephemeral volume that the pod lacks. */
function missingOfPod(snapshot: Snapshot, pod: Pod): MissingClaim | undefined {
  const { namespace = '', name } = pod.metadata;
  if (!snapshot.covers('claims', namespace)) return undefined;
  for (const volume of pod.spec?.volumes ?? []) {
    const spec = volume.ephemeral?.volumeClaimTemplate?.spec;
    const claimName = `${name}-${volume.name}`;
    if (spec && !snapshot.find('claims', { namespace, name: claimName })) return { owner: pod, name: claimName, spec };
  }
  return undefined;
}

interface Limit {
  quota: ResourceQuota;
  /** Of `status.hard`. */
  key: string;
  hard: string;
  used: string;
  /** What the key would have to be for the claim to fit. */
  needed: string;
}

/** The quota that has no room for the claim. */
function limitAgainst(snapshot: Snapshot, { owner, spec }: MissingClaim): Limit | undefined {
  const { namespace = '' } = owner.metadata;
  const className = spec.storageClassName ?? defaultClass([...snapshot.all('classes')])?.metadata.name;
  const storage = spec.resources?.requests?.['storage'] ?? '0';
  const charges: Record<string, string> = { persistentvolumeclaims: '1', 'requests.storage': storage };
  if (className) {
    charges[`${className}.storageclass.storage.k8s.io/persistentvolumeclaims`] = '1';
    charges[`${className}.storageclass.storage.k8s.io/requests.storage`] = storage;
  }
  const quotas = snapshot.where('quotas', {
    index: 'quotasByNamespace',
    key: namespace,
    keysOf: ({ metadata }) => [metadata.namespace ?? ''],
  });
  for (const quota of quotas) {
    // Scopes pick out pods and volume attributes classes; which claims they mean can't be told from a template.
    if (quota.spec?.scopes?.length || quota.spec?.scopeSelector) continue;
    for (const [key, amount] of Object.entries(charges)) {
      const [hard, used = '0'] = [quota.status?.hard?.[key], quota.status?.used?.[key]];
      if (hard === undefined) continue;
      const needed = addQuantities(parseQuantity(used), parseQuantity(amount));
      if (compareQuantities(needed, parseQuantity(hard)) > 0) {
        return { quota, key, hard, used, needed: formatQuantity(needed) };
      }
    }
  }
  return undefined;
}

function findingOf({ owner, name }: MissingClaim, { quota, key, hard, used, needed }: Limit): FindingDraft {
  const { namespace } = owner.metadata;
  const patch = JSON.stringify({ spec: { hard: { [key]: needed } } });
  return {
    subject: refTo(owner),
    related: [refTo(quota)],
    sentence: `${owner.kind} ${owner.metadata.name} can not get its claim ${name}, because the quota ${quota.metadata.name} of the namespace is used up.`,
    evidence: [
      evidence(quota, `status.hard[${key}]`, hard),
      evidence(quota, `status.used[${key}]`, used),
      ...('serviceName' in (owner.spec ?? {})
        ? [evidence(owner, 'status.replicas', (owner as StatefulSet).status?.replicas ?? 0)]
        : []),
    ],
    actions: [
      guarded(
        {
          title: `Raise ${key} of the quota to ${needed}`,
          why: 'The claim is then made by itself. Nothing that exists is changed.',
          commands: [kubectl(['patch', 'resourcequota', quota.metadata.name, '--type=merge', '-p', patch], namespace)],
        },
        [
          askedOf(
            'whoever set the quota agrees, and the storage has room for it',
            `Ask the owner of the namespace ${namespace}, and look at the pools behind the class.`,
          ),
        ],
      ),
      harmless({
        title: 'See which claims use the quota',
        why: 'Perhaps some are known to be of no use; whoever owns them decides.',
        commands: [
          kubectl(['describe', 'resourcequota', quota.metadata.name], namespace),
          kubectl(['get', 'persistentvolumeclaims'], namespace),
        ],
      }),
      wrongMoves.deleteClaim,
    ],
  };
}
