// What does the server do for each verb on a resource or subresource?

import type { DeleteOptions } from '../apimachinery/meta.ts';
import { StatusError } from '../apimachinery/status-error.ts';
import { contentTypeOf, decodeBody, decodePatch, deleteOptionsOf } from './body.ts';
import type { StoredObject } from './cache/stored-object.ts';
import { framesFor, listResponse, objectResponse } from './forms/object-response.ts';
import { negotiateForm, type ObjectForm } from './media-type.ts';
import type { WatchMetrics } from './metrics/watch-metrics.ts';
import { methodNotAllowed, unknownPath } from './registry/catalogue.ts';
import type { Operation } from './registry/context.ts';
import { createObject } from './registry/create.ts';
import { deleteCollection, deleteObject } from './registry/delete.ts';
import { isOrphaningUnsaid } from './registry/deletion-rules.ts';
import { listObjects, reachRevision } from './registry/list.ts';
import { parseRevision } from './registry/list-options.ts';
import { patchObject, requirePatchType } from './registry/patch.ts';
import { currentObject, requireObject } from './registry/storage.ts';
import { putObject } from './registry/update.ts';
import { validateWatch, type WatchSettings, watchObjects } from './registry/watch.ts';
import { applyPatchType } from './registry/write-options.ts';
import { jsonResponse, streamResponse } from './respond.ts';
import { answerReview, isReview } from './reviews/answer.ts';
import { successStatus } from './status-body.ts';
import { bindPod, createBinding } from './subresources/binding.ts';
import { evictPod } from './subresources/eviction.ts';
import { patchScale, putScale, scaleColumns, scaleOf } from './subresources/scale.ts';
import { requestToken } from './subresources/token.ts';
import { type ApiRequest, type ApiResponse, LiveBody } from './types.ts';

/** What all watches of a server share. */
export interface WatchDeps extends Omit<WatchSettings, 'frames' | 'outlet' | 'onOverflow'> {
  metrics: WatchMetrics;
}

/** Answers a request that has been admitted by the authorizer. Rejects with StatusError. */
export async function answerResource(
  operation: Operation,
  request: ApiRequest,
  watching: WatchDeps,
): Promise<ApiResponse> {
  const { info, entry } = operation;
  const { isBuiltIn, isVirtual, verbs, custom, deprecationWarning = custom?.deprecationWarning } = entry.definition;
  const { subresource } = info;
  if (isUnrouted(operation)) throw unknownPath();
  if (deprecationWarning) operation.warnings.push(deprecationWarning);
  if (subresource === '' && verbs && !(verbs as readonly string[]).includes(info.verb)) throw methodNotAllowed();
  const [isStream, isList] = [info.verb === 'watch', info.verb === 'list'];
  const offer = { hasProtobuf: isBuiltIn, isStream, isList, hasTable: !isVirtual };
  const form = negotiateForm(request.headers['accept'], offer);
  if (isVirtual) return answerVirtual(operation, request);
  if (!isOfObject(operation)) return answerSubresource(operation, request, form);

  const one = (status: number, stored: StoredObject): ApiResponse => respondWith(operation, stored, { form, status });
  switch (info.verb) {
    case 'get': {
      if (request.method === 'HEAD') break;
      const atLeast = info.query.get('resourceVersion');
      if (atLeast) await reachRevision(operation, parseRevision(atLeast));
      return one(200, currentObject(operation) ?? (await requireObject(operation)));
    }
    case 'list':
      if (request.method === 'HEAD') break;
      return listResponse(entry, await listObjects(operation), formOptions(operation, form));
    case 'watch':
      return answerWatch(operation, { form, watching });
    case 'create':
      if (info.isNamed || (entry.definition.resource.namespaced && info.namespace === '')) break;
      return one(201, await createObject(operation, await decodeBody(request, operation)));
    case 'update': {
      if (!info.isNamed) break;
      const { object, isCreated } = await putObject(operation, await decodeBody(request, operation));
      return one(isCreated ? 201 : 200, object);
    }
    case 'patch': {
      if (!info.isNamed) break;
      const { object, isCreated } = await patchWith(operation, request, patchObject);
      return one(isCreated ? 201 : 200, object);
    }
    case 'delete':
      return answerDelete(operation, request, form);
    case 'deletecollection': {
      if (entry.definition.resource.namespaced && info.namespace === '') break;
      const options = await deleteOptionsOf(request, operation);
      warnOfOrphans(operation, options);
      const list = await deleteCollection(withDryRun(operation, options), options);
      return listResponse(entry, list, formOptions(operation, form));
    }
    default:
      break;
  }
  throw methodNotAllowed();
}

/** What is only created has no objects to name, and no collection that spans namespaces; no resource has all subresources. */
function isUnrouted({ info, entry: { definition } }: Operation): boolean {
  const { subresource, subpath } = info;
  if (subpath !== '') return true;
  if (subresource !== '' && !(definition.subresources as string[]).includes(subresource)) return true;
  if (definition.verbs?.join() !== 'create') return false;
  return info.isNamed || (definition.resource.namespaced && info.namespace === '');
}

/** What is asked for is made up for the answer, or written elsewhere. */
async function answerVirtual(operation: Operation, request: ApiRequest): Promise<ApiResponse> {
  const { groupResource } = operation.entry;
  if (groupResource === 'bindings') {
    await createBinding(operation, await decodeBody(request, operation));
    return jsonResponse(201, successStatus({ code: 201 }));
  }
  if (!isReview(operation)) throw notOffered(groupResource);
  return jsonResponse(201, await answerReview(operation, await decodeBody(request, operation)));
}

/** Is it about the object itself, or about a part of it? */
function isOfObject({ info: { subresource }, entry }: Operation): boolean {
  if (['', 'status', 'approval'].includes(subresource)) return true;
  return Object.hasOwn(entry.definition.parts ?? {}, subresource);
}

async function answerSubresource(operation: Operation, request: ApiRequest, form: ObjectForm): Promise<ApiResponse> {
  const { info } = operation;
  const one = (stored: StoredObject): ApiResponse => respondWith(operation, stored, { form, status: 200 });
  switch (`${info.verb} ${info.subresource}`) {
    case 'get scale':
      return one(scaleOf(operation, await requireObject(operation)));
    case 'update scale':
      return one(await putScale(operation, await decodeBody(request, operation)));
    case 'patch scale':
      return one(await patchWith(operation, request, patchScale));
    case 'create binding':
      await bindPod(operation, await decodeBody(request, operation));
      return jsonResponse(201, successStatus({ code: 201 }));
    case 'create token':
      return jsonResponse(201, await requestToken(operation, await decodeBody(request, operation)));
    case 'create eviction':
      await evictPod(operation, await decodeBody(request, operation));
      return jsonResponse(201, successStatus({ code: 201 }));
    case 'update finalize':
      return one((await putObject(operation, await decodeBody(request, operation))).object);
    default:
      throw methodNotAllowed();
  }
}

/**
 * What `change` makes of the request's patch. Upstream reads a patch when it has the object that it is for: who patches
 * what is not there is told only that, whatever is wrong with the patch. A configuration creates what is not there, but no part of it.
 */
async function patchWith<Result>(
  operation: Operation,
  request: ApiRequest,
  change: (operation: Operation, type: string, patch: unknown) => Promise<Result>,
): Promise<Result> {
  const type = contentTypeOf(request);
  requirePatchType(operation, type);
  try {
    return await change(operation, type, await decodePatch(request, operation));
  } catch (error) {
    if (type !== applyPatchType || operation.info.subresource !== '') await requireObject(operation);
    throw error;
  }
}

async function answerDelete(operation: Operation, request: ApiRequest, form: ObjectForm): Promise<ApiResponse> {
  const { info, entry } = operation;
  if (info.subresource !== '') throw methodNotAllowed();
  const options = await deleteOptionsOf(request, operation);
  warnOfOrphans(operation, options);
  const { object, isGone } = await deleteObject(withDryRun(operation, options), options);
  if (!isGone || entry.definition.answersDeleted) return respondWith(operation, object, { form, status: 200 });
  const { plural, group } = entry.definition.resource;
  const details = { name: info.name, ...(group !== '' && { group }), kind: plural, uid: object.object.metadata.uid };
  return jsonResponse(200, successStatus({ details }));
}

function warnOfOrphans({ entry, warnings }: Operation, options: DeleteOptions): void {
  if (!isOrphaningUnsaid(entry, options)) return;
  warnings.push(
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  );
}

function answerWatch(operation: Operation, { form, watching }: { form: ObjectForm; watching: WatchDeps }): ApiResponse {
  validateWatch(operation);
  const { entry, info, clock } = operation;
  const options = { form, includeObject: info.query.get('includeObject'), now: () => clock.now() };
  const { metrics, ...settings } = watching;
  const frames = metrics.counted(framesFor(entry, options), entry);
  const givenUp = new AbortController();
  const onOverflow = (): void => {
    metrics.closedSlow(entry);
    givenUp.abort(new Error('The client does not read its watch'));
  };
  const body = new LiveBody((outlet) => watchObjects(operation, { ...settings, frames, onOverflow, outlet }));
  return { ...streamResponse(body), givenUp: givenUp.signal };
}

function respondWith(
  operation: Operation,
  stored: StoredObject,
  { form, status }: { form: ObjectForm; status: number },
): ApiResponse {
  const { info, clock } = operation;
  const includeObject = info.query.get('includeObject');
  return objectResponse(shownAs(operation), stored, { form, status, includeObject, nowMs: clock.now() });
}

/** A Scale has columns of its own. */
function shownAs({ info, entry }: Operation): Operation['entry'] {
  if (info.subresource !== 'scale') return entry;
  return { ...entry, definition: { ...entry.definition, columns: scaleColumns } };
}

function formOptions({ info, clock }: Operation, form: ObjectForm) {
  return { form, includeObject: info.query.get('includeObject'), nowMs: clock.now() };
}

function withDryRun(operation: Operation, { dryRun }: { dryRun?: string[] }): Operation {
  return dryRun?.includes('All') ? { ...operation, isDryRun: true } : operation;
}

/** For what upstream serves and this server does not. */
function notOffered(what: string): StatusError {
  return new StatusError('MethodNotAllowed', `${what} is not offered by this server`);
}
