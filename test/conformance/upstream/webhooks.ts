// Of what are the cases of webhooks made? Both servers call the same ones, each under a path of its own.

import { systemClock as clock } from '../../../src/base/system-clock.ts';
import type { ApiCaller } from '../../fixtures/api-caller.ts';
import type { Answering, Received, RecordingWebhook } from '../../fixtures/recording-webhook.ts';
import { answerOf, type Comparable, plain, type Step } from './exchange.ts';

export interface HookSpec {
  kind: 'mutating' | 'validating';
  /** Of its configuration; webhooks are asked in the order of these. */
  name: string;
  answer?: Answering;
  /** Fields of the webhook that differ from the usual. */
  with?: Record<string, unknown>;
}

export interface WebhookCase {
  name: string;
  /** Sent before the webhooks are there. */
  prepared?: Step[];
  hooks: HookSpec[];
  /** Of a webhook that converts: `"{converter}"` stands for its place. */
  converting?: Answering;
  steps: Step[];
}

export const registration = '/apis/admissionregistration.k8s.io/v1';
export const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
export const rulesOf = (...resources: string[]): object[] => [
  { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources },
];
export const base64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
const { signal } = new AbortController();
const allowed: Answering = () => ({ response: { allowed: true } });
/** Allowed, with a change. */
export const patching =
  (...operations: object[]): Answering =>
  () => ({ response: { allowed: true, patchType: 'JSONPatch', patch: base64(operations) } });

/** What one server answered, and what it asked its webhooks at each step. */
export interface Exchanged extends Comparable {
  asked: unknown[];
}

/** `side` tells the server from the other one. */
export async function exchangesOf(
  { call, hook, side }: { call: ApiCaller; hook: RecordingWebhook; side: string },
  { hooks, steps }: WebhookCase,
  namespace: string,
): Promise<Exchanged[]> {
  const own = (): Received[] => hook.received.filter(({ path }) => path.startsWith(`/${side}/`)).filter(isAsked);
  const exchanged: Exchanged[] = [];
  for (const step of steps) {
    // Upstream asks twice if what it has of an object is a moment old.
    await clock.sleep(40, signal);
    const before = own().length;
    const answer = await answerOf(call, step, namespace);
    const isParallel = (path: string): boolean =>
      hooks.some(({ kind, name }) => kind === 'validating' && path.startsWith(`/${side}/${name}?`));
    const asked = validatingSorted(own().slice(before), ({ path }) => isParallel(path)).map((each) =>
      plainly(each, side),
    );
    exchanged.push({ ...sided(answer, side), asked: asked.filter((each, i) => !isSame(each, asked[i - 1])) });
  }
  return exchanged;
}

/** Upstream asks again about the same where somebody else was faster. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A server asks about its own writes too, in its own time. */
function isAsked({ body }: Received): boolean {
  return body['kind'] === 'AdmissionReview' && body.request.userInfo.username !== 'system:apiserver';
}

function validatingSorted(all: Received[], isValidating: (received: Received) => boolean): Received[] {
  const byPath = (a: Received, b: Received): number => (a.path < b.path ? -1 : 1);
  return [...all.filter((each) => !isValidating(each)), ...all.filter(isValidating).sort(byPath)];
}

function plainly({ path, headers, body }: Received, side: string): unknown {
  const { accept, 'content-type': contentType, 'user-agent': agent } = headers;
  return sided(
    { path, headers: { accept, contentType, agent: String(agent).replace(/\/.*/, '') }, body: plain(body) },
    side,
  );
}

/** Where upstream writes null, nothing or an empty list stands here. */
const unsetNulls = new Set([
  'boundObjectRef',
  'currentMetrics',
  'eventTime',
  'firstTimestamp',
  'lastTimestamp',
  'deprecatedFirstTimestamp',
  'deprecatedLastTimestamp',
]);
const isNothing = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);

/** The same without the side, the port, and nulls. */
function sided<T>(value: T, side: string): T {
  const text = JSON.stringify(value)
    .replaceAll(`/${side}/`, '/')
    .replace(/127\.0\.0\.1:\d{2,}/g, '127.0.0.1:<port>');
  return JSON.parse(text, (key, each: unknown) => (unsetNulls.has(key) && isNothing(each) ? undefined : each)) as T;
}

/** The steps that come first, with the place of the webhook that converts. */
export function preparedSteps(
  { hook, side }: { hook: RecordingWebhook; side: string },
  { prepared = [], converting }: WebhookCase,
): Step[] {
  const path = `/${side}/convert`;
  if (converting) hook.answers.set(path, converting);
  const text = JSON.stringify(prepared).replaceAll('"{converter}"', JSON.stringify(hook.clientConfig(path)));
  return JSON.parse(text) as Step[];
}

export async function register(
  { call, hook, side }: { call: ApiCaller; hook: RecordingWebhook; side: string },
  { hooks }: WebhookCase,
  namespace: string,
): Promise<number[]> {
  const statuses: number[] = [];
  for (const { kind, name, answer, with: more } of hooks) {
    const path = `/${side}/${name}`;
    hook.answers.set(path, answer ?? allowed);
    const { clientConfig, ...fields } = JSON.parse(JSON.stringify(more ?? {}).replaceAll('{ns}', namespace)) as {
      clientConfig?: unknown;
    };
    const webhook = {
      name: `${name}.example.com`,
      clientConfig:
        clientConfig === 'untrusted' ? { url: hook.clientConfig(path).url } : (clientConfig ?? hook.clientConfig(path)),
      rules: everything,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      ...fields,
    };
    const line = `POST ${registration}/${kind}webhookconfigurations`;
    statuses.push((await call(line, { metadata: { name }, webhooks: [webhook] })).status);
  }
  return statuses;
}

export async function unregister(call: ApiCaller): Promise<void> {
  for (const kind of ['mutating', 'validating']) await call(`DELETE ${registration}/${kind}webhookconfigurations`);
}
