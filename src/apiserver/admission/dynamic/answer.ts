// What has a webhook answered? Who is asked may say yes or no, warn and ask for changes, all in fields of the right types.
// Source: apiserver/pkg/admission/plugin/webhook/request and /errors.

import { goKind, goSyntaxError } from '../../../apimachinery/go-json.ts';
import { type StatusDetails, StatusError, type StatusReason } from '../../../apimachinery/status-error.ts';
import type { JsonPatchOperation } from '../../patch/json-patch.ts';
import { isObject } from '../../patch/merge-patch.ts';
import { base64Problem } from '../../schema/go-base64.ts';
import { WebhookCallError } from '../../webhook/answer.ts';

export interface AdmissionAnswer {
  allowed: boolean;
  status?: {
    status?: string;
    message?: string;
    reason?: string;
    code?: number;
    details?: StatusDetails;
    metadata?: { resourceVersion?: string; continue?: string };
  };
  patch?: string;
  patchType?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

interface Expected {
  uid: string;
  version: string;
  isMutating: boolean;
}

/** The answer to the review `uid`. Throws WebhookCallError if it is none. */
export function answerOf(body: Record<string, unknown>, { uid, version, isMutating }: Expected): AdmissionAnswer {
  const { apiVersion = '/', kind = '' } = body as { apiVersion?: string; kind?: string };
  const invalid = (why: string): never => {
    throw new WebhookCallError(`received invalid webhook response: ${why}`);
  };
  const wanted = `admission.k8s.io/${version}`;
  const response = readResponse(body['response']);
  if (!response) return invalid('webhook response was absent');
  // The older version was never checked any closer.
  if (version === 'v1beta1') {
    const { patch, patchType: _patchType, ...rest } = response;
    return isMutating && patch ? { ...rest, patch, patchType: 'JSONPatch' } : rest;
  }
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

/** Types of Go, and of JSON, of the fields of a response. */
const fields: Record<string, [go: string, json: string]> = {
  uid: ['types.UID', 'string'],
  allowed: ['bool', 'bool'],
  status: ['v1.Status', 'object'],
  patch: ['[]uint8', 'string'],
  patchType: ['v1.PatchType', 'string'],
  auditAnnotations: ['map[string]string', 'object'],
  warnings: ['[]string', 'array'],
};
const statusFields: Record<string, [go: string, json: string]> = {
  status: ['string', 'string'],
  message: ['string', 'string'],
  reason: ['v1.StatusReason', 'string'],
  code: ['int32', 'number'],
  details: ['v1.StatusDetails', 'object'],
  metadata: ['v1.ListMeta', 'object'],
};

/** The response without nulls, which say nothing. Throws WebhookCallError if Go could not read it. */
function readResponse(value: unknown): (AdmissionAnswer & { uid?: string }) | undefined {
  if (value === undefined || value === null) return undefined;
  const unreadable = (what: unknown, field: string, type: string): never => {
    const why = `json: cannot unmarshal ${goKind(what)} into Go struct field ${field} of type ${type}`;
    throw new WebhookCallError(`failed to call webhook: ${why}`);
  };
  if (!isObject(value)) return unreadable(value, 'AdmissionReview.response', 'v1.AdmissionResponse');
  const told = Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
  const check = (object: object, of: typeof fields, place: string): void => {
    for (const [name, each] of Object.entries(object)) {
      const [go, json] = (Object.hasOwn(of, name) ? of[name] : undefined) ?? [];
      if (json !== undefined && each !== null && goKind(each) !== json)
        unreadable(each, `${place}.${name}`, go as string);
    }
  };
  check(told, fields, 'AdmissionResponse.response');
  const { status = {}, warnings = [], auditAnnotations = {}, patch = '' } = told as unknown as AdmissionAnswer;
  check(status, statusFields, 'Status.response.status');
  for (const [name, list] of Object.entries({ warnings, auditAnnotations }))
    for (const each of Object.values(list) as unknown[])
      if (typeof each !== 'string') unreadable(each, `AdmissionResponse.response.${name}`, 'string');
  const problem = base64Problem(patch);
  if (problem !== undefined) throw new WebhookCallError(`failed to call webhook: ${problem}`);
  return { ...told, allowed: told['allowed'] === true };
}

/** The changes that a mutating webhook asks for. Throws WebhookCallError. */
export function patchOf({ patch, patchType }: AdmissionAnswer): JsonPatchOperation[] {
  if (!patch) return [];
  const text = Buffer.from(patch, 'base64').toString();
  const undecodable = (why: string): never => {
    throw new WebhookCallError(`received undecodable patch in webhook response: ${why}`);
  };
  const syntax = goSyntaxError(text);
  if (syntax !== undefined) return undecodable(syntax);
  const operations = (JSON.parse(text) as unknown) ?? [];
  const isWrong = (what: unknown, type: string): never =>
    undecodable(`json: cannot unmarshal ${goKind(what)} into Go value of type jsonpatch.${type}`);
  if (!Array.isArray(operations)) return isWrong(operations, 'Patch');
  const wrong: unknown = operations.find((each) => !isObject(each));
  if (wrong !== undefined) return isWrong(wrong, 'Operation');
  if (operations.length > 0 && patchType !== 'JSONPatch')
    throw new WebhookCallError(`unsupported patch type ${JSON.stringify(patchType)}`);
  return operations as JsonPatchOperation[];
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

/** What HTTP can say. */
const codeMax = 599;

/** A webhook's no, which is no trouble of anybody. */
export class WebhookDenial extends StatusError {}

/** The refusal that the client gets, with the code, reason and details that the webhook gave, whatever they are. */
export function denial(name: string, { status: given = {} }: AdmissionAnswer): StatusError {
  const { message, reason = '', code = 400, status = '', details, metadata } = given;
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const text = message ? `${denied}: ${message}` : reason ? `${denied}: ${reason}` : `${denied} without explanation`;
  const answered = {
    code: code > codeMax ? 500 : Math.max(code, 400),
    reason,
    ...(status !== '' && status !== 'Success' && { status }),
    ...(metadata && { metadata }),
  };
  return new WebhookDenial(reasonsByCode[code] ?? 'BadRequest', text, { answered, ...(details && { details }) });
}
