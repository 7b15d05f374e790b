// When are the rules run? Soon after anything that they read has changed, and now and then for what only time changes.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { type Finding, findings } from '../../apis/amarre/finding-types.ts';
import { namespaces } from '../../apis/resources.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informer } from '../../client/types.ts';
import { examine } from '../../doctor/examine.ts';
import { fold } from '../../doctor/fold.ts';
import { allRules } from '../../doctor/rules/all.ts';
import { defaultSettings } from '../../doctor/settings.ts';
import { isListed, type KindName, kindRows } from '../../doctor/snapshot/kinds.ts';
import { kindsFor } from '../../doctor/snapshot/needed-kinds.ts';
import { Snapshot } from '../../doctor/snapshot/snapshot.ts';
import { reconcileFindings, type Step } from './reconcile.ts';

// The start of a cluster has more urgent things to do.
const startAfterMs = 5_000;
const pauseMs = 2_000;
const resyncMs = 15_000;
/** They change all the time, and nothing by themselves. */
const restless: readonly KindName[] = ['leases', 'events'];

export function findingsController(deps: ControllerDeps): Controller {
  return {
    name: 'findings',
    async run(signal) {
      await deps.clock.sleep(startAfterMs, signal).catch(() => {});
      if (!signal.aborted) await watching(deps).run(signal);
    },
  };
}

/** Asks for the informers only now: those that nobody else has start with this. */
function watching({ client, informers, clock, ...deps }: ControllerDeps): Controller {
  const kinds = kindsFor(allRules).filter((kind) => kind !== 'secrets' && isListed(kind));
  const sources = new Map(kinds.map((kind) => [kind, informers.of(kindRows[kind].resource)]));
  const present = informers.of(findings);
  const spaces = informers.of(namespaces);
  let lookedAt = Number.NEGATIVE_INFINITY;

  const isOpen = (namespace: string): boolean => {
    const found = spaces.get(namespace);
    return found !== undefined && !found.metadata.deletionTimestamp;
  };

  const execute = async (step: Step, signal: AbortSignal): Promise<void> => {
    switch (step.type) {
      case 'Create':
        await client.create(findings, step.draft, signal);
        return;
      case 'Update':
        await client.update(findings, { ...step.object, spec: step.spec }, signal);
        return;
      case 'Delete':
        return remove(step.object, signal);
      default:
        return step satisfies never;
    }
  };

  const remove = async ({ metadata }: Finding, signal: AbortSignal): Promise<void> => {
    const { namespace, name, uid } = metadata;
    try {
      await client.delete(findings, { at: { namespace, name }, uid }, signal);
    } catch (error) {
      // Its namespace has taken it along.
      if (!isStatus(error, 'NotFound')) throw error;
    }
  };

  return keyedController(
    {
      name: 'findings',
      watch: (enqueue) => {
        enqueue('cluster');
        for (const [kind, source] of sources) if (!restless.includes(kind)) source.onChange(() => enqueue('cluster'));
        present.onChange(({ type }) => type === 'deleted' && enqueue('cluster'));
      },
      async reconcileKey(_key, signal): Promise<Outcome> {
        const sinceMs = clock.monotonic() - lookedAt;
        if (sinceMs < pauseMs) return { requeue: 'after', delayMs: pauseMs - sinceMs };
        lookedAt = clock.monotonic();
        const snapshot = snapshotOf(sources, clock.now());
        const found = fold(examine(snapshot, allRules, defaultSettings).findings);
        for (const step of reconcileFindings({ found, existing: present.list(), isOpen })) await execute(step, signal);
        return { requeue: 'after', delayMs: resyncMs };
      },
    },
    { ...deps, clock, informers },
  );
}

function snapshotOf(sources: ReadonlyMap<KindName, Informer<KubeObject>>, takenAtMs: number): Snapshot {
  const objects = Object.fromEntries([...sources].map(([kind, source]) => [kind, source.list()]));
  return new Snapshot({
    takenAtMs,
    objects,
    coverage: {
      secrets: { state: 'unread', reason: 'the control plane does not look at Secrets for this' },
      volumeStats: { state: 'unread', reason: 'the control plane does not ask the kubelets' },
    },
  });
}
