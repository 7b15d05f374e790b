// How is a pod asked to leave? policy/v1 Eviction: a deletion that its disruption budget must allow.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { DeleteOptions, KubeObject } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import type { PodDisruptionBudget } from '../../apis/policy/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import { validateDeleteOptions } from '../body.ts';
import { ownOperation } from '../own-operation.ts';
import { cachedObject, cachedObjects } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';
import { deleteObject } from '../registry/delete.ts';
import { invalidBody } from '../registry/incoming.ts';
import { requireObject } from '../registry/storage.ts';
import { changeObject } from '../registry/update.ts';
import { admitNewBody, bodyOfCreated } from './admit-body.ts';
import {
  afterEviction,
  guards,
  isBeyondBudgets,
  isReady,
  lets,
  type PodCensus,
  statusOf,
} from './disruption-budget.ts';

interface Eviction extends Omit<KubeObject, 'metadata'> {
  metadata?: { name?: string };
  deleteOptions?: DeleteOptions;
}

/** Deletes the pod with the Eviction's options. Rejects with TooManyRequests if its budget is used up. */
export async function evictPod(operation: Operation, body: unknown): Promise<void> {
  const eviction = (await bodyOfCreated(operation, body)) as Eviction;
  const name = eviction.metadata?.name;
  if (name !== operation.info.name)
    throw new StatusError('BadRequest', `name in URL does not match name in Eviction object`);
  const options = eviction.deleteOptions ?? {};
  refuseOptions(operation, options);
  await admitNewBody(operation, eviction, () => undefined);
  validateDeleteOptions(options);
  const isDryRun = operation.isDryRun || (options.dryRun?.includes('All') ?? false);
  const evicting = { ...operation, isDryRun, isAdmitted: true };
  const { object } = await requireObject(operation);
  const pod = object as Pod;
  const budget = isBeyondBudgets(pod) ? undefined : await budgetOf(operation, pod);
  if (!budget) {
    await deleteObject(evicting, options);
    return;
  }
  const preconditions = { uid: pod.metadata.uid, ...options.preconditions };
  if (isReady(pod)) await takeFromBudget(evicting, budget, pod);
  // A pod that is not ready goes as it was seen: were it ready by now, it would have to be counted.
  else if (lets(budget, statusOf(budget, censusOf(operation))))
    preconditions.resourceVersion ??= pod.metadata.resourceVersion;
  else await takeFromBudget(evicting, budget, pod);
  await deleteObject(evicting, { ...options, preconditions });
}

/** Options that no eviction may have, or that say otherwise than the query. */
function refuseOptions(operation: Operation, options: DeleteOptions): void {
  const { dryRun = [], ignoreStoreReadErrorWithClusterBreakingPotential: isForced } = options;
  if (isForced) {
    const field = 'deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential';
    const why = 'can not be set for pod eviction, try after removing the option';
    throw invalidBody(operation, [invalidValue(field, true, why)]);
  }
  const asked = operation.info.query.getAll('dryRun');
  if (dryRun.length === 0 || asked.length === 0 || dryRun.join() === asked.join()) return;
  const both = `[${asked.join(' ')}] and [${dryRun.join(' ')}]`;
  throw new StatusError('BadRequest', `Non-matching dry-run options in request and content: ${both}`);
}

async function budgetOf(operation: Operation, pod: Pod): Promise<PodDisruptionBudget | undefined> {
  await operation.cache.caughtUp(operation.signal);
  const place = { group: 'policy', plural: 'poddisruptionbudgets', namespace: operation.info.namespace };
  const budgets = cachedObjects<PodDisruptionBudget>(operation, place).filter((budget) => guards(budget, pod));
  if (budgets.length > 1) {
    throw new StatusError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  return budgets[0];
}

/** Writes one more eviction into the budget's status: of two at once, only one gets the last. */
async function takeFromBudget(operation: Operation, { metadata }: PodDisruptionBudget, pod: Pod): Promise<void> {
  const { namespace } = operation.info;
  const path = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/${metadata.name}/status`;
  const own = ownOperation(operation, { method: 'PUT', path }, operation.signal);
  if (!own) return;
  await changeObject({ ...own, isDryRun: operation.isDryRun }, (current) => {
    const budget = current as PodDisruptionBudget;
    const status = statusOf(budget, censusOf(operation));
    const now = rfc3339(operation.clock.now());
    return { ...budget, status: afterEviction(budget, status, { podName: pod.metadata.name, now }) };
  });
}

const scalables: Record<string, { group: string; plural: string }> = {
  StatefulSet: { group: 'apps', plural: 'statefulsets' },
  ReplicaSet: { group: 'apps', plural: 'replicasets' },
  ReplicationController: { group: '', plural: 'replicationcontrollers' },
};

function censusOf(operation: Operation): PodCensus {
  const { namespace } = operation.info;
  return {
    pods: cachedObjects<Pod>(operation, { group: '', plural: 'pods', namespace }),
    replicasOf: ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller);
      const place = owner && scalables[owner.kind];
      if (!place) return undefined;
      const object = cachedObject(operation, { ...place, key: `${namespace}/${owner.name}` });
      const { replicas } = (object as { spec?: { replicas?: number } } | undefined)?.spec ?? {};
      return replicas === undefined ? undefined : { ownerUid: owner.uid, replicas };
    },
  };
}
