// Which change may leave a pod that nobody looks after? Its own, its node's end, and the end of an attachment.

import { keyOf } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { fenceProofs } from '../../apis/amarre/types.ts';
import { isTerminated } from '../../apis/core/claims.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { isOutOfService } from '../../apis/core/taints.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../apis/resources.ts';
import { readinessOf } from '../../apis/storage/attachments.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { deleteSeen } from '../../client/write-seen.ts';
import { reconcilePod, type Step } from './reconcile.ts';
import { surplusOf, unprovenVolumesOf } from './view.ts';

/** As upstream's `--terminated-pod-gc-threshold`. */
const defaultTerminatedMax = 12_500;

/** Removes orphaned, never bound and surplus ended pods. Keys are pods. */
export function podGarbageController(deps: ControllerDeps, { terminatedMax = defaultTerminatedMax } = {}): Controller {
  const { client, informers, clock } = deps;
  const recorder = deps.recorder('pod-garbage-collector');
  const caches = {
    nodes: informers.of(nodes),
    pods: informers.of(pods),
    claims: informers.of(persistentVolumeClaims),
    volumes: informers.of(persistentVolumes),
    attachments: informers.of(volumeAttachments),
    proofs: informers.of(fenceProofs),
  };
  /** Monotonic milliseconds at which each missing node was first missed. Starts anew with this process, which is safe. */
  const missedSince = new Map<string, number>();

  const nodeMissingMs = ({ spec }: Pod): number | undefined => {
    if (!spec?.nodeName) return undefined;
    if (caches.nodes.get(spec.nodeName)) {
      missedSince.delete(spec.nodeName);
      return undefined;
    }
    const since = missedSince.get(spec.nodeName) ?? clock.monotonic();
    missedSince.set(spec.nodeName, since);
    return clock.monotonic() - since;
  };

  const reconcileKey = async (key: string, signal: AbortSignal): Promise<Outcome> => {
    const pod = caches.pods.get(key);
    if (!pod) return { requeue: 'never' };
    const step = reconcilePod({
      pod,
      nodeMissingMs: nodeMissingMs(pod),
      isNodeOutOfService: isLost(caches.nodes.get(pod.spec?.nodeName ?? '')),
      unprovenVolumes: unprovenVolumesOf(pod, caches),
      isSurplus: surplusOf(caches.pods.list(), terminatedMax).has(pod.metadata.uid),
    });
    await execute(step, { pod, client, recorder }, signal);
    return step.type === 'Wait' ? { requeue: 'after', delayMs: step.retryAfterMs } : { requeue: 'never' };
  };

  const watch = (enqueue: (key: string) => void): void => {
    const wakeNode = (nodeName: string): void => {
      for (const pod of caches.pods.list()) if (pod.spec?.nodeName === nodeName) enqueue(keyOf(pod));
    };
    caches.pods.onChange(({ type, object }) => {
      if (type !== 'deleted') enqueue(keyOf(object));
      // One more may be one too many; the oldest is not the one that changed.
      const ended = caches.pods.list().filter(isTerminated);
      if (ended.length > terminatedMax) for (const pod of ended) enqueue(keyOf(pod));
    });
    caches.nodes.onChange(({ type, object }) => {
      if (type !== 'modified' || isLost(object)) wakeNode(object.metadata.name);
    });
    caches.attachments.onChange(({ object }) => wakeNode(object.spec.nodeName));
    caches.proofs.onChange(({ object }) => wakeNode(object.spec.nodeName));
  };
  return keyedController({ name: 'pod-gc', watch, reconcileKey }, deps);
}

/** The word alone does not count: a node that is ready is not off. */
function isLost(node: Node | undefined): boolean {
  return node !== undefined && isOutOfService(node) && readinessOf(node) !== 'True';
}

interface Edge {
  pod: Pod;
  client: Client;
  recorder: Recorder;
}

async function execute(step: Step, { pod, client, recorder }: Edge, signal: AbortSignal): Promise<void> {
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return;
    case 'Hold': {
      const why = `its node is ${step.node}, but writes to ${step.volumes.join(', ')} are not proven stopped`;
      return recorder.event(pod, {
        type: 'Warning',
        reason: 'AwaitingFenceProof',
        message: `Cannot delete the Pod: ${why}`,
      });
    }
    case 'Delete':
      if (step.isOrphan && (await nodeExists(pod, client, signal))) return;
      return deleteSeen(client, { resource: pods, seen: pod, gracePeriodSeconds: 0 }, signal);
    default:
      return step satisfies never;
  }
}

/** Asks the API itself: the cache may be behind. */
async function nodeExists({ spec }: Pod, client: Client, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(nodes, { name: spec?.nodeName ?? '' }, signal);
    return true;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}
