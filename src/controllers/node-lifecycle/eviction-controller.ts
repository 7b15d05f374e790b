// Which change makes a pod's eviction due? Its own binding, and the taints of its node.

import { keyOf } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { nodes, pods } from '../../apis/resources.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { reconcileEviction } from './eviction.ts';

/** Deletes, gracefully, the pods that do not tolerate a NoExecute taint of their node. Keys are pods. */
export function taintEvictionController(deps: ControllerDeps): Controller {
  const { client, informers, clock } = deps;
  const recorder = deps.recorder('taint-eviction-controller');
  const podLister = informers.of(pods);
  const nodeLister = informers.of(nodes);

  const evict = async (pod: Pod, signal: AbortSignal): Promise<void> => {
    const { namespace, name, uid } = pod.metadata;
    const message = `Marking for deletion Pod ${keyOf(pod)}`;
    recorder.event(pod, { type: 'Normal', reason: 'TaintManagerEviction', message });
    try {
      await client.delete(pods, { at: { namespace, name }, uid }, signal);
    } catch (error) {
      // Gone, or another pod has its name by now.
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    }
  };

  const reconcileKey = async (key: string, signal: AbortSignal): Promise<Outcome> => {
    const pod = podLister.get(key);
    const node = nodeLister.get(pod?.spec?.nodeName ?? '');
    if (!pod || !node) return { requeue: 'never' };
    const step = reconcileEviction({ pod, taints: node.spec?.taints ?? [], nowMs: clock.now() });
    switch (step.type) {
      case 'Settled':
        return { requeue: 'never' };
      case 'Wait':
        return { requeue: 'after', delayMs: step.retryAfterMs };
      case 'Evict':
        await evict(pod, signal);
        return { requeue: 'now' };
      default:
        return step satisfies never;
    }
  };

  return keyedController(
    {
      name: 'taint-eviction',
      watch: (enqueue) => {
        podLister.onChange(({ type, object }) => {
          if (type !== 'deleted' && object.spec?.nodeName) enqueue(keyOf(object));
        });
        nodeLister.onChange(({ object, previous }) => {
          if (JSON.stringify(object.spec?.taints) === JSON.stringify(previous?.spec?.taints)) return;
          for (const pod of podLister.list()) if (pod.spec?.nodeName === object.metadata.name) enqueue(keyOf(pod));
        });
      },
      reconcileKey,
    },
    deps,
  );
}
