// Which change wakes which namespace? Its deletion, and the end of what is in it.

import { isStatus } from '../../apimachinery/status-error.ts';
import type { Namespace } from '../../apis/core/generated/v1.ts';
import { namespaces, persistentVolumeClaims, pods } from '../../apis/resources.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import type { Discoverer } from '../../client/discovery.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { deleteSeen, patchSeen } from '../../client/write-seen.ts';
import { type Condition, isEnding, namespaceFinalizer, reconcileNamespace, type Step } from './reconcile.ts';
import { survey } from './survey.ts';

/** `discovery` is the client of `createClient` or `connectClient`. */
export interface NamespaceControllerDeps extends ControllerDeps {
  discovery: Discoverer;
}

// Most resources have no informer here, so that what others hold is looked at again.
const lookAgainMs = 500;

/** Empties namespaces that are being deleted. Keys are namespaces. */
export function namespaceController(deps: NamespaceControllerDeps): Controller {
  const { informers } = deps;
  const lister = informers.of(namespaces);
  const contents = [informers.of(pods), informers.of(persistentVolumeClaims)];

  const reconcileKey = async (name: string, signal: AbortSignal): Promise<Outcome> => {
    const namespace = lister.get(name);
    if (!namespace || !isEnding(namespace)) return { requeue: 'never' };
    const step = reconcileNamespace({ namespace, survey: await survey(name, deps, signal) });
    await execute(step, { namespace, deps }, signal);
    return outcomeOf(step);
  };

  const watch = (enqueue: (key: string) => void): void => {
    lister.onChange(({ type, object }) => {
      if (type !== 'deleted' && isEnding(object)) enqueue(object.metadata.name);
    });
    for (const content of contents) {
      content.onChange(({ type, object }) => {
        if (type === 'deleted' && object.metadata.namespace) enqueue(object.metadata.namespace);
      });
    }
  };
  return keyedController({ name: 'namespace', watch, reconcileKey, concurrency: 2 }, deps);
}

function outcomeOf(step: Step): Outcome {
  switch (step.type) {
    case 'Settled':
    case 'Finalize':
      return { requeue: 'never' };
    case 'Delete':
    case 'SetConditions':
      return { requeue: 'now' };
    case 'Await':
      return { requeue: 'after', delayMs: lookAgainMs };
    default:
      return step satisfies never;
  }
}

interface Context {
  namespace: Namespace;
  deps: NamespaceControllerDeps;
}

async function execute(step: Step, { namespace, deps }: Context, signal: AbortSignal): Promise<void> {
  const { client } = deps;
  switch (step.type) {
    case 'Settled':
    case 'Await':
      return;
    case 'Delete':
      // What depends on them goes too: none is left behind as an orphan.
      for (const { resource, object: seen } of step.targets)
        await deleteSeen(client, { resource, seen, propagationPolicy: 'Background' }, signal);
      return;
    case 'SetConditions':
      return setConditions(step.conditions, { namespace, deps }, signal);
    case 'Finalize': {
      const finalizers = (namespace.spec?.finalizers ?? []).filter((each) => each !== namespaceFinalizer);
      try {
        await client.update(namespaces, { ...namespace, spec: { finalizers } }, signal, { subresource: 'finalize' });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return;
    }
    default:
      return step satisfies never;
  }
}

async function setConditions(wanted: Condition[], { namespace, deps }: Context, signal: AbortSignal): Promise<void> {
  const now = rfc3339(deps.clock.now());
  const types = wanted.map(({ type }) => type);
  const present = namespace.status?.conditions ?? [];
  const conditions = wanted.map((condition) => {
    const same = present.find(({ type, status }) => type === condition.type && status === condition.status);
    return { ...condition, lastTransitionTime: same?.lastTransitionTime ?? now };
  });
  const changes = { status: { conditions: [...present.filter(({ type }) => !types.includes(type)), ...conditions] } };
  await patchSeen(deps.client, { resource: namespaces, seen: namespace, changes, subresource: 'status' }, signal);
}
