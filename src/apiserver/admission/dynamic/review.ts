// What is a webhook asked, and what may it answer? AdmissionReview v1 and v1beta1, which differ only in their name.
// Source: apiserver/pkg/admission/plugin/webhook/request.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError, type StatusReason } from '../../../apimachinery/status-error.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import { WebhookCallError } from '../../webhook/client.ts';
import type { AdmissionRequest } from '../chain.ts';
import { nameOf, namespaceNameOf } from './matching.ts';

export interface AdmissionAnswer {
  allowed: boolean;
  status?: { message?: string; reason?: string; code?: number };
  patch?: string;
  patchType?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** The request as expressions see it: a review without its UID and objects. */
export function requestFacts(request: AdmissionRequest, entry: CatalogueEntry): object {
  const { verb, operation, part } = request;
  const { info, user, isDryRun } = operation;
  const own = operation.entry.definition.resource;
  const { group, version, kind, plural } = entry.definition.resource;
  const namespace = namespaceNameOf(request);
  return {
    kind: part ?? { group, version, kind },
    resource: { group, version, resource: plural },
    ...(info.subresource && { subResource: info.subresource }),
    requestKind: part ?? { group: own.group, version: own.version, kind: own.kind },
    requestResource: { group: own.group, version: own.version, resource: own.plural },
    ...(info.subresource && { requestSubResource: info.subresource }),
    ...(nameOf(request) && { name: nameOf(request) }),
    ...(namespace && { namespace }),
    operation: verb,
    userInfo: {
      username: user.name,
      ...(user.uid !== undefined && { uid: user.uid }),
      groups: user.groups,
      ...(user.extra && { extra: user.extra }),
    },
    dryRun: isDryRun,
    options: optionsOf(request),
  };
}

function optionsOf({ verb, operation, options }: AdmissionRequest): object | null {
  if (verb === 'CONNECT') return null;
  const { isDryRun, info } = operation;
  const fieldManager = info.query.get('fieldManager');
  const fieldValidation = info.query.get('fieldValidation');
  const written = {
    ...(isDryRun && { dryRun: ['All'] }),
    ...(fieldManager && { fieldManager }),
    ...(fieldValidation && { fieldValidation }),
  };
  const asked = verb === 'DELETE' ? { ...options, ...(isDryRun && { dryRun: ['All'] }) } : written;
  return { ...asked, kind: optionKinds[verb], apiVersion: 'meta.k8s.io/v1' };
}

/** The `request` of a review; objects are those of the version `entry`. */
export function reviewRequest(
  request: AdmissionRequest,
  {
    uid,
    entry,
    object,
    old,
  }: { uid: string; entry: CatalogueEntry; object: KubeObject | undefined; old: KubeObject | undefined },
): object {
  return { uid, ...requestFacts(request, entry), object: object ?? null, oldObject: old ?? null };
}

/** Versions of the review that the server speaks. */
export const reviewVersions = ['v1', 'v1beta1'];

interface Expected {
  uid: string;
  version: string;
  isMutating: boolean;
}

/** The answer to the review `uid`. Throws WebhookCallError if it is none. */
export function answerOf(body: unknown, { uid, version, isMutating }: Expected): AdmissionAnswer {
  const {
    apiVersion = '',
    kind = '',
    response,
  } = (body ?? {}) as { apiVersion?: string; kind?: string; response?: AdmissionAnswer & { uid?: string } };
  const invalid = (why: string): never => {
    throw new WebhookCallError(`received invalid webhook response: ${why}`);
  };
  const wanted = `admission.k8s.io/${version}`;
  if (!response) return invalid('webhook response was absent');
  // The older version was never checked any closer.
  if (version === 'v1beta1') return isMutating && response.patch ? { ...response, patchType: 'JSONPatch' } : response;
  if (response.uid !== uid)
    return invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  if (apiVersion !== wanted || kind !== 'AdmissionReview')
    return invalid(`expected webhook response of ${wanted}, Kind=AdmissionReview, got ${apiVersion}, Kind=${kind}`);
  const problem = isMutating ? mutatingProblem(response) : validatingProblem(response);
  return problem === undefined ? response : invalid(problem);
}

function validatingProblem({ patch, patchType }: AdmissionAnswer): string | undefined {
  if (patch) return 'validating webhook may not return response.patch';
  return patchType === undefined ? undefined : 'validating webhook may not return response.patchType';
}

function mutatingProblem({ patch, patchType }: AdmissionAnswer): string | undefined {
  if (patch && patchType === undefined) return 'webhook returned response.patch but not response.patchType';
  if (!patch && patchType !== undefined) return 'webhook returned response.patchType but not response.patch';
  return patchType === '' ? 'webhook returned invalid response.patchType of ""' : undefined;
}

const reasonsByCode: Record<number, StatusReason> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** The refusal that the client gets, with the code and reason that the webhook gave, whatever they are. */
export function denial(name: string, { status = {} }: AdmissionAnswer): StatusError {
  const { message, reason = '', code = 400 } = status;
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const text = message ? `${denied}: ${message}` : reason ? `${denied}: ${reason}` : `${denied} without explanation`;
  const answered = { code: Math.max(code, 400), reason };
  return new StatusError(reasonsByCode[code] ?? 'BadRequest', text, { answered });
}
