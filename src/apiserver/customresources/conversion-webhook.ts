// How does a webhook convert custom resources between versions? By a ConversionReview.
// Source: apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import type { CustomConverter } from '../../apis/definition.ts';
import type { RegistryParts } from '../registry/context.ts';
import { WebhookCallError } from '../webhook/answer.ts';
import { callWebhook } from '../webhook/client.ts';
import { isJsonObject } from './values/json.ts';

const timeoutMs = 30_000;

interface ConversionReview {
  apiVersion?: string;
  kind?: string;
  response?: {
    uid?: string;
    result?: { status?: string; message?: string };
    convertedObjects?: unknown[];
  };
}

/** A converter that asks the webhook of `definition`. Refusals are InternalError, as upstream's. */
export function webhookConverter(parts: RegistryParts, { spec }: CustomResourceDefinition): CustomConverter {
  const { clientConfig = {}, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
  const reviewVersion = conversionReviewVersions.find((version) => version === 'v1' || version === 'v1beta1');
  return async (objects, apiVersion, signal) => {
    const [first] = objects;
    if (!first) return [];
    const what = `conversion webhook for ${first.apiVersion}, Kind=${first.kind}`;
    if (reviewVersion === undefined) throw failed('no supported conversion review versions');
    const uid = parts.random.uuid();
    const body = {
      kind: 'ConversionReview',
      apiVersion: `apiextensions.k8s.io/${reviewVersion}`,
      request: { uid, desiredAPIVersion: apiVersion, objects },
    };
    try {
      const review = (await callWebhook(parts, { clientConfig, body, timeoutMs, signal })) as ConversionReview;
      const converted = convertedOf(review, { uid, reviewVersion });
      return checkAll(objects, converted, { apiVersion, what });
    } catch (error) {
      if (!(error instanceof WebhookCallError)) throw error;
      throw failed(`${what} failed: ${error.message}`, error);
    }
  };
}

function failed(message: string, cause?: unknown): StatusError {
  return new StatusError('InternalError', message, { cause });
}

/** The objects of the answer. Throws WebhookCallError if it says no, or is no answer to this request. */
function convertedOf(
  review: ConversionReview,
  { uid, reviewVersion }: { uid: string; reviewVersion: string },
): unknown[] {
  const { response, apiVersion, kind } = review;
  const wanted = `apiextensions.k8s.io/${reviewVersion}`;
  if (apiVersion !== wanted || kind !== 'ConversionReview')
    throw new WebhookCallError(
      `expected webhook response of ${wanted}, Kind=ConversionReview, got ${apiVersion ?? ''}, Kind=${kind ?? ''}`,
    );
  if (!response) throw new WebhookCallError('no response provided');
  if (reviewVersion === 'v1' && response.uid !== uid)
    throw new WebhookCallError(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`,
    );
  const { status = '', message } = response.result ?? {};
  if (status !== 'Success')
    throw new WebhookCallError(message ? message : `response.result.status was '${status}', not 'Success'`);
  return response.convertedObjects ?? [];
}

function checkAll(
  originals: KubeObject[],
  converted: unknown[],
  { apiVersion, what }: { apiVersion: string; what: string },
): KubeObject[] {
  if (converted.length !== originals.length)
    throw failed(`${what} returned ${converted.length} objects, expected ${originals.length}`);
  return originals.map((original, i) => {
    const problem = problemOf(original, converted[i], apiVersion);
    if (problem !== undefined) throw failed(`${what} returned invalid converted object at index ${i}: ${problem}`);
    return withOriginalMeta(original, converted[i] as KubeObject);
  });
}

function problemOf(original: KubeObject, converted: unknown, apiVersion: string): string | undefined {
  if (!isJsonObject(converted)) return 'it is no object';
  const { kind, metadata } = converted as Partial<KubeObject>;
  if (converted['apiVersion'] !== apiVersion)
    return `invalid groupVersion (expected ${apiVersion}, received ${String(converted['apiVersion'])})`;
  if (kind !== original.kind) return `invalid kind (expected ${original.kind}, received ${kind})`;
  if (!isJsonObject(metadata)) return 'missing metadata in converted object';
  const same = (['name', 'namespace', 'uid'] as const).find(
    (field) => (metadata[field] ?? '') !== (original.metadata[field] ?? ''),
  );
  if (same) {
    const name = same === 'uid' ? 'UID' : same;
    return `must have the same ${name}: ${String(original.metadata[same])} != ${String(metadata[same])}`;
  }
  return undefined;
}

/** A webhook may change labels and annotations; all other metadata stays. */
function withOriginalMeta(original: KubeObject, converted: KubeObject): KubeObject {
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const { labels, annotations } = converted.metadata;
  return { ...converted, metadata: { ...kept, ...(labels && { labels }), ...(annotations && { annotations }) } };
}
