// How does the scheduler tell a pod its node? Source: pkg/registry/core/pod/storage BindingREST.

import { notSupported, required } from '../../apimachinery/field-error.ts';
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import { conflict, StatusError } from '../../apimachinery/status-error.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import { admitPart } from '../admission/chain.ts';
import { namespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import type { Operation } from '../registry/context.ts';
import { incomingObject, invalidBody, otherNamespace } from '../registry/incoming.ts';
import { ownersOfCreated, putOwners } from '../registry/ownership.ts';
import { failedPrecondition } from '../registry/put-rules.ts';
import { changeObject } from '../registry/update.ts';
import { admitNewBody, bodyOfCreated } from './admit-body.ts';

interface Binding extends Omit<KubeObject, 'metadata'> {
  metadata: Partial<ObjectMeta>;
  target?: { kind?: string; name?: string };
}

/** Assigns the pod that the path names. Rejects with Conflict if it has a node or is being deleted. */
export async function bindPod(operation: Operation, body: unknown): Promise<void> {
  const binding = (await bodyOfCreated(operation, body)) as Binding;
  if (binding.metadata.name !== operation.info.name)
    throw new StatusError('BadRequest', 'name in URL does not match name in Binding object');
  await assign(operation, binding, () => admitNewBody(operation, binding, () => undefined));
}

/** Assigns the pod that the body names: a Binding of the kind's own collection. Rejects as `bindPod` does. */
export async function createBinding(operation: Operation, body: unknown): Promise<void> {
  const binding = incomingObject(operation, body) as Binding;
  const { info, catalogue } = operation;
  const { uid: _uid, ...metadata } = binding.metadata;
  if (metadata.namespace && metadata.namespace !== info.namespace) throw otherNamespace();
  const sent = { ...binding, metadata: { ...metadata, namespace: info.namespace } } as KubeObject;
  putOwners(sent, ownersOfCreated(operation, sent));
  const asked = { verb: 'CREATE', operation, object: sent, old: undefined } as const;
  await namespaceLifecycle(asked);
  const pods = catalogue.require({ ...info, resource: 'pods' });
  const name = metadata.name ?? '';
  const ofPod = { ...operation, entry: pods, info: { ...info, resource: 'pods', name, subresource: 'binding' } };
  await assign(ofPod, sent, () => admitPart(asked));
}

async function assign(operation: Operation, binding: Binding, admitted: () => Promise<void>): Promise<void> {
  const { kind, name: nodeName } = binding.target ?? {};
  const causes = [
    ...(kind && kind !== 'Node' ? [notSupported('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(nodeName ? [] : [required('target.name')]),
  ];
  if (!nodeName || causes.length > 0) throw invalidBody(operation, causes);
  await admitted();
  if (operation.info.name === '') throw new StatusError('BadRequest', 'Name parameter required.');
  await changeObject({ ...operation, isAdmitted: true }, (current) => bound(current, { binding, nodeName, operation }));
}

function bound(
  pod: Pod,
  { binding, nodeName, operation }: { binding: Binding; nodeName: string; operation: Operation },
): Pod {
  const { name } = pod.metadata;
  const refuse = (why: string): never => {
    throw conflict('pods/binding', name, why);
  };
  if (pod.metadata.deletionTimestamp) refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec?.nodeName) refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if (pod.spec?.schedulingGates?.length) refuse(`pod ${name} has non-empty .spec.schedulingGates`);

  const { annotations, labels, uid, resourceVersion } = binding.metadata;
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion)
    throw failedPrecondition(operation, {
      what: 'ResourceVersion',
      wanted: resourceVersion,
      found: pod.metadata.resourceVersion,
    });
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: rfc3339(operation.clock.now()),
  };
  // Where the scheduler had hoped for room.
  const { nominatedNodeName: _hoped, ...status } = pod.status ?? {};
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(uid && { uid }),
      ...(labels && { labels: { ...pod.metadata.labels, ...labels } }),
      ...(annotations && { annotations: { ...pod.metadata.annotations, ...annotations } }),
    },
    spec: { ...(pod.spec as NonNullable<Pod['spec']>), nodeName },
    status: { ...status, conditions: [...others, scheduled] },
  } as Pod;
}
