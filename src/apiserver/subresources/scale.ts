// How many replicas? autoscaling/v1 Scale as a view of any resource with spec.replicas.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { ownField } from '../../apimachinery/json-fields.ts';
import type { KubeObject, LabelSelector, ObjectMeta } from '../../apimachinery/meta.ts';
import { validateObjectMeta } from '../../apimachinery/object-meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { conflict, StatusError } from '../../apimachinery/status-error.ts';
import { ageColumn, integerColumn, nameDescription } from '../../apis/columns.ts';
import type { CustomTraits, PrinterColumn } from '../../apis/definition.ts';
import { cloneJson, StoredObject } from '../cache/stored-object.ts';
import { isObject } from '../patch/merge-patch.ts';
import type { Operation } from '../registry/context.ts';
import { incomingBody, invalidBody, requireName } from '../registry/incoming.ts';
import { appliedScale, ownersOfScale, putOwners } from '../registry/ownership.ts';
import { patcher, refuseRepeated } from '../registry/patch.ts';
import type { Patched } from '../registry/unknown-fields.ts';
import { changeObject } from '../registry/update.ts';
import { applyPatchType } from '../registry/write-options.ts';
import { admitBody, validateBody } from './admit-body.ts';
import { parentOwners, type ReplicaPaths, scaleOwners } from './scale-owners.ts';

/** Models autoscaling/v1 Scale. */
export interface Scale extends KubeObject {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** What `kubectl get --subresource scale` shows. Source: printers/internalversion, scaleColumnDefinitions. */
export const scaleColumns: PrinterColumn[] = [
  { name: 'Name', type: 'string', description: nameDescription, priority: 0, cell: ({ metadata }) => metadata.name },
  {
    ...integerColumn('Desired', (scale) => (scale as Scale).spec.replicas ?? 0),
    description: 'replicas is the desired number of instances for the scaled object.',
  },
  {
    ...integerColumn('Available', (scale) => (scale as Scale).status.replicas),
    description: 'replicas is the actual number of observed instances of the scaled object.',
  },
  ageColumn(),
];

interface Scalable extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
}

/** Where a resource keeps its replicas; built-in kinds have a selector object beside them. */
type Paths = NonNullable<CustomTraits['scale']> | undefined;

/** The Scale of an object. Rejects with InternalError if a custom resource lacks its replicas. */
export function scaleOf({ entry }: Pick<Operation, 'entry'>, stored: StoredObject): StoredObject {
  const object = stored.object as Scalable;
  const { replicas, status } = readReplicas(object, entry.definition.custom?.scale);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const scale: Scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: specOf(replicas),
    status,
  };
  return new StoredObject({
    key: stored.key,
    revision: stored.revision,
    bytes: Buffer.from(JSON.stringify(scale)),
    object: scale,
  });
}

/** No replicas are none, to Go. */
function specOf(replicas: number): Scale['spec'] {
  return replicas === 0 ? {} : { replicas };
}

function readReplicas(object: Scalable, paths: Paths): { replicas: number; status: Scale['status'] } {
  if (!paths) {
    const { spec, status } = object;
    // A stored selector may be malformed; the Scale says so as tables do.
    const selector = spec?.selector && formatLabelSelector(asLabelSelector(spec.selector)).replace('<none>', '');
    return {
      replicas: spec?.replicas ?? 0,
      status: { replicas: status?.replicas ?? 0, ...(selector && { selector }) },
    };
  }
  const replicas = valueAt(object, paths.specReplicas);
  if (typeof replicas !== 'number') {
    throw new StatusError(
      'InternalError',
      `Internal error occurred: the spec replicas field ".${paths.specReplicas.join('.')}" does not exist`,
    );
  }
  const selector = paths.selector && valueAt(object, paths.selector);
  const observed = valueAt(object, paths.statusReplicas);
  return {
    replicas,
    status: {
      replicas: typeof observed === 'number' ? observed : 0,
      ...(typeof selector === 'string' && selector !== '' && { selector }),
    },
  };
}

/** A replication controller's selector is older than selectors: only labels and their values. */
function asLabelSelector(selector: LabelSelector | Record<string, string>): LabelSelector {
  const isPlain = Object.values(selector).every((value) => typeof value === 'string');
  return isPlain ? { matchLabels: selector as Record<string, string> } : selector;
}

function valueAt(object: unknown, path: string[]): unknown {
  return path.reduce((value, key) => (isObject(value) ? ownField(value, key) : undefined), object);
}

/** A copy of `object` with `value` at `path`. */
function withValueAt(
  object: Record<string, unknown>,
  [key = '', ...rest]: string[],
  value: unknown,
): Record<string, unknown> {
  if (rest.length === 0) return { ...object, [key]: value };
  const below = ownField(object, key);
  return { ...object, [key]: withValueAt(isObject(below) ? below : {}, rest, value) };
}

/** Applies a patch of any type to the Scale. Rejects as every patch does. */
export async function patchScale(operation: Operation, type: string, patch: unknown): Promise<StoredObject> {
  if (type !== applyPatchType) {
    const patched = patcher(operation, type, patch);
    return changeScale(operation, (current) => {
      const scale = patched(current);
      return readScale(operation, scale.document, { patched: scale });
    });
  }
  // What is applied owns only what it says, and not what reading it adds.
  const checked = (current: Scale): Scale => {
    const scale = appliedScale(operation, patch, current);
    refuseRepeated(operation);
    readScale(operation, patch);
    return scale;
  };
  return changeScale(operation, checked);
}

/** PUT: sets the replicas that the Scale `body` asks for. Rejects as every update does. */
export async function putScale(operation: Operation, body: unknown): Promise<StoredObject> {
  const wanted = readScale(operation, body);
  return changeScale(operation, () => cloneJson(wanted));
}

async function changeScale(operation: Operation, wanted: (current: Scale) => Scale): Promise<StoredObject> {
  const { entry, info } = operation;
  const admitted = { ...operation, isAdmitted: true };
  const paths = replicaPathsOf(operation);
  const viewOf = (object: KubeObject): Scale =>
    scaleOf(operation, new StoredObject({ key: '', revision: 0, bytes: new Uint8Array(), object })).object as Scale;
  const scaled = async (current: KubeObject): Promise<KubeObject> => {
    const { managedFields } = current.metadata;
    const view = viewOf(current);
    const before = { ...view, metadata: { ...view.metadata } };
    putOwners(before, scaleOwners(managedFields, paths));
    const scale = wanted(before);
    if (info.namespace !== '') scale.metadata.namespace ??= info.namespace;
    if (!operation.write.isApply) putOwners(scale, ownersOfScale(operation, before, scale));
    await admitBody(operation, scale, before);
    refuseInvalid(operation, scale);
    // What is put has its UID as a precondition, which the store looks at as for every object.
    const isPut = info.method === 'PUT';
    if (!isPut) requireSameObject(operation, scale, current);
    const { uid = current.metadata.uid } = isPut ? (scale.metadata as Partial<ObjectMeta>) : {};
    const path = paths(entry.apiVersion) ?? ['spec', 'replicas'];
    const target = withValueAt({ ...current }, [...path], scale.spec.replicas ?? 0) as unknown as KubeObject;
    // The client's preconditions hold for the scaled object too.
    const resourceVersion = scale.metadata.resourceVersion || current.metadata.resourceVersion;
    target.metadata = { ...current.metadata, uid, resourceVersion };
    putOwners(
      target,
      parentOwners(managedFields, scale.metadata.managedFields, { apiVersion: entry.apiVersion, paths }),
    );
    await validateBody(operation, viewOf(target), view);
    return target;
  };
  const changed = await changeObject(admitted, scaled, (_live, next) => next.metadata.managedFields);
  return scaleOf(operation, changed);
}

/** Where the versions of the scaled kind have their replicas. */
function replicaPathsOf({ entry, catalogue }: Operation): ReplicaPaths {
  if (!entry.definition.custom)
    return (apiVersion) => (apiVersion === entry.apiVersion ? ['spec', 'replicas'] : undefined);
  const versions = catalogue.entries.filter(({ prefix }) => prefix === entry.prefix);
  return (apiVersion) => {
    const found = versions.find((each) => each.apiVersion === apiVersion);
    return found && (found.definition.custom?.scale?.specReplicas ?? null);
  };
}

/** A Scale from outside, as Go would have it. Throws BadRequest. */
function readScale(operation: Operation, body: unknown, { patched }: { patched?: Patched } = {}): Scale {
  const { spec = {}, status, ...scale } = incomingBody(operation, body, { patched }) as KubeObject & Partial<Scale>;
  if (!operation.write.isApply) requireName(operation, scale);
  return { ...scale, spec: specOf(spec.replicas ?? 0), status: { ...status, replicas: status?.replicas ?? 0 } };
}

/** Throws Conflict if what a patch has made is the Scale of an object that had the name before. */
function requireSameObject({ entry, info }: Operation, { metadata }: Scale, current: KubeObject): void {
  const { uid } = metadata as Partial<ObjectMeta>;
  // Upstream does not look at that of a custom resource.
  if (!uid || uid === current.metadata.uid || entry.definition.custom) return;
  const { plural } = entry.definition.resource;
  const scaled = entry.groupResource.replace(plural, `${plural}/scale`);
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
  throw conflict(scaled, info.name, why);
}

/** Throws Invalid. */
function refuseInvalid(operation: Operation, scale: Scale): void {
  // What a client has defined judges the whole object.
  if (operation.entry.definition.custom) return;
  const { metadata, spec } = scale;
  const { replicas = 0 } = spec;
  const { name, namespace } = operation.info;
  const causes = validateObjectMeta(
    { ...scale, metadata: { ...metadata, name, ...(namespace && { namespace }) } },
    { namespaced: namespace !== '', plainFinalizers: false },
  );
  if (replicas < 0) causes.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  if (causes.length > 0) throw invalidBody(operation, causes);
}
