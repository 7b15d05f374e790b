// Which change makes it worth looking at a pending pod again?

import { keyOf } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import { isTerminated } from '../apis/core/claims.ts';
import { isNodeReady } from '../apis/core/conditions.ts';
import type { Node, Pod } from '../apis/core/generated/v1.ts';
import {
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../apis/resources.ts';
import type { Controller, ControllerDeps, Outcome } from '../client/controller.ts';
import { keyedController } from '../client/keyed-controller.ts';
import type { Change, Informers } from '../client/types.ts';
import { AssumedPods } from './assumed.ts';
import { execute } from './execute.ts';
import { SchedulerMetrics } from './metrics.ts';
import { nodeOf, reconcilePod, type Step } from './reconcile.ts';
import type { Cluster } from './view.ts';

const schedulerName = 'default-scheduler';

/** Places pods on nodes. Keys are pods; one at a time, so that each decision sees the ones before it. */
export function scheduler(deps: ControllerDeps, metrics = new SchedulerMetrics(deps.clock)): Controller {
  const { client, informers, clock } = deps;
  const edge = { client, clock, recorder: deps.recorder(schedulerName) };
  const podLister = informers.of(pods);
  const nodeLister = informers.of(nodes);
  const storage = storageListers(informers);
  const assumed = new AssumedPods();
  const pending = new Set<string>();

  const clusterFor = (key: string): Cluster => ({
    nodes: nodeLister.list(),
    podsByNode: assumed.byNode(
      podLister.list().filter((pod) => !isTerminated(pod)),
      key,
    ),
    ...storage,
  });

  const reconcileKey = async (key: string, signal: AbortSignal): Promise<Outcome> => {
    const pod = podLister.get(key);
    if (!pod || !isOurs(pod)) {
      metrics.gone(key);
      return { requeue: 'never' };
    }
    metrics.looks(key);
    const startMs = clock.monotonic();
    const step = reconcilePod({ pod, cluster: clusterFor(key), assumedNode: assumed.nodeOf(pod) });
    metrics.decided(startMs);
    const nodeName = nodeOf(step);
    if (nodeName) assumed.assume(pod, nodeName);
    else assumed.forget(key);
    try {
      await execute(step, { pod, edge }, signal);
      tell(metrics, key, step);
    } catch (error) {
      // What has changed meanwhile is read again within the same attempt, and what is gone needs none.
      if (!isStatus(error, 'Conflict', 'NotFound')) metrics.ended(key, 'error');
      // Otherwise room would be kept for a pod that never comes.
      if (step.type === 'Bind') assumed.forget(key);
      if (!isStatus(error, 'NotFound')) throw error;
    }
    return { requeue: step.type === 'SelectNode' || step.type === 'ReserveVolume' ? 'now' : 'never' };
  };

  const watch = (enqueue: (key: string) => void): void => {
    const wakeAll = (): void => {
      for (const key of pending) {
        metrics.woken(key);
        enqueue(key);
      }
    };
    const onPod = ({ type, object, previous }: Change<Pod>): void => {
      const key = keyOf(object);
      const isPending = type !== 'deleted' && isOurs(object);
      if (isPending) {
        pending.add(key);
        metrics.waits(key, { isGated: isGated(object) });
        // What the scheduler writes into the status of a pod that fits nowhere is no reason to try again.
        if (previous && askOf(previous) !== askOf(object)) metrics.woken(key);
        enqueue(key);
        return;
      }
      // Whoever gave it a node: what is being done for it ends first.
      if (pending.delete(key)) enqueue(key);
      assumed.forget(key);
      // Its room, its ports or its claim may be free now.
      if (type === 'deleted' || isTerminated(object)) wakeAll();
    };
    podLister.onChange(onPod);
    nodeLister.onChange(({ object, previous }) => {
      if (!previous || offerOf(object) !== offerOf(previous)) wakeAll();
    });
    for (const lister of Object.values(storage)) lister.onChange(wakeAll);
  };
  return keyedController({ name: 'scheduler', watch, reconcileKey }, deps);
}

function storageListers(informers: Informers) {
  return {
    claims: informers.of(persistentVolumeClaims),
    volumes: informers.of(persistentVolumes),
    classes: informers.of(storageClasses),
    drivers: informers.of(csiDrivers),
    csiNodes: informers.of(csiNodes),
    capacities: informers.of(csiStorageCapacities),
  };
}

function tell(metrics: SchedulerMetrics, key: string, step: Step): void {
  switch (step.type) {
    case 'Settled':
      return;
    case 'MarkUnschedulable':
      return metrics.ended(key, 'unschedulable');
    case 'SelectNode':
    case 'ReserveVolume':
    case 'AwaitClaims':
      return metrics.binding(key);
    case 'Bind':
      return metrics.ended(key, 'scheduled');
    default:
      return step satisfies never;
  }
}

/** Is it a pod without a node that asks for this scheduler? */
function isOurs({ spec, metadata }: Pod): boolean {
  const isNamed = (spec?.schedulerName ?? schedulerName) === schedulerName;
  return isNamed && !spec?.nodeName && !metadata.deletionTimestamp;
}

function isGated({ spec }: Pod): boolean {
  return (spec?.schedulingGates ?? []).length > 0;
}

/** What a pod asks for, as far as its placement depends on it. */
function askOf({ metadata, spec }: Pod): string {
  return JSON.stringify([metadata.labels, metadata.annotations, spec]);
}

/** All that the filters look at: heartbeats alone must not wake every pending pod. */
function offerOf(node: Node): string {
  const { metadata, spec, status } = node;
  return JSON.stringify([metadata.labels, spec?.taints, spec?.unschedulable, status?.allocatable, isNodeReady(node)]);
}
