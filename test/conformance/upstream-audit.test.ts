// Does the audit log say of a request what upstream's says? Both servers write down the same requests.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiCaller } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { type RecordingWebhook, startRecordingWebhook } from '../fixtures/recording-webhook.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { type AuditCase, auditCases } from './upstream/cases-audit.ts';
import { answerOf, answersOf, plain, type Step } from './upstream/exchange.ts';
import { register, registration, unregister } from './upstream/webhooks.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

interface Event {
  auditID: string;
  stage: string;
  annotations?: Record<string, string>;
  [field: string]: unknown;
}

const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'RequestResponse' as const }] };
const { signal } = new AbortController();

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  let hook: RecordingWebhook;
  let folder: string;
  const own: Event[] = [];
  const written = async (): Promise<Event[]> => own;
  const logged = async (): Promise<Event[]> =>
    (await readFile(join(folder, 'log'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Event);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upstream-audit-'));
    const [policyFile, log] = [join(folder, 'policy'), join(folder, 'log')];
    await writeFile(policyFile, JSON.stringify(policy));
    const audit = { policy: () => policy, sink: { write: (event: object) => void own.push(event as Event) } };
    [servers, hook] = await Promise.all([
      startBothServers({ audit }, { 'audit-policy-file': policyFile, 'audit-log-path': log }),
      startRecordingWebhook(),
    ]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([servers?.stop(), hook?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  test.each(auditCases.map((each, index) => ({ ...each, namespace: `audit-${index}` })))(
    '$name -> the same events',
    async ({ namespace, ...one }) => {
      const [ours, upstream] = await Promise.all([
        eventsOf({ call: servers.ours, hook, side: 'ours', events: written }, one, namespace),
        eventsOf({ call: servers.upstream, hook, side: 'upstream', events: logged }, one, namespace),
      ]);
      expect(ours).toEqual(upstream);
    },
    60_000,
  );

  test('who comes with an old token, or with none that is good -> the same events', async () => {
    const [ours, upstream] = await Promise.all([
      tokenEvents({ admin: servers.ours, stranger: servers.stranger.ours, events: written }, servers.signer),
      tokenEvents({ admin: servers.upstream, stranger: servers.stranger.upstream, events: logged }, servers.signer),
    ]);
    expect(ours).toEqual(upstream);
  }, 60_000);
});

const second = 1000;

/** What is written down of requests of a service account. */
async function tokenEvents(
  { admin, stranger, events }: { admin: ApiCaller; stranger: ApiCaller; events: Side['events'] },
  { id, algorithm, privateKey }: BothServers['signer'],
): Promise<unknown[]> {
  const { json } = await admin('POST /api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'old' } });
  const { uid = '' } = (json?.['metadata'] ?? {}) as { uid?: string };
  const now = Math.floor(clock.now() / second);
  const tokenWith = (times: { exp: number; warnafter?: number }): Promise<string> => {
    const { exp, ...own } = times;
    const claims = {
      iss: 'https://kubernetes.default.svc',
      aud: ['https://kubernetes.default.svc'],
      sub: 'system:serviceaccount:default:old',
      jti: 'a-token',
      iat: now - 7200,
      nbf: now - 7200,
      exp,
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'old', uid }, ...own },
    };
    return new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid: id }).sign(privateKey);
  };
  const tokens = {
    fresh: await tokenWith({ exp: now + 3600 }),
    warned: await tokenWith({ exp: now + 3600, warnafter: now + 600 }),
    stale: await tokenWith({ exp: now + 3600, warnafter: now - 600 }),
    expired: await tokenWith({ exp: now - 600 }),
    garbled: 'nothing',
  };
  const paths = ['/api', '/api/v1/namespaces/default/configmaps'];
  const asked = Object.entries(tokens).flatMap(([name, token]) => paths.map((path) => ({ name, token, path })));
  for (const [index, { token, path }] of asked.entries())
    await stranger(`GET ${path}`, undefined, { authorization: `Bearer ${token}`, 'audit-id': `token-${index}` });
  await pollUntil(async () => (await events()).some((each) => each.auditID === `token-${asked.length - 1}`), {
    clock,
    signal,
    intervalMs: 50,
  });
  const all = await events();
  return asked.map(({ name, path }, index) => ({
    name,
    path,
    events: all.filter(({ auditID }) => auditID === `token-${index}`).map((each) => shown(each, '')),
  }));
}

interface Side {
  call: ApiCaller;
  hook: RecordingWebhook;
  side: string;
  events(): Promise<Event[]>;
}

/** What is written down of each step of a case. */
async function eventsOf(side: Side, one: AuditCase, namespace: string): Promise<unknown[]> {
  const { call } = side;
  const { steps, prepared = [], hooks = [] } = one;
  const made = await answersOf(call, { steps: prepared }, namespace);
  expect(made.filter(({ status }) => status > 299)).toEqual([]);
  await register(side, { name: one.name, hooks, steps: [] }, namespace);
  // Upstream learns of them a moment later.
  if (prepared.length + hooks.length > 0) await clock.sleep(1000, signal);
  for (const [index, step] of steps.entries()) await answerOf(call, withId(step, `${namespace}-${index}`), namespace);
  const isOver = async (): Promise<boolean> =>
    (await side.events()).some(
      (each) => each.auditID === `${namespace}-${steps.length - 1}` && each.stage.endsWith('Complete'),
    );
  await pollUntil(isOver, { clock, signal, intervalMs: 50 });
  await unregister(call);
  for (const plural of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
    await call(`DELETE ${registration}/${plural}`);
  const all = await side.events();
  return steps.map((step, index) => ({
    step: typeof step === 'string' ? step : step[0],
    events: all.filter(({ auditID }) => auditID === `${namespace}-${index}`).map((each) => shown(each, side.side)),
  }));
}

const ownFields = new Set([
  'requestObject',
  'responseObject',
  'requestReceivedTimestamp',
  'stageTimestamp',
  'userAgent',
  'sourceIPs',
  // By which of several ways somebody may act as another: there is one here.
  'authenticationMetadata',
]);

function withId(step: Step, id: string): Step {
  const [line, body, headers] = typeof step === 'string' ? [step] : step;
  return [line, body, { ...headers, 'audit-id': id }];
}

/** An event without what is each server's own: its times, and how it shows objects. */
function shown({ annotations = {}, ...event }: Event, side: string): unknown {
  const rest = Object.entries(event).filter(([field]) => !ownFields.has(field));
  const told = JSON.parse(JSON.stringify(annotations).replaceAll(`/${side}/`, side ? '/' : '//')) as Record<
    string,
    string
  >;
  // How long it took.
  const kept = Object.entries(told)
    .filter(([key]) => !key.startsWith('apiserver.latency.k8s.io/'))
    .map(([key, value]) => [key, value.replace(/(?<=threshold: )\d+$/, '<seconds>')]);
  return plain({ ...Object.fromEntries(rest), annotations: Object.fromEntries(kept) });
}
