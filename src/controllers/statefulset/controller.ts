// Which change wakes which StatefulSet? Its own, and those of its pods, claims and revisions.

import { controllerOf, type KubeObject, keyOf } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../apis/resources.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { execute } from './execute.ts';
import { parseOrdinal } from './names.ts';
import { reconcileSet, reconcileStatus, type Step } from './reconcile.ts';
import { viewOf } from './view.ts';

/** Keeps the pods and claims of StatefulSets. Keys are StatefulSets. */
export function statefulSetController(deps: ControllerDeps): Controller {
  const { client, informers, clock } = deps;
  const edge = { client, recorder: deps.recorder('statefulset-controller') };
  const sets = informers.of(statefulSets);
  const listers = {
    pods: informers.of(pods),
    claims: informers.of(persistentVolumeClaims),
    revisions: informers.of(controllerRevisions),
  };

  const reconcileKey = async (key: string, signal: AbortSignal): Promise<Outcome> => {
    const set = sets.get(key);
    if (!set) return { requeue: 'never' };
    const view = viewOf(set, listers, clock.now());
    const step = reconcileSet(view);
    try {
      await execute(step, { set, edge }, signal);
    } catch (error) {
      // What can't be done must not keep the status from saying how things are.
      if (error instanceof StatusError) await execute(reconcileStatus(view), { set, edge }, signal);
      throw error;
    }
    return outcomeOf(step);
  };

  return keyedController(
    {
      name: 'statefulset',
      watch: (enqueue) => {
        const enqueueOwner = ({ object }: { object: KubeObject }): void => {
          for (const key of ownerKeys(object)) enqueue(key);
        };
        sets.onChange(({ object }) => enqueue(keyOf(object)));
        listers.pods.onChange(enqueueOwner);
        listers.claims.onChange(enqueueOwner);
        listers.revisions.onChange(enqueueOwner);
      },
      reconcileKey,
      concurrency: 4,
    },
    deps,
  );
}

function outcomeOf(step: Step): Outcome {
  switch (step.type) {
    case 'Settled':
    case 'Blocked':
      return { requeue: 'never' };
    case 'Wait':
      return step.retryAfterMs === Number.POSITIVE_INFINITY
        ? { requeue: 'never' }
        : { requeue: 'after', delayMs: step.retryAfterMs };
    default:
      return { requeue: 'now' };
  }
}

/** Sets that `object` may concern: its controller, and by its name the set whose pod or claim it is or stands in the way of. */
function ownerKeys(object: KubeObject): string[] {
  const { namespace, name } = object.metadata;
  const owner = controllerOf(object);
  const parent = parseOrdinal(name)?.parent;
  // A claim is called `<template>-<set>-<ordinal>`, and either part may hold dashes.
  const parts = parent?.split('-') ?? [];
  const byName = parts.map((_, index) => parts.slice(index).join('-'));
  const names = new Set([...(owner?.kind === 'StatefulSet' ? [owner.name] : []), ...byName]);
  return [...names].map((each) => `${namespace}/${each}`);
}
