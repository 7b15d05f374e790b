// Which change wakes which node? A change of its health, of the Node, or of a pod on it.

import { nodes, pods } from '../../apis/resources.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController, untilAborted } from '../../client/keyed-controller.ts';
import { runControllers } from '../../client/run-controllers.ts';
import { defaultThresholds, type SuspicionThresholds } from '../../fencing/suspicion.ts';
import { execute } from './execute.ts';
import { Heartbeats } from './heartbeats.ts';
import { reconcileNode } from './reconcile.ts';

/** Watches heartbeats, marks and taints silent nodes; `taintEvictionController` moves their pods. Keys are nodes. */
export function nodeLifecycleController(
  deps: ControllerDeps,
  thresholds: SuspicionThresholds = defaultThresholds,
): Controller {
  const { client, informers, clock } = deps;
  const edge = { client, clock, recorder: deps.recorder('node-controller') };
  const nodeLister = informers.of(nodes);
  const podLister = informers.of(pods);
  const heartbeats = new Heartbeats(deps, thresholds);
  let enqueueNode = (_nodeName: string): void => {};

  const reconcileKey = async (nodeName: string, signal: AbortSignal): Promise<Outcome> => {
    const node = nodeLister.get(nodeName);
    if (!node) return { requeue: 'never' };
    const podsOfNode = podLister.list().filter((pod) => pod.spec?.nodeName === nodeName);
    const step = reconcileNode({ node, assessment: heartbeats.assessment(nodeName), pods: podsOfNode });
    await execute(step, { node, edge }, signal);
    return { requeue: step.type === 'Settled' ? 'never' : 'now' };
  };

  const marking = keyedController(
    {
      name: 'node-lifecycle',
      watch: (enqueue) => {
        enqueueNode = enqueue;
        nodeLister.onChange(({ object }) => enqueue(object.metadata.name));
        podLister.onChange(({ type, object }) => {
          if (type !== 'deleted' && object.spec?.nodeName) enqueue(object.spec.nodeName);
        });
      },
      reconcileKey,
      // One slow write about one node must not delay the word about another.
      concurrency: 4,
    },
    deps,
  );
  const watching = {
    run: async (signal: AbortSignal): Promise<void> => {
      const loop = async (): Promise<void> => {
        await nodeLister.synced(signal);
        await heartbeats.run((nodeName) => enqueueNode(nodeName), signal);
      };
      await untilAborted(loop(), signal);
    },
  };
  return { name: 'node-lifecycle', run: (signal) => runControllers([marking, watching], signal) };
}
