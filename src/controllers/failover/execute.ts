// Does what a step of the failover controller says: gathers evidence, records proofs, deletes pods.

import type { Draft } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { type FenceProof, fenceProofs } from '../../apis/amarre/types.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { leases, nodes, pods } from '../../apis/resources.ts';
import { readinessOf } from '../../apis/storage/attachments.ts';
import { annotations } from '../../apis/storage/names.ts';
import { type Clock, rfc3339Micro } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, EventTarget, Recorder } from '../../client/types.ts';
import { deleteSeen } from '../../client/write-seen.ts';
import { missingProof, type Proof, strongestProof } from '../../fencing/proof.ts';
import { type GatherEdge, gatherEvidence, type Suspect, suspectOf } from './gather.ts';
import type { Cause, FailoverView, Step } from './reconcile.ts';
import { leaseNamespace, type Renewals } from './renewals.ts';
import { writersOf } from './view.ts';

export interface Edge extends GatherEdge {
  client: Client;
  recorder: Recorder;
  clock: Clock;
  renewals: Renewals;
}

const never: Outcome = { requeue: 'never' };
const again: Outcome = { requeue: 'now' };
const retryMs = 250;

/** Executes one step for one node. */
export async function execute(step: Step, { view, edge }: Scene, signal: AbortSignal): Promise<Outcome> {
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Withhold':
      withheld(view, step.message, edge);
      return { requeue: 'after', delayMs: retryMs };
    case 'FenceVolumes':
      return fence(step.cause, { view, edge, suspects: step.attachments.map(suspectOf) }, signal);
    case 'DeletePods':
      await Promise.all(step.pods.map((pod) => failOver(pod, { view, edge }, signal)));
      return again;
    default:
      return step satisfies never;
  }
}

interface Scene {
  view: FailoverView;
  edge: Edge;
}

interface FenceScene extends Scene {
  suspects: Suspect[];
}

async function fence(cause: Cause, scene: FenceScene, signal: AbortSignal): Promise<Outcome> {
  const { view, edge, suspects } = scene;
  if (cause === 'NodeUnresponsive' && !(await isStillSilent(view.nodeName, edge, signal))) {
    return { requeue: 'after', delayMs: retryMs };
  }
  const names = suspects.map(({ volume }) => volume?.metadata.name).join(', ');
  edge.recorder.event(nodeTarget(view), {
    type: 'Warning',
    reason: 'FencingStarted',
    message: `Fencing volumes of node ${view.nodeName} (${cause}): ${names}`,
  });
  edge.log.info('Fencing started', { nodeName: view.nodeName, cause, volumes: names });
  // Only silence that was confirmed by a fresh read counts for the dead-man's switch.
  const silentMs = cause === 'NodeUnresponsive' ? edge.renewals.silentMs(view.nodeName) : 0;
  const node = view.node && (await freshNode(view.node, edge, signal));
  const evidence = await gatherEvidence({ suspects, node, silentMs }, edge, signal);
  const isProven = await Promise.all(
    suspects.map(async (suspect) => {
      const gathered = evidence.get(suspect.attachment.metadata.uid) ?? {};
      const proof = strongestProof(suspect.subject, gathered);
      if (proof) await record({ proof, suspect, cause }, scene, signal);
      else
        withheld(
          view,
          `Volume ${suspect.volume?.metadata.name} is not proven fenced. ${missingProof(suspect.subject, gathered)}`,
          edge,
        );
      return proof !== undefined;
    }),
  );
  return isProven.every(Boolean) ? again : { requeue: 'after', delayMs: retryMs };
}

/** Three missed renewals. Longer silence made the node suspected; this only guards against a renewal since then. */
const silentMsMin = 1_500;

/**
 * A read of our own, just before the irreversible: an observer that was out of contact, or a watch that lags,
 * must not fence a node that has renewed in the meantime.
 */
async function isStillSilent(nodeName: string, { client, renewals }: Edge, signal: AbortSignal): Promise<boolean> {
  const [node, lease] = await Promise.all([
    client.get(nodes, { name: nodeName }, signal),
    client.get(leases, { namespace: leaseNamespace, name: nodeName }, signal).catch((error: unknown) => {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }),
  ]);
  if (lease) renewals.note(lease);
  return readinessOf(node) === 'Unknown' && (!lease || renewals.silentMs(nodeName) >= silentMsMin);
}

interface Finding {
  proof: Proof;
  suspect: Suspect;
  cause: Cause;
}

async function record(finding: Finding, { view, edge }: FenceScene, signal: AbortSignal): Promise<void> {
  const { proof, suspect } = finding;
  const { volume } = suspect;
  const draft = proofDraft(finding, { view, edge });
  await createProof(draft, edge.client, signal);
  edge.log.info('Volume fenced', {
    nodeName: view.nodeName,
    volume: volume?.metadata.name,
    class: proof.class,
    epoch: suspect.subject.epoch,
  });
  const message = `Volume ${volume?.metadata.name} is fenced from node ${view.nodeName}: ${proof.class}, epoch ${suspect.subject.epoch}`;
  const event = { type: 'Normal', reason: 'VolumeFenced', message } as const;
  if (volume) edge.recorder.event(volume, event);
  for (const uid of draft.spec.podUIDs ?? []) {
    const pod = view.pods.find((each) => each.pod.metadata.uid === uid)?.pod;
    if (pod) edge.recorder.event(pod, event);
  }
}

// A cache may still show the boot before the one that the volume was attached to: that would prove a reboot that was not.
async function freshNode(seen: Node, { client }: Edge, signal: AbortSignal): Promise<Node | undefined> {
  try {
    return await client.get(nodes, { name: seen.metadata.name }, signal);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

function proofDraft({ proof, suspect, cause }: Finding, { view, edge }: Scene): Draft<FenceProof> {
  const { attachment, volume, subject } = suspect;
  const volumeName = volume?.metadata.name ?? attachment.spec.source.persistentVolumeName ?? '';
  return {
    apiVersion: 'amarre.io/v1alpha1',
    kind: 'FenceProof',
    metadata: { name: `${volumeName}-${subject.epoch}` },
    spec: {
      class: proof.class,
      volumeName,
      volumeHandle: subject.volumeHandle,
      driver: attachment.spec.attacher,
      nodeName: view.nodeName,
      bootID: view.node?.status?.nodeInfo?.bootID ?? '',
      epoch: subject.epoch,
      attachmentUID: attachment.metadata.uid,
      podUIDs: volume ? writersOf(volume, view, cause) : [],
      cause,
      suspectedAt: view.node?.metadata.annotations?.[annotations.suspectedAt] ?? rfc3339Micro(edge.clock.now()),
      provenAt: rfc3339Micro(edge.clock.now()),
      evidence: proof.facts,
    },
  };
}

/** Idempotent: a repeat after a crash finds its own proof. A proof of that name about another attachment keeps its name. */
async function createProof(draft: Draft<FenceProof>, client: Client, signal: AbortSignal): Promise<void> {
  try {
    await client.create(fenceProofs, draft, signal);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
    const name = draft.metadata.name ?? '';
    const existing = await client.get(fenceProofs, { name }, signal);
    if (existing.spec.attachmentUID === draft.spec.attachmentUID) return;
    const suffixed = `${name}-${draft.spec.attachmentUID}`;
    if (name.endsWith(draft.spec.attachmentUID)) throw error;
    await createProof({ ...draft, metadata: { name: suffixed } }, client, signal);
  }
}

/** Deletes a pod whose volumes are all proven. The UID keeps its successor of the same name safe. */
async function failOver(pod: Pod, { view, edge }: Scene, signal: AbortSignal): Promise<void> {
  const proofs = view.attachments.flatMap(({ proof }) =>
    proof?.spec.podUIDs?.includes(pod.metadata.uid) ? [proof] : [],
  );
  const why = proofs.map(({ spec }) => `${spec.volumeName} (${spec.class}, epoch ${spec.epoch})`).join(', ');
  edge.recorder.event(pod, {
    type: 'Normal',
    reason: 'FailoverStarted',
    message: `Deleting the pod from node ${view.nodeName}. Fenced volumes: ${why || 'none was attached'}`,
  });
  edge.log.info('Failover started', {
    nodeName: view.nodeName,
    pod: pod.metadata.name,
    namespace: pod.metadata.namespace,
  });
  await deleteSeen(edge.client, { resource: pods, seen: pod, gracePeriodSeconds: 0 }, signal);
}

function withheld(view: FailoverView, message: string, { recorder, log }: Edge): void {
  recorder.event(nodeTarget(view), { type: 'Warning', reason: 'FencingWithheld', message });
  log.warn('Fencing withheld', { nodeName: view.nodeName, why: message });
}

function nodeTarget({ node, nodeName }: FailoverView): EventTarget {
  return node ?? { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName } };
}
