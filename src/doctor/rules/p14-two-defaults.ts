// P14: more than one storage class is the default, so claims get one that nobody chose.

import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { isDefaultClass } from '../../apis/storage/storage-class.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p14TwoDefaults = defineRule({
  id: 'P14',
  title: 'More than one default storage class',
  severity: 'Medium',
  needs: ['classes'],
  page: {
    symptom: 'No event. Claims without a class come out with a class that nobody expected.',
    cause: 'Two or more classes carry the annotation of the default. The newest of them wins, then the first by name.',
    consequence:
      'New claims may get slower, dearer or less safe disks than meant, and the class of a claim can not be changed later.',
    remedy: 'Keep the annotation on one class. Claims that have a class keep it.',
    wrongMoves: 'Deleting the other classes: claims that name them could not grow any more.',
    sources: ['https://github.com/openshift/cluster-storage-operator/blob/main/manifests/12_prometheusrules.yaml'],
  },
  examine: (snapshot) => {
    const defaults = snapshot.all('classes').filter(isDefaultClass).toSorted(newestFirst);
    const [winner, ...others] = defaults;
    return winner && others.length > 0 ? [findingOf(snapshot, winner, others)] : [];
  },
});

/** Rule of the DefaultStorageClass admission plugin. */
function newestFirst({ metadata: a }: StorageClass, { metadata: b }: StorageClass): number {
  return b.creationTimestamp.localeCompare(a.creationTimestamp) || a.name.localeCompare(b.name);
}

function findingOf(snapshot: Snapshot, winner: StorageClass, others: readonly StorageClass[]): FindingDraft {
  const names = [winner, ...others].map(({ metadata }) => metadata.name);
  const { name } = winner.metadata;
  return {
    subject: refTo(winner),
    related: others.map(refTo),
    sentence: `The storage classes ${names.join(' and ')} are all marked as the default; claims without a class get ${name}.`,
    evidence: [winner, ...others].map(mark),
    actions: [
      guarded(
        {
          title: `Keep ${name} as the only default`,
          why: 'Claims without a class already get it, so nothing changes but that it is said once.',
          commands: others.map((other) =>
            kubectl(['annotate', 'storageclass', other.metadata.name, `${markKey(other)}-`]),
          ),
        },
        [
          {
            claim: `${name} is the class that claims without one get today`,
            found:
              snapshot.covers('classes') && [winner, ...others].every(({ metadata }) => metadata.creationTimestamp)
                ? evidence(winner, 'metadata.creationTimestamp', winner.metadata.creationTimestamp)
                : undefined,
            howTo: `See which of the defaults is the newest: ${kubectl(['get', 'storageclasses', '--sort-by=.metadata.creationTimestamp'])}`,
          },
        ],
      ),
      harmless({
        title: 'Or decide for another one',
        why: 'Then take the mark from the others; claims that wait without a class adopt the one that is left.',
        commands: [kubectl(['get', 'storageclasses'])],
      }),
      wrongMove({
        title: 'Delete the other classes',
        why: 'Claims that name them could not grow any more, and new ones of StatefulSets would find no class.',
      }),
    ],
  };
}

function markKey({ metadata }: StorageClass): string {
  const marks = Object.entries(metadata.annotations ?? {});
  return marks.find(([key, value]) => key.endsWith('is-default-class') && value === 'true')?.[0] ?? '';
}

function mark(each: StorageClass): Evidence {
  return evidence(each, `metadata.annotations[${markKey(each)}]`, 'true');
}
