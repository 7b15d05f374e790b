import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { StatusError } from '../../apimachinery/status-error.ts';
import { createAuthority, issueCertificate } from '../../base/certificates.ts';
import { pingCheck } from '../../base/health-checks.ts';
import { silentLogger as log } from '../../base/log.ts';
import { single } from '../../base/metrics/exposition.ts';
import { systemClock as clock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import type { Client } from '../types.ts';
import { serveSecurely } from './secure-server.ts';

let server: TlsIdentity;
const clients: Record<string, TlsIdentity> = {};
beforeAll(async () => {
  const options = { nowMs: clock.now(), validDays: 1, random: systemRandom };
  const [authority, foreign] = [await createAuthority('ours', options), await createAuthority('foreign', options)];
  server = await issueCertificate(
    authority,
    { commonName: 's', ipAddresses: ['127.0.0.1'], usages: ['server'] },
    options,
  );
  const client = async (commonName: string, organizations: string[], by = authority): Promise<void> => {
    const issued = await issueCertificate(by, { commonName, organizations, usages: ['client'] }, options);
    clients[commonName] = { ...issued, ca: server.ca };
  };
  await client('root', ['system:masters']);
  await client('monitor', ['team']);
  await client('stranger', []);
  await client('forger', ['system:masters'], foreign);
});

/** Kinds of reviews that were asked for. */
let asked: string[];
let isDown: boolean;
beforeEach(() => {
  asked = [];
  isDown = false;
});

/** A fake API server, which knows the token `good` of `scraper`, and lets it and `monitor` see the metrics. */
const create = ((resource: { kind: string }, object: { spec: Record<string, never> }) => {
  if (isDown) return Promise.reject(new StatusError('ServiceUnavailable', 'down'));
  asked.push(resource.kind);
  const { token, user, nonResourceAttributes } = object.spec as {
    token?: string;
    user?: string;
    nonResourceAttributes?: { path: string; verb: string };
  };
  if (resource.kind === 'TokenReview')
    return Promise.resolve({
      status: { authenticated: token === 'good', user: { username: 'scraper', groups: ['g'] } },
    });
  const allowed = ['monitor', 'scraper'].includes(user ?? '') && nonResourceAttributes?.path === '/metrics';
  return Promise.resolve({ status: { allowed } });
}) as unknown as Client['create'];

async function start(isWell = true): Promise<number> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const check = {
    name: 'leaderElection',
    check: () => (isWell ? Promise.resolve() : Promise.reject(new Error('secret'))),
  };
  const metrics = () => Promise.resolve([single({ name: 'up', help: 'Is it?', type: 'gauge' }, 1)]);
  const at = { host: '127.0.0.1', port: 0, tls: server, clock, log };
  return (await serveSecurely({ ...at, client: { create }, metrics, checks: [pingCheck, check] }, stop.signal)).port;
}

interface Question {
  as?: string;
  token?: string;
  path?: string;
}

function ask(port: number, { as, token, path = '/metrics' }: Question): Promise<string> {
  const { ca } = server;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const identity = as === undefined ? {} : clients[as];
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, ...identity, ca, agent: false }, (answer) => {
      text(answer).then((body) => resolve(`${answer.statusCode} ${body.trim()}`), reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

const metrics = '200 # HELP up Is it?\n# TYPE up gauge\nup 1';
const forbids = (user: string, path = '/metrics') =>
  expect.stringMatching(new RegExp(`^403 .*forbidden: User \\\\"${user}\\\\" cannot get path \\\\"${path}\\\\"`));

test.each<{ name: string; question: Question; want: unknown; reviews: string[] }>([
  { name: 'an administrator -> nobody is asked', question: { as: 'root' }, want: metrics, reviews: [] },
  { name: 'who may -> the metrics', question: { as: 'monitor' }, want: metrics, reviews: ['SubjectAccessReview'] },
  {
    name: 'who may not -> forbidden',
    question: { as: 'stranger' },
    want: forbids('stranger'),
    reviews: ['SubjectAccessReview'],
  },
  {
    name: 'a token -> its user',
    question: { token: 'good' },
    want: metrics,
    reviews: ['TokenReview', 'SubjectAccessReview'],
  },
  {
    name: 'a bad token -> unauthorized',
    question: { token: 'bad' },
    want: expect.stringMatching(/^401 .*"Unauthorized"/),
    reviews: ['TokenReview'],
  },
  {
    name: 'a certificate of another authority -> unauthorized',
    question: { as: 'forger' },
    want: expect.stringMatching(/^401 /),
    reviews: [],
  },
  { name: 'nobody -> forbidden', question: {}, want: forbids('system:anonymous'), reviews: ['SubjectAccessReview'] },
  { name: 'nobody, health -> ok', question: { path: '/healthz' }, want: '200 ok', reviews: [] },
  {
    name: 'an unknown page -> not for everyone to know',
    question: { as: 'monitor', path: '/x' },
    want: forbids('monitor', '/x'),
    reviews: ['SubjectAccessReview'],
  },
  {
    name: 'an unknown page, an administrator -> 404',
    question: { as: 'root', path: '/x' },
    want: '404 404 page not found',
    reviews: [],
  },
])('secure server: $name', async ({ question, want, reviews }) => {
  const port = await start();
  expect(await ask(port, question)).toEqual(want);
  expect(asked).toEqual(reviews);
});

test('secure server: the same question again -> the API server is not asked again; when it is away -> 500, and 200 for administrators', async () => {
  const port = await start();
  for (const _ of [1, 2]) expect(await ask(port, { token: 'good' })).toBe(metrics);
  expect(asked).toHaveLength(2);
  isDown = true;
  expect(await ask(port, { as: 'stranger' })).toBe('500 Internal Server Error');
  expect(await ask(port, { as: 'root' })).toBe(metrics);
});

test('secure server: a check that fails -> 500 with its name, and no reason', async () => {
  const port = await start(false);
  expect(await ask(port, { path: '/livez' })).toBe(
    '500 [+]ping ok\n[-]leaderElection failed: reason withheld\nlivez check failed',
  );
  expect(await ask(port, { path: '/healthz?verbose&exclude=leaderElection' })).toBe(
    '200 [+]ping ok\n[+]leaderElection excluded: ok\nhealthz check passed',
  );
});
