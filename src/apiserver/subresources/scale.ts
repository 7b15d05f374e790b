// How many replicas? autoscaling/v1 Scale as a view of any resource with spec.replicas.

import type { KubeObject, LabelSelector } from '../../apimachinery/meta.ts';
import { formatSelector, selectorOf } from '../../apimachinery/selectors.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { StoredObject } from '../cache/stored-object.ts';
import { isObject } from '../patch/merge-patch.ts';
import type { Operation } from '../registry/context.ts';
import { invalidObject } from '../registry/incoming.ts';
import { changeObject } from '../registry/update.ts';

/** Models autoscaling/v1 Scale. */
export interface Scale extends KubeObject {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

interface Scalable extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelector };
  status?: { replicas?: number };
}

/** The Scale of an object. */
export function scaleOf(stored: StoredObject): StoredObject {
  const object = stored.object as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const scale: Scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: object.spec?.replicas ?? 0 },
    status: {
      replicas: object.status?.replicas ?? 0,
      ...(object.spec?.selector && { selector: formatSelector(selectorOf(object.spec.selector)) }),
    },
  };
  return new StoredObject({
    key: stored.key,
    revision: stored.revision,
    bytes: Buffer.from(JSON.stringify(scale)),
    object: scale,
  });
}

/** Sets the replicas that `wanted` makes of the current Scale. Rejects as every update does. */
export async function changeScale(operation: Operation, wanted: (current: Scale) => unknown): Promise<StoredObject> {
  const changed = await changeObject(operation, (current) => {
    const before = scaleOf(new StoredObject({ key: '', revision: 0, bytes: new Uint8Array(), object: current }))
      .object as Scale;
    const { metadata, replicas } = readScale(operation, wanted(before));
    const target = current as Scalable;
    // The client's preconditions hold for the scaled object too.
    const { uid = current.metadata.uid, resourceVersion = '' } = metadata;
    return {
      ...target,
      metadata: { ...target.metadata, uid, resourceVersion },
      spec: { ...target.spec, replicas },
    } as KubeObject;
  });
  return scaleOf(changed);
}

function readScale(
  operation: Operation,
  value: unknown,
): { metadata: { uid?: string; resourceVersion?: string }; replicas: number } {
  if (!isObject(value) || (value['kind'] ?? 'Scale') !== 'Scale')
    throw new StatusError('BadRequest', 'the body of the request is no Scale');
  const { spec = {}, metadata = {} } = value as Partial<Scale>;
  const { replicas = 0 } = spec;
  if (!Number.isInteger(replicas) || replicas < 0) {
    const message = `Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`;
    throw invalidObject(operation, operation.info.name, [
      { reason: 'FieldValueInvalid', message, field: 'spec.replicas' },
    ]);
  }
  return { metadata, replicas };
}
