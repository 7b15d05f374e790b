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
import type { Change } from '../client/types.ts';
import { AssumedPods } from './assumed.ts';
import { execute } from './execute.ts';
import { nodeOf, reconcilePod } from './reconcile.ts';
import type { Cluster } from './view.ts';

const schedulerName = 'default-scheduler';

/** Places pods on nodes. Keys are pods; one at a time, so that each decision sees the ones before it. */
export function scheduler(deps: ControllerDeps): Controller {
  const { client, informers, clock } = deps;
  const edge = { client, clock, recorder: deps.recorder(schedulerName) };
  const podLister = informers.of(pods);
  const nodeLister = informers.of(nodes);
  const storage = {
    claims: informers.of(persistentVolumeClaims),
    volumes: informers.of(persistentVolumes),
    classes: informers.of(storageClasses),
    drivers: informers.of(csiDrivers),
    csiNodes: informers.of(csiNodes),
    capacities: informers.of(csiStorageCapacities),
  };
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
    if (!pod || !isOurs(pod)) return { requeue: 'never' };
    const step = reconcilePod({ pod, cluster: clusterFor(key), assumedNode: assumed.nodeOf(pod) });
    const nodeName = nodeOf(step);
    if (nodeName) assumed.assume(pod, nodeName);
    else assumed.forget(key);
    try {
      await execute(step, { pod, edge }, signal);
    } catch (error) {
      // Otherwise room would be kept for a pod that never comes.
      if (step.type === 'Bind') assumed.forget(key);
      if (!isStatus(error, 'NotFound')) throw error;
    }
    return { requeue: step.type === 'SelectNode' || step.type === 'ReserveVolume' ? 'now' : 'never' };
  };

  const watch = (enqueue: (key: string) => void): void => {
    const wakeAll = (): void => pending.forEach(enqueue);
    const onPod = ({ type, object }: Change<Pod>): void => {
      const key = keyOf(object);
      const isPending = type !== 'deleted' && isOurs(object);
      if (isPending) {
        pending.add(key);
        enqueue(key);
        return;
      }
      pending.delete(key);
      assumed.forget(key);
      // Its room, its ports or its claim may be free now.
      if (type === 'deleted' || isTerminated(object)) wakeAll();
    };
    podLister.onChange(onPod);
    nodeLister.onChange(({ object, previous }) => {
      if (!previous || offerOf(object) !== offerOf(previous)) wakeAll();
    });
    storage.claims.onChange(wakeAll);
    storage.volumes.onChange(wakeAll);
    storage.classes.onChange(wakeAll);
    storage.drivers.onChange(wakeAll);
    storage.csiNodes.onChange(wakeAll);
    storage.capacities.onChange(wakeAll);
  };
  return keyedController({ name: 'scheduler', watch, reconcileKey }, deps);
}

/** Is it a pod without a node that asks for this scheduler? */
function isOurs({ spec, metadata }: Pod): boolean {
  const isNamed = (spec?.schedulerName ?? schedulerName) === schedulerName;
  return isNamed && !spec?.nodeName && !metadata.deletionTimestamp;
}

/** All that the filters look at: heartbeats alone must not wake every pending pod. */
function offerOf(node: Node): string {
  const { metadata, spec, status } = node;
  return JSON.stringify([metadata.labels, spec?.taints, spec?.unschedulable, status?.allocatable, isNodeReady(node)]);
}
