// Which change makes a quota worth counting again? One of the quota itself, or of an object that may use less now.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { groupResourceOf, type KubeObject, keyOf, type Resource } from '../../apimachinery/meta.ts';
import { resourceQuotas } from '../../apis/core/resource-quota.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import type { Discoverer } from '../../client/discovery.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { patchSeen } from '../../client/write-seen.ts';
import { ChargesInFlight } from './charges-in-flight.ts';
import { kindsOf, reconcileQuota } from './reconcile.ts';

/** `discovery` is the client of `createClient` or `connectClient`. */
export interface ResourceQuotaDeps extends ControllerDeps {
  discovery: Discoverer;
}

// Source: kube-controller-manager, --resource-quota-sync-period.
const resyncMs = 5 * 60_000;

export function resourceQuotaController(deps: ResourceQuotaDeps): Controller {
  const { client, informers, discovery, clock } = deps;
  const quotas = informers.of(resourceQuotas);
  const watched = new Map<string, Resource>();
  let enqueue = (_key: string): void => {};

  /** Starts to watch a kind that some quota counts. An object that came was charged when it was created. */
  const watchKind = (resource: Resource): void => {
    const kind = groupResourceOf(resource);
    if (watched.has(kind)) return;
    watched.set(kind, resource);
    informers.of(resource).onChange(({ type, object }) => {
      if (type === 'added') return;
      const { namespace = '' } = object.metadata;
      for (const quota of quotas.list(namespace)) if (kindsOf(quota).includes(kind)) enqueue(keyOf(quota));
    });
  };

  const findKinds = async (kinds: readonly string[], signal: AbortSignal): Promise<void> => {
    if (kinds.every((kind) => watched.has(kind))) return;
    for (const resource of await discovery.discover(signal)) {
      const canWatch = resource.namespaced && ['list', 'watch'].every((verb) => resource.verbs.includes(verb));
      if (canWatch && kinds.includes(groupResourceOf(resource))) watchKind(resource);
    }
  };

  const inFlight = new ChargesInFlight();
  const settled = (key: string): Outcome => {
    inFlight.forget(key);
    return { requeue: 'never' };
  };

  return keyedController(
    {
      name: 'resourcequota-controller',
      watch: (each) => {
        enqueue = each;
        quotas.onChange(({ object, previous }) => {
          // A charge is no reason to count: what was charged for may not be there yet.
          if (semanticallyEqual(previous?.spec, object.spec)) return;
          each(keyOf(object));
        });
      },
      resyncMs,
      reconcileKey: async (key, signal): Promise<Outcome> => {
        const quota = quotas.get(key);
        if (!quota) return settled(key);
        const kinds = kindsOf(quota);
        await findKinds(kinds, signal);
        const objects = new Map<string, readonly KubeObject[]>();
        for (const kind of kinds) {
          const resource = watched.get(kind);
          if (!resource) continue;
          await informers.of(resource).synced(signal);
          objects.set(kind, informers.of(resource).list(quota.metadata.namespace));
        }
        const step = reconcileQuota({ quota, objects, nowMs: clock.now() });
        if (step.type === 'Settled') return settled(key);
        const waitMs = step.givesBack ? inFlight.waitMs(key, quota.metadata.resourceVersion, clock.now()) : 0;
        if (waitMs > 0) return { requeue: 'after', delayMs: waitMs };
        inFlight.forget(key);
        const { hard, used } = step;
        const changes = {
          status: { hard: replacing(quota.status?.hard, hard), used: replacing(quota.status?.used, used) },
        };
        await patchSeen(client, { resource: resourceQuotas, seen: quota, changes, subresource: 'status' }, signal);
        return { requeue: 'now' };
      },
    },
    deps,
  );
}

/** As a merge patch: what is there no more is set to null. */
function replacing(before: Record<string, string> = {}, now: Record<string, string>): Record<string, string | null> {
  return { ...Object.fromEntries(Object.keys(before).map((name) => [name, null])), ...now };
}
