// What is a webhook asked, and what may it answer? AdmissionReview v1.
// Source: apiserver/pkg/admission/plugin/webhook/request.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError, type StatusReason } from '../../../apimachinery/status-error.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import { WebhookCallError } from '../../webhook/client.ts';
import type { AdmissionRequest } from '../chain.ts';

export interface AdmissionAnswer {
  allowed: boolean;
  status?: { message?: string; reason?: string; code?: number };
  patch?: string;
  patchType?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** The `request` of a review; objects are those of the version `entry`. */
export function reviewRequest(
  { verb, operation }: AdmissionRequest,
  {
    uid,
    entry,
    object,
    old,
  }: { uid: string; entry: CatalogueEntry; object: KubeObject | undefined; old: KubeObject | undefined },
): object {
  const { info, user, isDryRun } = operation;
  const own = operation.entry.definition.resource;
  const { group, version, kind, plural } = entry.definition.resource;
  return {
    uid,
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    ...(info.subresource && { subResource: info.subresource, requestSubResource: info.subresource }),
    requestKind: { group: own.group, version: own.version, kind: own.kind },
    requestResource: { group: own.group, version: own.version, resource: own.plural },
    name: (object ?? old)?.metadata.name ?? info.name,
    ...(own.namespaced && { namespace: info.namespace }),
    operation: verb,
    userInfo: { username: user.name, groups: user.groups },
    object: object ?? null,
    oldObject: old ?? null,
    dryRun: isDryRun,
    options: { kind: optionKinds[verb], apiVersion: 'meta.k8s.io/v1', ...(isDryRun && { dryRun: ['All'] }) },
  };
}

/** The answer to the review `uid`. Throws WebhookCallError if it is none. */
export function answerOf(body: unknown, { uid, isMutating }: { uid: string; isMutating: boolean }): AdmissionAnswer {
  const {
    apiVersion = '',
    kind = '',
    response,
  } = (body ?? {}) as { apiVersion?: string; kind?: string; response?: AdmissionAnswer & { uid?: string } };
  const invalid = (why: string): never => {
    throw new WebhookCallError(`received invalid webhook response: ${why}`);
  };
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview')
    return invalid(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${apiVersion}, Kind=${kind}`,
    );
  if (!response) return invalid('webhook response was absent');
  if (response.uid !== uid)
    return invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  if (!isMutating && response.patch) return invalid('validating webhook may not return response.patch');
  if (response.patch && !response.patchType)
    return invalid('webhook returned response.patch but not response.patchType');
  if (response.patch && response.patchType !== 'JSONPatch')
    return invalid(`webhook returned invalid response.patchType of ${JSON.stringify(response.patchType)}`);
  return response;
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

/** The refusal that the client gets. */
export function denial(name: string, { status = {} }: AdmissionAnswer): StatusError {
  const { message, reason, code = 400 } = status;
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const text = message ? `${denied}: ${message}` : reason ? `${denied}: ${reason}` : `${denied} without explanation`;
  return new StatusError(reasonsByCode[code] ?? 'BadRequest', text);
}
