// Steps 5 and 6: the node dies, or only its agent falls silent; the application must go on elsewhere.

import type { Pod } from '../../apis/core/generated/v1.ts';
import { nodes, persistentVolumeClaims } from '../../apis/resources.ts';
import { epochMsOf } from '../../base/clock.ts';
import {
  claimName,
  currentPod,
  type DemoContext,
  namespace,
  podName,
  readRows,
  type Step,
  type StepDetails,
  until,
} from '../context.ts';
import { failoverTimes, firstElsewhere } from '../failover-times.ts';
import { besideOldWriter } from '../old-writer.ts';
import { lateAcknowledgements, lostRows, wrongRows } from '../row-checks.ts';
import type { StoredRow } from '../rows.ts';
import { type FailoverSubject, Timeline } from '../timeline.ts';

/** Rows are compared after the new server has written for so long. */
const settleMs = 1_000;

/** What the crash of a node is where volumes are folders: the machine's page cache survives it. */
const killKeepsCache = 'no device to cut: a kill of all processes, after which unsynced writes are still there';

interface FailoverKind {
  id: 'node-crash' | 'agent-frozen';
  title: string;
  fault: 'kill' | 'freeze';
  mend: 'heal' | 'thaw';
}

function failoverStep(kind: FailoverKind): Step {
  return {
    id: kind.id,
    title: kind.title,
    timeoutMs: 120_000,
    run: (context, signal) => failOver(kind, context, signal),
  };
}

export const nodeCrashStep = failoverStep({
  id: 'node-crash',
  title: 'Cutting the power of the node',
  fault: 'kill',
  mend: 'heal',
});
export const agentFrozenStep = failoverStep({
  id: 'agent-frozen',
  title: 'Freezing the agent of the node',
  fault: 'freeze',
  mend: 'thaw',
});

async function failOver(kind: FailoverKind, context: DemoContext, signal: AbortSignal): Promise<StepDetails> {
  const { cluster, client, clock, writer, busyNodes } = context;
  const pod = await currentPod(context, signal);
  const oldNode = pod.spec?.nodeName ?? '';
  const claim = await client.get(persistentVolumeClaims, { namespace, name: claimName }, signal);
  const subject = {
    namespace,
    podName,
    oldPodUid: pod.metadata.uid,
    volumeName: claim.spec?.volumeName ?? '',
    oldNode,
  };
  const timeline = new Timeline({ client, clock, subject });
  const stopWatching = new AbortController();
  const watching = timeline.run(AbortSignal.any([signal, stopWatching.signal]));
  busyNodes.add(oldNode);
  const old = {
    cluster,
    writer,
    clock,
    nodeName: oldNode,
    mend: () => mend(kind, { context, nodeName: oldNode }, signal),
  };
  try {
    const { details, rows } = await besideOldWriter(
      old,
      () => breakNode(kind, { context, timeline, subject, stopWatching }, signal),
      signal,
    );
    return { ...details, lateAcknowledgements: countLate(context, { timeline, pod, rows }) };
  } finally {
    stopWatching.abort();
    await watching;
    busyNodes.delete(oldNode);
  }
}

interface Breaking {
  context: DemoContext;
  timeline: Timeline;
  subject: FailoverSubject;
  stopWatching: AbortController;
}

/** From the fault to a new server that has written for a while; what was promised of that is measured here. */
async function breakNode(
  kind: FailoverKind,
  { context, timeline, subject, stopWatching }: Breaking,
  signal: AbortSignal,
): Promise<{ details: StepDetails; rows: StoredRow[] }> {
  const { cluster, clock, history } = context;
  const { oldNode, oldPodUid } = subject;
  const faultMs = clock.now();
  await cluster.fault(kind.fault, oldNode, signal);
  await until(async () => firstElsewhere(history, { oldPodUid, faultMs }), context, signal);
  await clock.sleep(settleMs, signal);
  const times = failoverTimes({ faultMs, oldPodUid, milestones: timeline.milestones, history });
  const acknowledged = [...history.acknowledgements];
  const rows = await readRows(context, namespace, signal);
  const lost = lostRows(acknowledged, rows).length;
  const cutsNothing = kind.fault === 'kill' && context.facts.volumes === 'directory';
  // Rows that are gone are gone, whatever was offered; that none is gone proves less than was promised.
  context.measurements[`rows-lost-${kind.id}`] = cutsNothing && lost === 0 ? 'not-offered' : lost;
  context.measurements[`failover-ms-${kind.id}`] = times.firstWriteMs;
  stopWatching.abort();
  const { proof, newPodNode } = timeline.milestones;
  if (!proof) throw new Error(`The volume moved away from ${oldNode} without a FenceProof`);
  if (newPodNode === oldNode) throw new Error(`The application came back on ${oldNode}, not on another node`);
  const details = {
    ...times,
    from: oldNode,
    to: newPodNode,
    proof: proof.spec.class,
    proofName: proof.metadata.name,
    rowsAcknowledged: acknowledged.length,
    rowsLost: lost,
    rowsWrong: wrongRows(history.sends, rows).length,
    ...(cutsNothing && { weaker: killKeepsCache }),
  };
  return { details, rows };
}

/** Of all that the old server ever acknowledged: it is gone by now. */
function countLate(
  context: DemoContext,
  { timeline, pod, rows }: { timeline: Timeline; pod: Pod; rows: StoredRow[] },
): number {
  const { proof } = timeline.milestones;
  if (!proof) return 0;
  const cutWallMs = epochMsOf(proof.spec.provenAt);
  const late = lateAcknowledgements(context.history, { oldPodUid: pod.metadata.uid, cutWallMs, rows }).length;
  context.facts.lateAcknowledgements += late;
  return late;
}

/** A second fault needs a majority of healthy nodes: the first one is mended before. */
async function mend(
  kind: FailoverKind,
  { context, nodeName }: { context: DemoContext; nodeName: string },
  signal: AbortSignal,
): Promise<void> {
  const { cluster, client } = context;
  await cluster.fault(kind.mend, nodeName, signal);
  await until(
    async (bounded) => {
      const node = await client.get(nodes, { name: nodeName }, bounded);
      return node.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
    },
    context,
    signal,
  );
}
