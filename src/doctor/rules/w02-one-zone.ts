// W02: all replicas of a StatefulSet keep their data in one zone, or on one host. Its loss is the loss of all.

import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { volumeOfClaim } from '../snapshot/joins.ts';
import { claimsOfSet } from '../snapshot/sets.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { type Level, placesOf, placesOfNodes } from '../snapshot/topology.ts';

export const w02OneZone = defineRule({
  id: 'W02',
  title: 'All replicas in one zone or on one host',
  severity: 'High',
  needs: ['statefulSets', 'claims', 'volumes', 'nodes'],
  page: {
    symptom: 'Nothing yet: the volumes of all replicas of a StatefulSet are in the same zone, or on the same host.',
    cause:
      'Nothing asks for a spread, or the class binds immediately, so that volumes were made before anybody knew where the pods would run.',
    consequence: 'When that zone or host fails, no replica is left, and with a host also no copy of the data.',
    remedy:
      'A class with WaitForFirstConsumer and a spread over zones in the template; then move one replica after the other.',
    wrongMoves: 'Moving several replicas at once: the set loses its majority, or the last good copy.',
    sources: ['https://github.com/kubernetes/examples/issues/149'],
  },
  examine: (snapshot) => {
    // With one place in the cluster there is no other to go to.
    const levels = (['host', 'zone'] as const).filter((level) => placesOfNodes(snapshot, level).size > 1);
    if (levels.length === 0) return [];
    return snapshot.all('statefulSets').flatMap((set) => findingOf(snapshot, set, levels));
  },
});

function findingOf(snapshot: Snapshot, set: StatefulSet, levels: readonly Level[]): FindingDraft[] {
  if ((set.spec?.replicas ?? 1) < 2) return [];
  const volumes = volumesOfSet(snapshot, set);
  if (volumes.length < 2) return [];
  for (const level of levels) {
    const place = onlyPlace(volumes[0], level);
    if (place && volumes.every((volume) => onlyPlace(volume, level) === place))
      return [draft(set, volumes, { level, place })];
  }
  return [];
}

/** The place that the volume is bound to; undefined if it is bound to none, or to several. */
function onlyPlace(volume: PersistentVolume | undefined, level: Level): string | undefined {
  const places = volume ? placesOf(volume, level) : [];
  return places.length === 1 ? places[0] : undefined;
}

/** Volumes of the first template's claims, of the present ordinals. */
function volumesOfSet(snapshot: Snapshot, set: StatefulSet): PersistentVolume[] {
  const [first] = claimsOfSet(snapshot, set);
  const volumes: PersistentVolume[] = [];
  for (const { claim, template } of claimsOfSet(snapshot, set)) {
    const volume = template === first?.template ? volumeOfClaim(snapshot, claim) : undefined;
    if (volume) volumes.push(volume);
  }
  return volumes;
}

function draft(
  set: StatefulSet,
  volumes: readonly PersistentVolume[],
  { level, place }: { level: Level; place: string },
): FindingDraft {
  const { namespace, name } = set.metadata;
  return {
    subject: refTo(set),
    related: volumes.map(refTo),
    sentence: `All ${volumes.length} replicas of StatefulSet ${name} keep their data ${level === 'host' ? 'on host' : 'in zone'} ${place}, so one failure takes them all.`,
    evidence: [
      evidence(set, 'spec.replicas', set.spec?.replicas),
      ...volumes
        .slice(0, 5)
        .map((volume) =>
          evidence(volume, 'spec.nodeAffinity.required', `${level} ${placesOf(volume, level).join(', ')}`),
        ),
    ],
    actions: [
      harmless({
        title: 'Ask for a spread in the template of the set',
        why: 'topologySpreadConstraints with whenUnsatisfiable: DoNotSchedule. Pods that have a volume stay where it is; new ones spread.',
        commands: [
          kubectl(
            ['get', 'statefulset', name, '-o', 'jsonpath={.spec.template.spec.topologySpreadConstraints}'],
            namespace,
          ),
        ],
      }),
      forExpert({
        title: 'Move one replica to another place',
        why: 'Its claim has to be deleted, and its data built up again from the others. Whether they are whole and in step, only the application knows.',
      }),
      wrongMove({
        title: 'Move several replicas at once',
        why: 'The set loses its majority, and perhaps the only copy that was whole.',
      }),
    ],
  };
}
