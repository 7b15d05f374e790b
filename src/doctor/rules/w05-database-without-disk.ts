// W05: a database keeps its data where it is lost with the pod, or with the node.

import { controllerOf } from '../../apimachinery/meta.ts';
import type { Pod, Volume, VolumeMount } from '../../apis/core/generated/v1.ts';
import { type Evidence, evidence, type FindingDraft, refText, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { type EngineContainer, holdsData } from '../snapshot/engines.ts';
import { siftPods } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

export const w05DatabaseWithoutDisk = defineRule({
  id: 'W05',
  title: 'Database without a volume of its own',
  severity: 'Critical',
  needs: ['pods'],
  reads: ['replicaSets'],
  page: {
    symptom: 'Nothing yet: a database runs with its data in an emptyDir, in a hostPath, or in its own container.',
    cause: 'Persistence was switched off, as many charts allow for a trial, or a mount points to the wrong folder.',
    consequence: 'The next restart of the pod, or the loss of the node, takes all data.',
    remedy: 'Dump the database first, while it runs; then give it a claim and load the dump.',
    wrongMoves: 'Restarting the pod, or changing its template, before the dump: both delete the data.',
    sources: ['https://github.com/camunda/camunda-platform-helm/issues/5923'],
  },
  examine: (snapshot) => {
    const byWorkload = new Map<string, FindingDraft>();
    for (const { pod, found } of siftPods(snapshot).databases) {
      if (isShortLived(pod)) continue;
      const place = placeOf(pod, found);
      if (place) byWorkload.set(refText(workloadOf(snapshot, pod)), draft(snapshot, { pod, found, place }));
    }
    return [...byWorkload.values()];
  },
});

/** Jobs test or prepare something; static pods of the control plane keep their folder on purpose. */
function isShortLived(pod: Pod): boolean {
  const owner = controllerOf(pod)?.kind;
  return owner === 'Job' || pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

interface Place {
  kind: 'emptyDir' | 'hostPath' | 'container';
  fact: Evidence;
}

/** Where the engine's data lies, if that is no place for it. */
function placeOf(pod: Pod, { engine, container }: EngineContainer): Place | undefined {
  const mounts = (container.volumeMounts ?? []).filter(({ mountPath }) => holdsData(engine, mountPath));
  if (mounts.length === 0) {
    // With data folders of its own choosing, nobody can say where they are.
    const hasClaim = pod.spec?.volumes?.some((volume) => !isPassing(volume) && !isConfiguration(volume));
    return hasClaim
      ? undefined
      : {
          kind: 'container',
          fact: evidence(pod, `spec.containers[${container.name}].volumeMounts`, container.volumeMounts),
        };
  }
  const volumes = mounts.map((mount) => volumeOf(pod, mount));
  if (!volumes.every((volume) => volume && isPassing(volume))) return undefined;
  const [volume] = volumes;
  if (!volume) return undefined;
  const kind = volume.emptyDir ? 'emptyDir' : 'hostPath';
  return { kind, fact: evidence(pod, `spec.volumes[${volume.name}].${kind}`, volume[kind]) };
}

function volumeOf(pod: Pod, { name }: VolumeMount): Volume | undefined {
  return pod.spec?.volumes?.find((volume) => volume.name === name);
}

const isPassing = ({ emptyDir, hostPath }: Volume): boolean => emptyDir !== undefined || hostPath !== undefined;
const isConfiguration = ({ configMap, secret, projected, downwardAPI }: Volume): boolean =>
  Boolean(configMap ?? secret ?? projected ?? downwardAPI);

const places = {
  emptyDir: 'an emptyDir, which goes with the pod',
  hostPath: 'a folder of its node, which goes with the node',
  container: 'its own container, which goes with the next restart',
};

function draft(
  snapshot: Snapshot,
  { pod, found, place }: { pod: Pod; found: EngineContainer; place: Place },
): FindingDraft {
  const { namespace, name } = pod.metadata;
  const { engine, container } = found;
  const workload = workloadOf(snapshot, pod);
  const dump = engine.dump
    ? [`${kubectl(['exec', name, '-c', container.name, '--', ...engine.dump], namespace)} > ${name}.dump`]
    : [];
  return {
    severity: place.kind === 'hostPath' ? 'High' : 'Critical',
    subject: workload,
    related: [refTo(pod)],
    sentence: `${engine.name} in ${workload.kind} ${workload.name} keeps its data in ${places[place.kind]}.`,
    evidence: [evidence(pod, `spec.containers[${container.name}].image`, container.image), place.fact],
    actions: [
      harmless({
        title: 'Dump the database now, while it runs',
        why: engine.dump
          ? 'It only reads. Look into the file before anything else is done.'
          : `${engine.name} has no dump of its own: use its snapshot or export to a place outside of the cluster.`,
        commands: dump,
      }),
      guarded(
        {
          title: 'Give it a claim, and load the dump',
          why: 'Changing the template restarts the pod, and what lay in the old place is gone.',
          commands: [],
        },
        [
          {
            claim: 'a dump is complete and has been loaded elsewhere once',
            found: undefined,
            howTo: 'Load it into a second database, and compare the number of rows.',
          },
        ],
      ),
      forExpert({
        title: 'Leave it as it is, if the data can be made again at any time',
        why: 'Caches and tests may be meant so. Only whoever owns the application knows.',
      }),
      wrongMove({
        title: 'Restart the pod, or change its template, before the dump',
        why: 'Both delete the only copy.',
      }),
    ],
  };
}
