// What is a webhook asked? AdmissionReview v1 and v1beta1, which differ only in their name.
// Source: apiserver/pkg/admission/plugin/webhook/request.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';
import { nameOf, namespaceNameOf } from './matching.ts';

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
