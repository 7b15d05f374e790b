// W01: several pods write to one ReadWriteOnce volume on one node. The mode keeps nodes apart, not pods.

import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { engineOf } from '../snapshot/engines.ts';
import { type SharedClaim, sharedClaims } from '../snapshot/sharing.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';
import { isReadOnlyIn } from '../snapshot/writers.ts';

export const w01SeveralWriters = defineRule({
  id: 'W01',
  title: 'Several writers on one volume',
  severity: 'Critical',
  needs: ['claims', 'pods'],
  reads: ['replicaSets'],
  page: {
    symptom: 'Nothing yet: two pods on the same node have one ReadWriteOnce claim mounted to write.',
    cause: 'ReadWriteOnce allows one node. All pods of that node may mount the volume, and each believes to be alone.',
    consequence:
      "Programs that expect to be alone, as every database does, destroy each other's files. If one of the pods moves, it hangs in Multi-Attach instead.",
    remedy: 'Decide which pod is to write, and make the claim ReadWriteOncePod; then a second pod waits.',
    wrongMoves: 'Trusting ReadWriteOnce as a lock, or deleting one of the pods at random.',
    sources: [
      'https://github.com/thaum-xyz/ankhmorpork/pull/1067',
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/2485-read-write-once-pod-pv-access-mode',
    ],
  },
  examine: (snapshot) =>
    sharedClaims(snapshot).flatMap(({ claim, pods }) => {
      const modes = claim.spec?.accessModes ?? [];
      if (modes.length !== 1 || modes[0] !== 'ReadWriteOnce') return [];
      const writers = pods.filter((pod) => pod.status?.phase === 'Running' && !isReadOnlyIn(pod, claim));
      const [first] = writers;
      // On two nodes it is Multi-Attach, which has a rule of its own.
      const together = writers.filter((pod) => pod.spec?.nodeName === first?.spec?.nodeName);
      return together.length < 2 ? [] : [findingOf(snapshot, { claim, pods: together })];
    }),
});

function findingOf(snapshot: Snapshot, { claim, pods }: SharedClaim): FindingDraft {
  const { namespace, name } = claim.metadata;
  const engine = pods.map(engineOf).find(Boolean)?.engine;
  const workloads = new Map(pods.map((pod) => [workloadOf(snapshot, pod).name, workloadOf(snapshot, pod)]));
  return {
    // Without a database among them it may be meant so, as with a folder of uploads.
    severity: engine ? 'Critical' : 'High',
    subject: refTo(claim),
    related: [...pods.map(refTo), ...workloads.values()],
    sentence: `Claim ${name} is written by ${pods.length} pods on ${pods[0]?.spec?.nodeName} at once${engine ? `, and ${engine.name} must be alone on its files` : ', and nothing keeps them apart'}.`,
    evidence: [
      evidence(claim, 'spec.accessModes', claim.spec?.accessModes),
      ...pods.slice(0, 5).map((pod) => evidence(pod, 'spec.nodeName', pod.spec?.nodeName)),
    ],
    actions: [
      harmless({
        title: 'Look which of them is meant to write',
        why: 'A second replica, an old pod of a rollout, or a backup job are the usual ones.',
        commands: [kubectl(['get', 'pods', '-o', 'wide'], namespace)],
      }),
      ...[...workloads.values()]
        .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
        .map((workload) =>
          guarded(
            {
              title: `Scale ${workload.kind} ${workload.name} to one replica`,
              why: 'The others stop in good order.',
              commands: [
                kubectl(['scale', `${workload.kind.toLowerCase()}/${workload.name}`, '--replicas=1'], namespace),
              ],
            },
            [
              {
                claim: 'the pod that remains has the files that count',
                found: undefined,
                howTo: 'Ask each of the pods for its newest data, for example the last entry of its log or table.',
              },
            ],
          ),
        ),
      forExpert({
        title: 'Make the claim ReadWriteOncePod',
        why: 'Access modes of a bound claim never change: the volume is kept (Retain), and a new claim is made for it. The driver has to know the mode.',
      }),
      wrongMove({
        title: 'Trust ReadWriteOnce as a lock',
        why: 'It keeps other nodes away and nothing else.',
      }),
    ],
  };
}
