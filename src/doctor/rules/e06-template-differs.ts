// E06: the claims of a StatefulSet have another size than its template, which can't be changed in place.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import { requestOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { type Action, evidence, type FindingDraft, type Proof, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { classOfClaim } from '../snapshot/joins.ts';
import { claimsOfSet } from '../snapshot/sets.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const e06TemplateDiffers = defineRule({
  id: 'E06',
  title: 'StatefulSet template and claims differ in size',
  severity: 'Medium',
  needs: ['statefulSets', 'claims'],
  reads: ['classes'],
  page: {
    symptom:
      "\"updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', … are forbidden\"; replicas of one set have claims of different sizes.",
    cause:
      'volumeClaimTemplates never change. Either the claims were grown by hand, or the set was made again with a larger template.',
    consequence:
      'The next replica gets a claim of the size in the template; a replica with less space than the others fills first.',
    remedy:
      'Grow the claims that are too small; make the set again with the right template, keeping its pods (--cascade=orphan).',
    wrongMoves: 'Deleting the set with its pods, or with its claims.',
    sources: ['https://github.com/kubernetes/enhancements/pull/4651'],
  },
  examine: (snapshot) =>
    snapshot.all('statefulSets').flatMap((set) => {
      const differing = differences(snapshot, set);
      if (differing.length === 0) return [];
      const small = differing.filter(({ order }) => order < 0);
      return [small.length > 0 ? tooSmall(snapshot, set, small) : templateTooSmall(set, differing)];
    }),
});

interface Difference {
  claim: PersistentVolumeClaim;
  /** As in the template. */
  wanted: string;
  /** Negative: the claim asks for less than the template. */
  order: number;
}

/** Claims of the set's present ordinals that ask for another size than their template. */
function differences(snapshot: Snapshot, set: StatefulSet): Difference[] {
  const found: Difference[] = [];
  for (const { claim, template } of claimsOfSet(snapshot, set)) {
    const wanted = set.spec?.volumeClaimTemplates?.find(({ metadata }) => metadata?.name === template)?.spec?.resources
      ?.requests?.['storage'];
    if (!wanted || requestOf(claim) === wanted) continue;
    const order = compareQuantities(parseQuantity(requestOf(claim)), parseQuantity(wanted));
    if (order !== 0) found.push({ claim, wanted, order });
  }
  return found;
}

function tooSmall(snapshot: Snapshot, set: StatefulSet, small: readonly Difference[]): FindingDraft {
  const { name } = set.metadata;
  return {
    ...common(set, small),
    sentence: `StatefulSet ${name} has ${small.length === 1 ? '1 claim that asks' : `${small.length} claims that ask`} for less than the ${small[0]?.wanted} in its template, and nothing grows them.`,
    cause: 'The set was made again with a larger template. A StatefulSet makes claims, and never changes them.',
    actions: [...small.map(({ claim, wanted }) => grow(snapshot, claim, wanted)), cascade],
  };
}

function grow(snapshot: Snapshot, claim: PersistentVolumeClaim, wanted: string): Action {
  const { namespace, name } = claim.metadata;
  const patch = JSON.stringify({ spec: { resources: { requests: { storage: wanted } } } });
  return guarded(
    {
      title: `Grow ${name} to ${wanted}`,
      why: 'The volume becomes larger and its data stays. It can not be made smaller again.',
      commands: [kubectl(['patch', 'persistentvolumeclaim', name, '-p', patch], namespace)],
    },
    [classExpands(snapshot, claim)],
  );
}

function classExpands(snapshot: Snapshot, claim: PersistentVolumeClaim): Proof {
  const storageClass = classOfClaim(snapshot, claim);
  return {
    claim: `the class of ${claim.metadata.name} allows expansion`,
    found: storageClass?.allowVolumeExpansion ? evidence(storageClass, 'allowVolumeExpansion', true) : undefined,
    howTo: `Look: ${kubectl(['get', 'storageclass', ...(storageClass ? [storageClass.metadata.name] : [])])}`,
  };
}

function templateTooSmall(set: StatefulSet, large: readonly Difference[]): FindingDraft {
  const { namespace, name } = set.metadata;
  return {
    ...common(set, large),
    severity: 'Low',
    sentence: `The claims of StatefulSet ${name} were grown, but its template still says ${large[0]?.wanted}: the next replica gets less space than the others.`,
    cause: 'The claims were grown by hand, and the template can not be changed in place.',
    actions: [
      harmless({
        title: 'Save the set to a file, and write the new size into its template',
        why: 'Nothing changes in the cluster yet.',
        commands: [`${kubectl(['get', 'statefulset', name, '-o', 'yaml'], namespace)} > ${name}.yaml`],
      }),
      guarded(
        {
          title: 'Make the set again, keeping its pods',
          why: 'With --cascade=orphan only the set goes; its pods run on and are taken over by the new one.',
          commands: [
            kubectl(['delete', 'statefulset', name, '--cascade=orphan'], namespace),
            kubectl(['apply', '-f', `${name}.yaml`], namespace),
          ],
        },
        [claimsAreKept(set)],
      ),
      cascade,
    ],
  };
}

/** With whenDeleted: Delete, the set owns its claims. Orphaning lets go of them too, but a slip costs the data. */
function claimsAreKept(set: StatefulSet): Proof {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted ?? 'Retain';
  return {
    claim: 'the claims stay when the set is deleted',
    found:
      policy === 'Retain' ? evidence(set, 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted', policy) : undefined,
    howTo: `Set it first: ${kubectl(['patch', 'statefulset', set.metadata.name, '-p', '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"}}}'], set.metadata.namespace)}`,
  };
}

function common(
  set: StatefulSet,
  differing: readonly Difference[],
): Pick<FindingDraft, 'subject' | 'related' | 'evidence'> {
  return {
    subject: refTo(set),
    related: differing.map(({ claim }) => refTo(claim)),
    evidence: [
      evidence(set, 'spec.volumeClaimTemplates[0].spec.resources.requests.storage', differing[0]?.wanted),
      ...differing.slice(0, 5).map(({ claim }) => evidence(claim, 'spec.resources.requests.storage', requestOf(claim))),
    ],
  };
}

const cascade = wrongMove({
  title: 'Delete the set without --cascade=orphan',
  why: 'All its pods stop at once; with a retention policy of Delete the claims and their data go too.',
});
