// Which change makes an object's owners worth a look? Any change of the object, its owners or its dependents.

import { groupResourceOf, type KubeObject, type Resource } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { customResourceDefinitions } from '../../apis/resources.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import type { Discoverer } from '../../client/discovery.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { runControllers } from '../../client/run-controllers.ts';
import { patchSeen, withoutFinalizer } from '../../client/write-seen.ts';
import { type GraphNode, OwnershipGraph } from './graph.ts';
import { kindName, ownersOf } from './owners.ts';
import { foregroundFinalizer, orphanFinalizer, reconcileObject, type Step } from './reconcile.ts';

/** `discovery` is the client of `createClient` or `connectClient`. */
export interface GarbageCollectorDeps extends ControllerDeps {
  discovery: Discoverer;
}

// They own nothing, nobody owns them, and there are many.
const ignored: ReadonlySet<string> = new Set(['events', 'events.events.k8s.io']);
// An API group may be served a little after its definition was accepted.
const discoverAgainMs = 2_000;

/** Deletes objects whose owners are gone, and works off the finalizers `orphan` and `foregroundDeletion`. */
export function garbageCollector(deps: GarbageCollectorDeps): Controller {
  const { client, informers, discovery } = deps;
  const graph = new OwnershipGraph();
  const kinds = new Map<string, Resource>();
  let enqueue = (_id: string): void => {};

  const reconcileKey = async (id: string, signal: AbortSignal): Promise<Outcome> => {
    const node = graph.get(id);
    if (!node || !concernsUs(node.object)) return { requeue: 'never' };
    const { object } = node;
    const owners = object.metadata.deletionTimestamp ? [] : await ownersOf(object, { client, graph, kinds }, signal);
    const step = reconcileObject({ object, owners, dependents: graph.dependentsOf(object.metadata.uid) });
    await execute(step, { node, deps }, signal);
    return { requeue: step.type === 'Settled' ? 'never' : 'now' };
  };
  const collecting = keyedController(
    {
      name: 'garbage-collector',
      watch: (each) => {
        enqueue = each;
      },
      reconcileKey,
      concurrency: 4,
    },
    deps,
  );

  const watchResource = (resource: Resource): void => {
    const name = kindName(resource);
    if (kinds.has(name)) return;
    kinds.set(name, resource);
    if (ignored.has(groupResourceOf(resource))) return;
    informers.of(resource).onChange((change) => {
      for (const id of graph.take(resource, change)) enqueue(id);
    });
  };
  const discovering = keyedController(
    {
      name: 'garbage-collector-resources',
      watch: (each) => {
        each('all');
        informers.of(customResourceDefinitions).onChange(() => each('all'));
      },
      reconcileKey: async (_key, signal) => {
        const before = kinds.size;
        const found = await discovery.discover(signal);
        for (const resource of found) {
          if (['list', 'watch', 'delete'].every((verb) => resource.verbs.includes(verb))) watchResource(resource);
        }
        return kinds.size > before ? { requeue: 'after', delayMs: discoverAgainMs } : { requeue: 'never' };
      },
    },
    deps,
  );
  return { name: 'garbage-collector', run: (signal) => runControllers([collecting, discovering], signal) };
}

function concernsUs({ metadata }: KubeObject): boolean {
  const { ownerReferences = [], finalizers = [], deletionTimestamp } = metadata;
  if (!deletionTimestamp) return ownerReferences.length > 0;
  return finalizers.includes(orphanFinalizer) || finalizers.includes(foregroundFinalizer);
}

interface Context {
  node: GraphNode;
  deps: ControllerDeps;
}

/** Every write names the revision that was judged; an object that is gone already needs nothing. */
async function execute(step: Step, { node, deps }: Context, signal: AbortSignal): Promise<void> {
  try {
    await carryOut(step, { node, deps }, signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}

async function carryOut(step: Step, { node, deps }: Context, signal: AbortSignal): Promise<void> {
  const { client } = deps;
  const { resource, object } = node;
  switch (step.type) {
    case 'Settled':
      return;
    case 'DropOwners': {
      const { object: seen, resource: other = resource } = step.node;
      const ownerReferences = (seen.metadata.ownerReferences ?? []).filter(({ uid }) => !step.ownerUids.includes(uid));
      await patchSeen(client, { resource: other, seen, changes: { metadata: { ownerReferences } } }, signal);
      return;
    }
    case 'RemoveFinalizer': {
      const finalizers = withoutFinalizer(object, step.finalizer);
      await patchSeen(client, { resource, seen: object, changes: { metadata: { finalizers } } }, signal);
      return;
    }
    case 'Delete': {
      const { namespace, name, uid, resourceVersion } = object.metadata;
      const target = { at: { namespace, name }, uid, resourceVersion, propagationPolicy: step.policy };
      await client.delete(resource, target, signal);
      return;
    }
    default:
      return step satisfies never;
  }
}
