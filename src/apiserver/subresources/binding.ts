// How does the scheduler tell a pod its node? Source: pkg/registry/core/pod/storage BindingREST.

import { notSupported, required } from '../../apimachinery/field-error.ts';
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import { conflict, StatusError } from '../../apimachinery/status-error.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Operation } from '../registry/context.ts';
import { incomingBody, invalidBody } from '../registry/incoming.ts';
import { changeObject } from '../registry/update.ts';
import { admitBody } from './admit-body.ts';

interface Binding extends Omit<KubeObject, 'metadata'> {
  metadata: Partial<ObjectMeta>;
  target?: { kind?: string; name?: string };
}

/** Assigns the pod to the node of `body`'s target. Rejects with Conflict if it has a node or is being deleted. */
export async function bindPod(operation: Operation, body: unknown): Promise<void> {
  const binding = incomingBody(operation, body) as Binding;
  if (binding.metadata.name !== operation.info.name)
    throw new StatusError('BadRequest', 'name in URL does not match name in Binding object');
  const { kind, name: nodeName } = binding.target ?? {};
  const causes = [
    ...(kind && kind !== 'Node' ? [notSupported('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(nodeName ? [] : [required('target.name')]),
  ];
  if (!nodeName || causes.length > 0) throw invalidBody(operation, causes);
  await admitBody(operation, binding);
  const admitted = { ...operation, isAdmitted: true };
  await changeObject(admitted, (current) => bound(current, { binding, nodeName, operation }));
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

  const { annotations, uid, resourceVersion } = binding.metadata;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: rfc3339(operation.clock.now()),
  };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(uid && { uid }),
      ...(resourceVersion && { resourceVersion }),
      ...(annotations && { annotations: { ...pod.metadata.annotations, ...annotations } }),
    },
    spec: { ...(pod.spec as NonNullable<Pod['spec']>), nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  } as Pod;
}
