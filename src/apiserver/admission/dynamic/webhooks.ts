// How do webhooks change and judge a request? Mutating ones one after the other, validating ones at once.
// Source: apiserver/pkg/admission/plugin/webhook/mutating and /validating.

import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../apis/admissionregistration/generated/v1.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import { applyJsonPatch, isJsonPatch, JsonPatchFailure } from '../../patch/json-patch.ts';
import { cachedObjects } from '../../registry/cached-objects.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import { callWebhook, WebhookCallError } from '../../webhook/client.ts';
import type { AdmissionRequest } from '../chain.ts';
import { evaluateConditions, requestVariables } from './conditions.ts';
import { isExempt, matchedEntry } from './matching.ts';
import { refit } from './refit.ts';
import { type AdmissionAnswer, answerOf, denial, reviewRequest } from './review.ts';
import { inVersion } from './versions.ts';

/** Validating webhooks lack only the reinvocation policy. */
type Webhook = MutatingWebhook;

function webhooksOf(request: AdmissionRequest, plural: string): Webhook[] {
  const place = { group: 'admissionregistration.k8s.io', plural };
  const configurations = cachedObjects<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(
    request.operation,
    place,
  );
  return configurations.flatMap(({ webhooks = [] }) => webhooks as Webhook[]);
}

/** Asks the mutating webhooks; those that ask for it are asked again if a later one changed the object. */
export async function mutatingWebhooks(request: AdmissionRequest): Promise<void> {
  if (isExempt(request)) return;
  const webhooks = webhooksOf(request, 'mutatingwebhookconfigurations');
  const waiting = new Set<Webhook>();
  const again = new Set<Webhook>();
  for (const webhook of webhooks) {
    if (await mutate(request, webhook)) for (const each of waiting) again.add(each);
    if (webhook.reinvocationPolicy === 'IfNeeded') waiting.add(webhook);
  }
  for (const webhook of again) await mutate(request, webhook);
}

/** Asks the validating webhooks. Rejects with the first refusal in the order of their configurations. */
export async function validatingWebhooks(request: AdmissionRequest): Promise<void> {
  if (isExempt(request)) return;
  const webhooks = webhooksOf(request, 'validatingwebhookconfigurations');
  const outcomes = await Promise.allSettled(webhooks.map((webhook) => ask(request, webhook, { isMutating: false })));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason as Error;
}

/** True if the webhook changed the object. */
async function mutate(request: AdmissionRequest, webhook: Webhook): Promise<boolean> {
  const asked = await ask(request, webhook, { isMutating: true });
  const { object, operation } = request;
  if (!asked?.answer.patch || !object) return false;
  try {
    const patched = patch(asked.object ?? object, asked.answer.patch);
    const own = await inVersion(patched, { from: asked.entry, to: operation.entry, signal: operation.signal });
    const before = cloneJson(object);
    for (const key of Object.keys(object)) delete (object as unknown as Record<string, unknown>)[key];
    Object.assign(object, refit(operation, own));
    return !jsonEqual(before, object);
  } catch (error) {
    if (!(error instanceof WebhookCallError)) throw error;
    return failed(webhook, error, operation.log);
  }
}

function patch(object: KubeObject, base64: string): KubeObject {
  try {
    const operations: unknown = JSON.parse(Buffer.from(base64, 'base64').toString());
    if (!isJsonPatch(operations)) throw new JsonPatchFailure('it is no list of operations with an op and a path');
    return applyJsonPatch(cloneJson(object), operations) as KubeObject;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof JsonPatchFailure)) throw error;
    throw new WebhookCallError(`received invalid webhook response: unable to apply patch: ${error.message}`, {
      cause: error,
    });
  }
}

interface Asked {
  answer: AdmissionAnswer;
  entry: CatalogueEntry;
  object: KubeObject | undefined;
}

/** The webhook's yes; undefined if it has no say here. Rejects with its no, or, by its policy, if it can't be asked. */
async function ask(
  request: AdmissionRequest,
  webhook: Webhook,
  { isMutating }: { isMutating: boolean },
): Promise<Asked | undefined> {
  const { operation } = request;
  const entry = matchedEntry(request, webhook);
  if (!entry) return undefined;
  const uid = operation.random.uuid();
  const convert = (each: KubeObject | undefined): Promise<KubeObject> | undefined =>
    each && inVersion(each, { from: operation.entry, to: entry, signal: operation.signal });
  const [object, old] = [await convert(request.object), await convert(request.old)];
  const review = reviewRequest(request, { uid, entry, object, old });
  if (!meetsConditions(request, webhook, review)) return undefined;
  const { sideEffects, name, timeoutSeconds = 10, clientConfig } = webhook;
  if (operation.isDryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
    throw new StatusError('BadRequest', `admission webhook ${JSON.stringify(name)} does not support dry run`);
  try {
    const body = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: review };
    const { signal } = operation;
    const answer = answerOf(
      await callWebhook(operation, { clientConfig, body, timeoutMs: timeoutSeconds * 1000, signal }),
      { uid, isMutating },
    );
    operation.warnings.push(...(answer.warnings ?? []));
    if (!answer.allowed) throw denial(name, answer);
    return { answer, entry, object };
  } catch (error) {
    if (!(error instanceof WebhookCallError)) throw error;
    failed(webhook, error, operation.log);
    return undefined;
  }
}

function meetsConditions(
  request: AdmissionRequest,
  { matchConditions = [], name, failurePolicy }: Webhook,
  review: object,
): boolean {
  if (matchConditions.length === 0) return true;
  const met = evaluateConditions(matchConditions, requestVariables(request, review));
  if (typeof met === 'boolean') return met;
  if (failurePolicy === 'Ignore') return false;
  throw new StatusError(
    'Forbidden',
    `failed to evaluate match conditions of webhook ${JSON.stringify(name)}: ${met.error}`,
  );
}

/** A webhook that can't be asked lets pass or refuses, as its policy says. */
function failed(
  { name, failurePolicy }: Webhook,
  error: WebhookCallError,
  log: AdmissionRequest['operation']['log'],
): false {
  const isInvalid = error.message.startsWith('received invalid webhook response');
  const why = `failed calling webhook ${JSON.stringify(name)}: ${isInvalid ? '' : 'failed to call webhook: '}${error.message}`;
  if (failurePolicy !== 'Ignore')
    throw new StatusError('InternalError', `Internal error occurred: ${why}`, { cause: error });
  log.warn('webhook could not be asked, and is not needed', { why });
  return false;
}
