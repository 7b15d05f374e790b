// How do webhooks change and judge a request? Mutating ones one after the other, validating ones at once.
// Source: apiserver/pkg/admission/plugin/webhook/mutating and /validating.

import { setMaxListeners } from 'node:events';
import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import { apiVersionOf, type KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../apis/admissionregistration/generated/v1.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import type { WebhookAnswered } from '../../metrics/admission-metrics.ts';
import type { Gvk } from '../../openapi/subresources.ts';
import { applyJsonPatch, JsonPatchFailure, type JsonPatchOperation } from '../../patch/json-patch.ts';
import { cachedObjects } from '../../registry/cached-objects.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { Operation } from '../../registry/context.ts';
import { internalPackage } from '../../registry/incoming.ts';
import { WebhookCallError } from '../../webhook/answer.ts';
import { callWebhook } from '../../webhook/client.ts';
import type { AdmissionRequest } from '../chain.ts';
import { forbiddenBy } from '../forbidden.ts';
import { Rounds } from '../reinvocation.ts';
import { type AdmissionAnswer, answerOf, denial, patchOf, WebhookDenial } from './answer.ts';
import { evaluateConditions, matchConditionBudget, requestScope, webhookExpressions } from './conditions.ts';
import { isExempt, matchedEntry, nameOf } from './matching.ts';
import { internal, refit, replaceFields } from './refit.ts';
import { requestFacts, reviewRequest, reviewVersions } from './review.ts';
import { inVersion } from './versions.ts';

/** Validating webhooks lack only the reinvocation policy. */
type Webhook = MutatingWebhook;

interface Hook {
  webhook: Webhook;
  configuration: string;
  /** Tells it from all others, for as long as nobody changes its configuration. */
  key: string;
}

/** A webhook that is to be asked, with the objects in the version that it wants. */
interface Invocation extends Hook {
  entry: CatalogueEntry;
  object: KubeObject | undefined;
  old: KubeObject | undefined;
}

function hooksOf(request: AdmissionRequest, plural: string): Hook[] {
  const place = { group: 'admissionregistration.k8s.io', plural };
  const configurations = cachedObjects<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(
    request.operation,
    place,
  );
  return configurations.flatMap(({ metadata, webhooks = [] }) =>
    (webhooks as Webhook[]).map((webhook, i) => ({
      webhook,
      configuration: metadata.name,
      key: `${metadata.name}/${webhook.name}/${i}`,
    })),
  );
}

/** Asks the mutating webhooks; in the second round those that ask for it and have not seen the object as it is. */
export async function mutatingWebhooks(request: AdmissionRequest): Promise<void> {
  if (isExempt(request)) return;
  const { rounds = new Rounds() } = request;
  const { webhooks: invocations, isSecond } = rounds;
  invocations.begin(request.object, { isSecond });
  for (const [index, hook] of hooksOf(request, 'mutatingwebhookconfigurations').entries()) {
    const invocation = await invocationOf(request, hook);
    if (!invocation || (isSecond && !invocations.isDue(hook.key))) continue;
    if (await mutate(request, invocation, `round_${isSecond ? 1 : 0}_index_${index}`)) {
      invocations.changed();
      rounds.isSecondWanted = true;
    }
    if (hook.webhook.reinvocationPolicy === 'IfNeeded') invocations.invoked(hook.key);
  }
  invocations.end(request.object);
}

/** Asks the validating webhooks. Rejects with the first refusal in the order of their configurations. */
export async function validatingWebhooks(request: AdmissionRequest): Promise<void> {
  if (isExempt(request)) return;
  const relevant: Invocation[] = [];
  for (const hook of hooksOf(request, 'validatingwebhookconfigurations')) {
    const invocation = await invocationOf(request, hook);
    if (invocation) relevant.push(invocation);
  }
  if (relevant.length === 0) return;
  const { clock, delays, signal } = request.operation;
  // Each call listens for the request's end: many at once are no leak.
  setMaxListeners(0, signal);
  const startMs = clock.monotonic();
  const outcomes = await Promise.allSettled(
    relevant.map(async (invocation, index) => {
      const failedOpen = `failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`;
      const answered = (): Promise<AdmissionAnswer> => ask(request, invocation, { isMutating: false });
      await tolerant(request, invocation, { type: 'validating', failedOpen, ask: answered });
    }),
  );
  delays.ms += clock.monotonic() - startMs;
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason as Error;
}

/** True if the webhook changed the object. */
async function mutate(request: AdmissionRequest, invocation: Invocation, place: string): Promise<boolean> {
  const { audit } = request.operation;
  const { configuration, webhook } = invocation;
  let isChanged = false;
  try {
    const failedOpen = `failed-open.mutation.webhook.admission.k8s.io/${place}`;
    const change = async (): Promise<void> => {
      const patch = patchOf(await ask(request, invocation, { isMutating: true }));
      if (patch.length === 0) return;
      isChanged = await applyPatch(request, invocation, patch);
      const noted = { configuration, webhook: webhook.name, patch, patchType: 'JSONPatch' };
      audit?.annotate(`patch.webhook.admission.k8s.io/${place}`, JSON.stringify(noted), 'Request');
    };
    await tolerant(request, invocation, { type: 'admit', failedOpen, ask: change });
    return isChanged;
  } finally {
    const noted = { configuration, webhook: webhook.name, mutated: isChanged };
    audit?.annotate(`mutation.webhook.admission.k8s.io/${place}`, JSON.stringify(noted));
  }
}

/** True if that made a difference. Rejects with InternalError, whatever the webhook's failure policy: it did answer. */
async function applyPatch(
  { operation, object, part }: AdmissionRequest,
  { webhook, entry, object: seen }: Invocation,
  patch: JsonPatchOperation[],
): Promise<boolean> {
  if (!object || !seen) {
    const why = `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`;
    throw internal(why);
  }
  try {
    const patched = applyJsonPatch(cloneJson(seen), patch) as KubeObject;
    const { signal } = operation;
    requireKind(operation, patched, part ?? { ...entry.definition.resource, kind: entry.kind });
    const own = part ? patched : await inVersion(patched, { from: entry, to: operation.entry, signal });
    const before = cloneJson(object);
    replaceFields(object, refit(operation, own, part));
    return !jsonEqual(before, object);
  } catch (error) {
    if (!(error instanceof JsonPatchFailure)) throw error;
    throw internal(error.message, { cause: error });
  }
}

/** Throws InternalError if Go would not take the object for one of the kind that was sent; what names none is. */
function requireKind({ catalogue }: Operation, { apiVersion, kind }: Partial<KubeObject>, sent: Gvk): void {
  const wanted = { apiVersion: apiVersionOf(sent), kind: sent.kind };
  const found = { apiVersion: apiVersion || wanted.apiVersion, kind: kind || wanted.kind };
  if (found.apiVersion === wanted.apiVersion && found.kind === wanted.kind) return;
  const isKnown = catalogue.entries.some((each) => each.apiVersion === found.apiVersion && each.kind === found.kind);
  if (!isKnown)
    throw internal(
      `no kind ${JSON.stringify(found.kind)} is registered for version ${JSON.stringify(found.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  const version = found.apiVersion.slice(found.apiVersion.indexOf('/') + 1);
  const why = `converting (${version}.${found.kind}) to (${internalPackage(wanted.apiVersion)}.${wanted.kind}): unknown conversion`;
  throw new StatusError('InternalError', why, { answered: { code: 500, reason: '' } });
}

/** How the webhook is to be asked; undefined if it has no say here. Rejects with Forbidden if its conditions can't tell. */
async function invocationOf(request: AdmissionRequest, hook: Hook): Promise<Invocation | undefined> {
  const { operation, part } = request;
  const { webhook } = hook;
  const entry = matchedEntry(request, webhook);
  if (!entry) return undefined;
  const convert = async (each: KubeObject | undefined): Promise<KubeObject | undefined> =>
    each && (part ? each : inVersion(each, { from: operation.entry, to: entry, signal: operation.signal }));
  const invocation = { ...hook, entry, object: await convert(request.object), old: await convert(request.old) };
  const { matchConditions = [], failurePolicy } = webhook;
  if (matchConditions.length === 0) return invocation;
  const scope = requestScope(request, {
    expressions: webhookExpressions,
    facts: requestFacts(request, entry),
    objects: invocation,
    budget: matchConditionBudget,
  });
  const met = evaluateConditions(matchConditions, scope);
  if (typeof met === 'boolean') return met ? invocation : undefined;
  if (failurePolicy === 'Ignore') return undefined;
  throw conditionRefusal(request, met.error);
}

/** What has no name yet is not called by any. */
function conditionRefusal(request: AdmissionRequest, why: string): StatusError {
  const { operation } = request;
  const name = nameOf(request);
  if (name !== '') return forbiddenBy(operation, name, { why });
  const { plural, group } = operation.entry.definition.resource;
  const details = { ...(group !== '' && { group }), kind: plural };
  return new StatusError('Forbidden', `${operation.entry.groupResource} is forbidden: ${why}`, { details });
}

/** The webhook's yes. Rejects with its no, or with WebhookCallError if it can't be asked. */
async function ask(
  request: AdmissionRequest,
  { webhook, entry, object, old }: Invocation,
  { isMutating }: { isMutating: boolean },
): Promise<AdmissionAnswer> {
  const { operation } = request;
  const { sideEffects, name, timeoutSeconds = 10, clientConfig, admissionReviewVersions } = webhook;
  if (operation.isDryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
    throw new StatusError('BadRequest', `admission webhook ${JSON.stringify(name)} does not support dry run`);
  const version = admissionReviewVersions.find((each) => reviewVersions.includes(each));
  if (!version) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new WebhookCallError(`could not create admission objects: ${why}`);
  }
  const uid = operation.random.uuid();
  const review = reviewRequest(request, { uid, entry, object, old });
  const body = { kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request: review };
  const { signal } = operation;
  const call = { clientConfig, body, timeoutMs: timeoutSeconds * 1000, signal };
  const replied = await callWebhook(operation, call).catch((error: unknown) => {
    if (!(error instanceof WebhookCallError)) throw error;
    throw new WebhookCallError(`failed to call webhook: ${error.message}`, { cause: error });
  });
  const answer = answerOf(replied, { uid, version, isMutating });
  for (const [key, value] of Object.entries(answer.auditAnnotations ?? {}))
    operation.audit?.annotate(`${name}/${key}`, value);
  operation.warnings.push(...(answer.warnings ?? []));
  if (!answer.allowed) throw denial(name, answer);
  return answer;
}

interface Attempt {
  type: WebhookAnswered['type'];
  failedOpen: string;
  ask: () => Promise<unknown>;
}

/** A webhook that can't be asked lets pass or refuses, as its policy says. */
async function tolerant(
  { verb, operation }: AdmissionRequest,
  { webhook: { name, failurePolicy } }: Invocation,
  { type, failedOpen, ask: attempt }: Attempt,
): Promise<void> {
  const { clock, admissions, delays } = operation;
  const startMs = clock.monotonic();
  const answered = (outcome: Pick<WebhookAnswered, 'code' | 'errorType' | 'isRejected'>): void => {
    const tookMs = clock.monotonic() - startMs;
    // Those that validate are asked at once: how long that takes is known to who asks them.
    if (type === 'admit') delays.ms += tookMs;
    admissions.webhook({ name, type, operation: verb, seconds: tookMs / 1000, ...outcome });
  };
  try {
    await attempt();
    answered({ code: 200, errorType: 'no_error', isRejected: false });
  } catch (error) {
    if (!(error instanceof WebhookCallError)) {
      answered(refused(error));
      throw error;
    }
    const isNeeded = failurePolicy !== 'Ignore';
    answered({ code: cannotBeAsked, errorType: 'calling_webhook_error', isRejected: isNeeded });
    const why = `failed calling webhook ${JSON.stringify(name)}: ${error.message}`;
    if (isNeeded) throw internal(why, { cause: error });
    admissions.failedOpen(name, type);
    operation.audit?.annotate(failedOpen, name);
    operation.log.warn('webhook could not be asked, and is not needed', { why });
  }
}

/** By which metrics count it. */
const cannotBeAsked = 503;

function refused(error: unknown): Pick<WebhookAnswered, 'code' | 'errorType' | 'isRejected'> {
  if (!(error instanceof WebhookDenial)) return { code: 0, errorType: 'apiserver_internal_error', isRejected: true };
  return { code: error.code, errorType: 'no_error', isRejected: true };
}
