// How does an object change? Whatever the request (PUT, a patch, a subresource), one road leads to the store.

import { equalBut, jsonEqual } from '../../apimachinery/json-equal.ts';
import { ownField } from '../../apimachinery/json-fields.ts';
import { withoutNewTimes } from '../../apimachinery/managedfields/field-manager.ts';
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import { metadataWith } from '../../apimachinery/meta-copy.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { PartRules, ResourceDefinition } from '../../apis/definition.ts';
import { rfc3339 } from '../../base/clock.ts';
import { admit } from '../admission/chain.ts';
import { lazyCauses } from '../admission/lazy-causes.ts';
import { cloneJson, StoredObject } from '../cache/stored-object.ts';
import type { Operation } from './context.ts';
import { createObject } from './create.ts';
import { isReadyToVanish } from './deletion-rules.ts';
import { checkIdentity, checkPlace } from './identity.ts';
import { incomingObject, invalidObject, requireName } from './incoming.ts';
import { metaCausesOfChanged } from './metadata-rules.ts';
import { keepReadableOwners, type Owners, ownersOfChanged, putOwners } from './ownership.ts';
import { failedPrecondition, isCreatedByPut } from './put-rules.ts';
import { loadObject, removeObject, replaceObject, untilSwapped } from './storage.ts';
import { afterMutation, dropRepeatedOwners, warnOf } from './warnings.ts';

type Fields = KubeObject & Record<string, unknown>;

/** Makes the wanted object from a copy of the current one. Runs again if someone else was faster. */
export type Change = (current: KubeObject) => KubeObject | Promise<KubeObject>;

export interface WriteResult {
  object: StoredObject;
  isCreated: boolean;
}

/** PUT: replaces the object (or what the subresource covers of it) by `body`; creates it if its kind allows that. */
export async function putObject(operation: Operation, body: unknown): Promise<WriteResult> {
  let read: KubeObject | undefined = incomingObject(operation, body);
  requireName(operation, read);
  if (operation.info.subresource === '' && isCreatedByPut(operation.entry) && !(await loadObject(operation))) {
    const object = await createPut(operation, { body, uid: read.metadata.uid });
    if (object) return { object, isCreated: true };
  }
  // What an attempt has taken it has changed: the next one reads the body again.
  const take = (): KubeObject => {
    const taken = read ?? incomingObject(operation, body);
    read = undefined;
    dropRepeatedOwners(operation, taken);
    return taken;
  };
  const object = await swapObject(operation, take, (live, next) => ownersOfChanged(operation, live, next));
  return { object, isCreated: false };
}

/** PUT of what is not there; undefined if someone else was faster. A version that it names is of something else. */
async function createPut(
  operation: Operation,
  { body, uid }: { body: unknown; uid: string | undefined },
): Promise<StoredObject | undefined> {
  if (uid) throw failedPrecondition(operation, { what: 'UID', wanted: uid, found: '' });
  const { metadata, ...rest } = body as KubeObject;
  const { resourceVersion: _of, ...draft } = metadata;
  try {
    return await createObject(operation, { ...rest, metadata: draft });
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
    return undefined;
  }
}

/** Says whose the fields of a changed object are. The managedFields of `next` are those that the change asks for. */
export type OwnersRule = (live: KubeObject, next: KubeObject) => Owners | Promise<Owners>;

const sameOwners: OwnersRule = (live) => live.metadata.managedFields;

/** Applies `change` under optimistic concurrency. Rejects with NotFound, Conflict, Invalid or Forbidden. */
export function changeObject(
  operation: Operation,
  change: Change,
  ownersOf: OwnersRule = sameOwners,
): Promise<StoredObject> {
  return swapObject(operation, (current) => change(cloneJson(current)), ownersOf);
}

/** As `changeObject`, with a change that gets the current object itself, and must share nothing with it. */
function swapObject(operation: Operation, change: Change, ownersOf: OwnersRule): Promise<StoredObject> {
  return untilSwapped<StoredObject>(operation, async (current) => {
    const next = (await change(current.object)) as Fields;
    checkPlace(operation, next, current.object);
    const sentUid = next.metadata.uid;
    complete(operation, next, current.object);
    const told = ownersOf(current.object, next);
    // Only what a webhook converts takes a while.
    const owners = told instanceof Promise ? await told : told;
    putOwners(next, owners);
    // Who changes and judges what was sent sees all of it, also what this request may not change.
    await admit({ verb: 'UPDATE', operation, object: next, old: current.object }, 'mutate');
    dropRepeatedOwners(operation, next, afterMutation);
    keepReadableOwners(operation, next, owners);
    checkIdentity(operation, next, { current: current.object, sentUid });
    const { managedFields } = next.metadata;
    const object = settle(operation, next, current.object as Fields);
    putOwners(object, managedFields);
    limitToPart(operation, object, current.object as Fields);
    operation.entry.definition.dropClosedFields?.(object);
    prepareForUpdate(operation, object, current.object);
    raiseGeneration(operation, object, current.object as Fields);
    await validate(operation, object, current.object);
    await warnOf(operation, object, current.object);
    await admit({ verb: 'UPDATE', operation, object, old: current.object }, 'validate');

    if (isReadyToVanish(operation.entry, object)) {
      const removed = await removeObject(operation, current);
      return removed.ok ? { done: asWritten(current, object), isWritten: true } : { retry: removed.current };
    }
    if (isUnchanged(object, current.object)) return { done: current, isWritten: false };
    const swap = await replaceObject(operation, current, object);
    return swap.ok ? { done: swap.object, isWritten: true } : { retry: swap.current };
  });
}

function prepareForUpdate({ entry, info, clock }: Operation, object: KubeObject, old: KubeObject): void {
  entry.definition.prepareForUpdate?.(object, old, { subresource: info.subresource, now: rfc3339(clock.now()) });
}

/** The last state of an object that went with this write. */
function asWritten({ key, revision }: StoredObject, object: KubeObject): StoredObject {
  return new StoredObject({ key, revision, bytes: Buffer.from(JSON.stringify(object)), object });
}

/** Are both the same, but for the times at which their managers wrote? */
function isUnchanged(object: KubeObject, current: KubeObject): boolean {
  if (!equalBut(object, current, 'metadata')) return false;
  if (!equalBut(object.metadata, current.metadata, 'managedFields')) return false;
  const { managedFields: before } = current.metadata;
  return jsonEqual(withoutNewTimes(object.metadata.managedFields, before), before);
}

/** Fills in what the request says already. */
function complete({ entry }: Operation, next: Fields, { metadata }: KubeObject): void {
  next.apiVersion = entry.apiVersion;
  next.kind = entry.kind;
  if (metadata.namespace !== undefined) next.metadata.namespace ??= metadata.namespace;
  entry.definition.applyDefaults?.(next);
}

/** The wanted object with everything that this request may not change put back. */
function settle({ entry, info, clock }: Operation, next: Fields, current: Fields): Fields {
  const { definition } = entry;
  const settled = info.subresource === '' ? next : limitToSubresource(info.subresource, { entry, next, current });
  settled.metadata = withServerMeta(settled.metadata, current.metadata);
  for (const key of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const) {
    if (current.metadata[key] === undefined && key in settled.metadata) delete settled.metadata[key];
  }
  if (settled.metadata.selfLink !== undefined) delete settled.metadata.selfLink;
  settled.apiVersion = entry.apiVersion;
  settled.kind = entry.kind;
  const isWhole = info.subresource === '' || info.subresource === 'finalize';
  if (isWhole && definition.subresources.includes('status')) put(settled, 'status', current['status']);
  // What ends through a subresource is not ended by the way.
  if (info.subresource === 'status' || info.subresource === 'approval')
    definition.prepareForStatus?.(settled, current, rfc3339(clock.now()));
  definition.applyDefaults?.(settled);
  return settled;
}

/** Puts back what a part of an object doesn't cover. Who sends that owns it nevertheless. Kubernetes: ResetObjectMetaForStatus. */
function limitToPart({ entry, info }: Operation, object: Fields, current: Fields): void {
  const part = partOf(entry, info.subresource);
  if (!part) return;
  const { managedFields, generateName } = object.metadata;
  const limited = part.limit(object, current) as Fields;
  // What validation refuses as it was sent.
  if (limited === object) return;
  const { spec } = limited;
  put(object, 'spec', cloneJson(spec));
  put(object, 'status', cloneJson(current['status']));
  object.metadata = cloneJson(current.metadata);
  put(object.metadata, 'managedFields', managedFields);
  put(object.metadata, 'generateName', generateName);
}

function limitToSubresource(
  subresource: string,
  { entry, next, current }: { entry: Operation['entry']; next: Fields; current: Fields },
): Fields {
  if (subresource !== 'status' && subresource !== 'approval') return next;
  const limited = { ...cloneJson(current), metadata: metadataByStatus(next, current, entry.definition) } as Fields;
  put(limited, 'status', subresource === 'approval' ? decided(next, current) : next['status']);
  return limited;
}

/** Who decides about a request does not issue its certificate. */
function decided(next: Fields, current: Fields): object {
  const [status, before] = [next, current].map((each) => each['status'] as { certificate?: unknown } | undefined);
  const { certificate: _issued, ...decision } = status ?? {};
  return { ...decision, ...(before?.certificate !== undefined && { certificate: before.certificate }) };
}

/** Clients of most built-in kinds may change metadata along with the status. */
function metadataByStatus(next: KubeObject, current: KubeObject, definition: ResourceDefinition): ObjectMeta {
  const { isBuiltIn, statusKeepsMetadata, statusKeeps = [] } = definition;
  if (!isBuiltIn) return { ...current.metadata };
  const metadata = { ...(statusKeepsMetadata ? current : next).metadata };
  put(metadata, 'generateName', next.metadata.generateName);
  for (const field of statusKeeps) put(metadata, field, current.metadata[field]);
  return metadata;
}

/** A copy of `metadata` with what only the server sets as `current` has it. */
function withServerMeta(metadata: ObjectMeta, current: ObjectMeta): ObjectMeta {
  const settled = metadataWith(metadata, current, current.resourceVersion);
  if (current.deletionTimestamp !== undefined) settled.deletionTimestamp = current.deletionTimestamp;
  if (current.deletionGracePeriodSeconds !== undefined)
    settled.deletionGracePeriodSeconds = current.deletionGracePeriodSeconds;
  if (current.generation !== undefined) settled.generation = current.generation;
  return settled;
}

/** The generation counts changes of what was asked for: all but metadata and status. */
function raiseGeneration({ entry, info }: Operation, object: Fields, current: Fields): void {
  const { hasGeneration, isBuiltIn, subresources, generationCounts } = entry.definition;
  // Upstream binds pods past the rules of updates.
  if (!hasGeneration || info.subresource === 'binding') return;
  const { metadata, status, ...asked } = object;
  const { metadata: metadataBefore, status: statusBefore, ...before } = current;
  // Without a status subresource, a custom resource's status is a field like any other.
  const isAsked = !isBuiltIn && !subresources.includes('status');
  const counted = info.subresource === '' && generationCounts;
  const isSame =
    jsonEqual(asked, before) &&
    (!isAsked || jsonEqual(status, statusBefore)) &&
    (!counted || jsonEqual(metadata[counted] ?? {}, metadataBefore[counted] ?? {}));
  if (!isSame) object.metadata.generation = (metadataBefore.generation ?? 0) + 1;
}

async function validate(operation: Operation, object: KubeObject, current: KubeObject): Promise<void> {
  const { entry, info } = operation;
  const causes = [
    ...metaCausesOfChanged(entry.definition, { object, old: current, subresource: info.subresource }),
    ...(rulesOf(operation)?.(object, current, (text) => operation.warnings.push(text)) ?? []),
  ];
  if (causes.length === 0) return;
  causes.push(...(await lazyCauses(operation, object, current)));
  throw invalidObject(operation, object.metadata.name, causes);
}

function rulesOf({ entry, info }: Operation): ResourceDefinition['validateUpdate'] {
  const { validateApproval, validateStatus, validateUpdate } = entry.definition;
  if (info.subresource === 'status') return validateStatus;
  if (info.subresource === 'approval') return validateApproval;
  const part = partOf(entry, info.subresource);
  if (part) return part.validate;
  // A binding sets what no update may: the node of a pod.
  return info.subresource === 'binding' ? undefined : validateUpdate;
}

function partOf({ definition }: Operation['entry'], subresource: string): PartRules | undefined {
  return ownField(definition.parts as Record<string, PartRules> | undefined, subresource);
}

function put(target: object, key: string, value: unknown): void {
  const fields = target as Record<string, unknown>;
  if (value === undefined) delete fields[key];
  else fields[key] = value;
}
