import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger as log } from '../base/log.ts';
import { Health, type StartStep } from './health.ts';
import { requestInfoOf } from './request-info.ts';

const steps: StartStep[] = ['informer-sync', 'poststarthook/crd-informer-synced'];
const { signal } = new AbortController();

interface World {
  isShared?: boolean;
  store?: () => Promise<number>;
  done?: StartStep[];
  isStopping?: boolean;
}

async function ask(path: string, { isShared = true, store, done = steps, isStopping }: World = {}) {
  const latestRevision = store ?? (() => Promise.resolve(7));
  const health = new Health({ store: { isShared, latestRevision }, clock: new FakeClock(), log, steps });
  for (const step of done) health.done(step);
  if (isStopping) health.stopping();
  const response = await health.response(requestInfoOf({ method: 'GET', path }), signal);
  if (!response) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return { status: response.status, text: Buffer.concat(chunks).toString() };
}

const broken = (): Promise<number> => Promise.reject(new Error('etcd is gone'));
const okay = '[+]ping ok\n[+]etcd ok\n';
const ready = `${okay}[+]etcd-readiness ok\n`;
const hooks = '[+]poststarthook/crd-informer-synced ok\n';
const started = `[+]informer-sync ok\n${hooks}`;

test.each<{ name: string; path: string; world?: World; want: Awaited<ReturnType<typeof ask>> }>([
  { name: 'all is well -> ok', path: '/readyz', want: { status: 200, text: 'ok' } },
  {
    name: 'verbose -> a line for each check',
    path: '/readyz?verbose',
    want: { status: 200, text: `${ready}${started}[+]shutdown ok\nreadyz check passed\n` },
  },
  {
    name: 'alive while it catches up',
    path: '/livez?verbose=1',
    world: { done: ['poststarthook/crd-informer-synced'] },
    want: { status: 200, text: `${okay}${hooks}livez check passed\n` },
  },
  {
    name: 'not alive before its start is done',
    path: '/livez',
    world: { done: [] },
    want: {
      status: 500,
      text: `${okay}[-]poststarthook/crd-informer-synced failed: reason withheld\nlivez check failed\n`,
    },
  },
  {
    name: 'not started -> each step by name, without being asked',
    path: '/readyz',
    world: { done: ['informer-sync'] },
    want: {
      status: 500,
      text: `${ready}[+]informer-sync ok\n[-]poststarthook/crd-informer-synced failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n`,
    },
  },
  {
    name: 'the old endpoint knows no shutdown',
    path: '/healthz?verbose',
    world: { isStopping: true },
    want: { status: 200, text: `${okay}${hooks}healthz check passed\n` },
  },
  {
    name: 'the store fails -> said to all, without the reason',
    path: '/livez',
    world: { store: broken },
    want: { status: 500, text: `[+]ping ok\n[-]etcd failed: reason withheld\n${hooks}livez check failed\n` },
  },
  {
    name: 'the store fails and is excluded',
    path: '/livez?verbose&exclude=etcd&exclude=nope&exclude=more',
    world: { store: broken },
    want: {
      status: 200,
      text: `[+]ping ok\n[+]etcd excluded: ok\n${hooks}warn: some health checks cannot be excluded: no matches for "more","nope"\nlivez check passed\n`,
    },
  },
  { name: 'a single check', path: '/readyz/poststarthook/crd-informer-synced', want: { status: 200, text: 'ok' } },
  {
    name: 'a single check that fails -> why',
    path: '/readyz/etcd',
    world: { store: broken },
    want: { status: 500, text: 'internal server error: etcd is gone\n' },
  },
  {
    name: 'stopping -> not ready',
    path: '/readyz/shutdown',
    world: { isStopping: true },
    want: { status: 500, text: 'internal server error: process is shutting down\n' },
  },
  {
    name: 'no etcd -> the same question to another store',
    path: '/readyz/storage',
    world: { isShared: false },
    want: { status: 200, text: 'ok' },
  },
  {
    name: 'no etcd -> no check of that name',
    path: '/readyz/etcd-readiness',
    world: { isShared: false },
    want: undefined,
  },
  { name: 'a check that there is not', path: '/livez/shutdown', want: undefined },
  { name: 'another path', path: '/livezz', want: undefined },
])('$name', async ({ path, world, want }) => {
  expect(await ask(path, world)).toEqual(want);
});

test('a store that says nothing -> the check fails after two seconds', async () => {
  const clock = new FakeClock();
  const latestRevision = (): Promise<number> => new Promise(() => {});
  const health = new Health({ store: { isShared: true, latestRevision }, clock, log, steps: [] });
  const asked = health.response(requestInfoOf({ method: 'GET', path: '/livez/etcd' }), signal);
  await clock.advance(1999);
  const early = await Promise.race([asked, Promise.resolve('waiting')]);
  expect(early).toBe('waiting');
  await clock.advance(1);
  expect(await asked).toMatchObject({ status: 500 });
});
