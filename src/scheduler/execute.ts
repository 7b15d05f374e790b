// How is a scheduling step carried out?

import { keyOf, type Resource } from '../apimachinery/meta.ts';
import { withCondition } from '../apis/core/conditions.ts';
import type { Binding, PersistentVolume, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes, pods } from '../apis/resources.ts';
import { annotations } from '../apis/storage/names.ts';
import { type Clock, rfc3339 } from '../base/clock.ts';
import type { Client, Recorder } from '../client/types.ts';
import { patchSeen } from '../client/write-seen.ts';
import type { Step } from './reconcile.ts';

/** What `pods/binding` takes. */
const podBindings: Resource<Binding> = { group: '', version: 'v1', plural: 'pods', kind: 'Binding', namespaced: true };

export interface Edge {
  client: Client;
  recorder: Recorder;
  clock: Clock;
}

/** Carries out `step` for `pod`. Rejects with Conflict if something has changed since it was decided. */
export async function execute(step: Step, { pod, edge }: { pod: Pod; edge: Edge }, signal: AbortSignal): Promise<void> {
  const { client } = edge;
  switch (step.type) {
    case 'Settled':
    case 'AwaitClaims':
      return;
    case 'MarkUnschedulable':
      return step.isNews ? markUnschedulable(step.message, { pod, edge }, signal) : undefined;
    case 'SelectNode': {
      const changes = { metadata: { annotations: { [annotations.selectedNode]: step.nodeName } } };
      await patchSeen(client, { resource: persistentVolumeClaims, seen: step.claim, changes }, signal);
      return;
    }
    case 'ReserveVolume':
      return reserve(client, step, signal);
    case 'Bind':
      return bind(step.nodeName, { pod, edge }, signal);
    default:
      return step satisfies never;
  }
}

async function markUnschedulable(
  message: string,
  { pod, edge }: { pod: Pod; edge: Edge },
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, recorder } = edge;
  recorder.event(pod, { type: 'Warning', reason: 'FailedScheduling', message, action: 'Scheduling' });
  const lastTransitionTime = rfc3339(clock.now());
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime };
  const changes = { status: { conditions: withCondition(pod.status?.conditions, condition) } };
  await patchSeen(client, { resource: pods, seen: pod, changes, subresource: 'status' }, signal);
}

async function reserve(
  client: Client,
  { claim, volume }: { claim: PersistentVolumeClaim; volume: PersistentVolume },
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
  const changes = { metadata: { annotations: { [annotations.boundByController]: 'yes' } }, spec: { claimRef } };
  await patchSeen(client, { resource: persistentVolumes, seen: volume, changes }, signal);
}

async function bind(nodeName: string, { pod, edge }: { pod: Pod; edge: Edge }, signal: AbortSignal): Promise<void> {
  const { client, recorder } = edge;
  const { namespace, name, uid } = pod.metadata;
  const metadata = { name, uid, ...(namespace && { namespace }) };
  const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
  await client.create(podBindings, { metadata, target }, signal, { subresource: 'binding' });
  const message = `Successfully assigned ${keyOf(pod)} to ${nodeName}`;
  recorder.event(pod, { type: 'Normal', reason: 'Scheduled', message, action: 'Binding' });
}
