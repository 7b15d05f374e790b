// How is a StatefulSet's step carried out, and which Event tells of it?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { type Draft, keyOf, type OwnerReference, type Resource } from '../../apimachinery/meta.ts';
import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import type { ControllerRevision, StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../apis/resources.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { deleteSeen, patchSeen } from '../../client/write-seen.ts';
import { ownedBy } from './pod-template.ts';
import type { DeleteReason, Step } from './reconcile.ts';

export interface Edge {
  client: Client;
  recorder: Recorder;
}

/** Carries out `step` for `set`. Rejects with StatusError; a refused pod or claim is told in an Event first. */
export async function execute(
  step: Step,
  { set, edge }: { set: StatefulSet; edge: Edge },
  signal: AbortSignal,
): Promise<void> {
  const { client, recorder } = edge;
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return;
    case 'Blocked': {
      const why = `persistentvolumeclaim "${step.claimName}" is being deleted`;
      const message = `create Pod ${step.podName} in StatefulSet ${set.metadata.name} failed error: ${why}`;
      return recorder.event(set, { type: 'Warning', reason: 'FailedCreate', message });
    }
    case 'CreateRevision':
      return createRevision(step.revision, { set, edge }, signal);
    case 'RenumberRevision':
      await client.update(controllerRevisions, { ...step.revision, revision: step.number }, signal);
      return;
    case 'DeleteRevision':
      return deleteSeen(client, { resource: controllerRevisions, seen: step.revision }, signal);
    case 'AdoptPod': {
      const owners = [...(step.pod.metadata.ownerReferences ?? []), ownedBy(set)];
      return setOwners(client, { resource: pods, seen: step.pod, owners }, signal);
    }
    case 'CreateClaim':
      return createClaim(step, { set, edge }, signal);
    case 'CreatePod':
      return createPod(step.pod, { set, edge }, signal);
    case 'DeletePod':
      return deletePod(step, { set, edge }, signal);
    case 'SetClaimOwners':
      return setOwners(client, { resource: persistentVolumeClaims, seen: step.claim, owners: step.owners }, signal);
    case 'UpdateStatus': {
      const changes = { status: { ...step.status } };
      await patchSeen(client, { resource: statefulSets, seen: set, changes, subresource: 'status' }, signal);
      return;
    }
    default:
      return step satisfies never;
  }
}

interface Context {
  set: StatefulSet;
  edge: Edge;
}

async function createRevision(
  revision: Draft<ControllerRevision>,
  { set, edge }: Context,
  signal: AbortSignal,
): Promise<void> {
  const { client } = edge;
  try {
    await client.create(controllerRevisions, revision, signal);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
    const { namespace, name = '' } = revision.metadata;
    const existing = await client.get(controllerRevisions, { namespace, name }, signal);
    // Ours, but not yet in the cache.
    if (semanticallyEqual(existing.data, revision.data)) return;
    const changes = { status: { collisionCount: (set.status?.collisionCount ?? 0) + 1 } };
    await patchSeen(client, { resource: statefulSets, seen: set, changes, subresource: 'status' }, signal);
  }
}

async function createClaim(
  { claim, podName }: { claim: Draft<PersistentVolumeClaim>; podName: string },
  { set, edge }: Context,
  signal: AbortSignal,
): Promise<void> {
  const where = `${podName} in StatefulSet ${set.metadata.name}`;
  await told(set, edge.recorder, {
    reason: 'Create',
    success: `create Claim ${claim.metadata.name} Pod ${where} success`,
    failure: `create Claim ${claim.metadata.name} for Pod ${where} failed`,
    task: () => edge.client.create(persistentVolumeClaims, claim, signal),
  });
}

async function createPod(pod: Draft<Pod>, { set, edge }: Context, signal: AbortSignal): Promise<void> {
  const what = `create Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
  const task = () => edge.client.create(pods, pod, signal);
  await told(set, edge.recorder, { reason: 'Create', success: `${what} successful`, failure: `${what} failed`, task });
}

async function deletePod(
  { pod, reason }: { pod: Pod; reason: DeleteReason },
  { set, edge }: Context,
  signal: AbortSignal,
): Promise<void> {
  const { client, recorder } = edge;
  const ended = endedEvent(reason, { set, pod });
  if (ended) recorder.event(set, ended);
  const what = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
  const task = () => deleteSeen(client, { resource: pods, seen: pod }, signal);
  await told(set, recorder, { reason: 'Delete', success: `${what} successful`, failure: `${what} failed`, task });
}

function endedEvent(reason: DeleteReason, { set, pod }: { set: StatefulSet; pod: Pod }) {
  const subject = `StatefulSet ${keyOf(set)} is recreating`;
  const { name } = pod.metadata;
  switch (reason) {
    case 'ScaleDown':
    case 'Update':
      return undefined;
    case 'Failed':
      return { type: 'Warning', reason: 'RecreatingFailedPod', message: `${subject} failed Pod ${name}` } as const;
    case 'Succeeded':
      return {
        type: 'Normal',
        reason: 'RecreatingTerminatedPod',
        message: `${subject} terminated Pod ${name}`,
      } as const;
    default:
      return reason satisfies never;
  }
}

interface Told {
  reason: 'Create' | 'Delete';
  success: string;
  failure: string;
  task: () => Promise<unknown>;
}

async function told(set: StatefulSet, recorder: Recorder, { reason, success, failure, task }: Told): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof StatusError && error.reason !== 'Conflict') {
      recorder.event(set, {
        type: 'Warning',
        reason: `Failed${reason}`,
        message: `${failure} error: ${error.message}`,
      });
    }
    throw error;
  }
  recorder.event(set, { type: 'Normal', reason: `Successful${reason}`, message: success });
}

/** Gives `seen` its owners. One that is gone needs none. */
async function setOwners<T extends Pod | PersistentVolumeClaim>(
  client: Client,
  { resource, seen, owners }: { resource: Resource<T>; seen: T; owners: OwnerReference[] },
  signal: AbortSignal,
): Promise<void> {
  try {
    await patchSeen(client, { resource, seen, changes: { metadata: { ownerReferences: owners } } }, signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
