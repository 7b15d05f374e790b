import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { systemClock } from '../../../base/system-clock.ts';
import { http1Transport } from '../../../client/http1-transport.ts';
import { isListed, type KindName, kindNames } from '../../snapshot/kinds.ts';
import { type Answer, forbidden, pathOf, read, refuse } from '../../testing/api-server.ts';
import { claim, node, pod } from '../../testing/builders.ts';
import { summaryPath } from '../kubelet-stats.ts';
import { CannotLookError } from '../reading.ts';
import { readCluster } from './read-cluster.ts';

const pages = (request: IncomingMessage, response: ServerResponse): void => {
  const query = new URL(request.url ?? '', 'http://h').searchParams;
  const page = Number(query.get('continue') ?? 0);
  const items = [pod({ metadata: { name: `p-${page}` } })];
  response.end(JSON.stringify({ items, metadata: page < 2 ? { continue: String(page + 1) } : {} }));
};

test('readCluster reads lists page by page, gives items their type, and knows the version', async () => {
  const { snapshot, requests } = await read({ [pathOf('pods')]: pages });
  expect(
    snapshot.all('pods').map(({ kind, apiVersion, metadata: { name } }) => `${apiVersion} ${kind} ${name}`),
  ).toEqual(['v1 Pod p-0', 'v1 Pod p-1', 'v1 Pod p-2']);
  expect(snapshot.data.serverVersion).toBe('1.34');
  expect(requests.every(({ headers, method }) => headers.authorization === 'Bearer t' && method === 'GET')).toBe(true);
});

/** What a list says of itself stands before its items, as servers write it. */
function pagesWithHead(broken: (page: number, time: number) => boolean) {
  const times = new Map<number, number>();
  return (request: IncomingMessage, response: ServerResponse): void => {
    const page = Number(new URL(request.url ?? '', 'http://h').searchParams.get('continue') ?? 0);
    const time = (times.get(page) ?? 0) + 1;
    times.set(page, time);
    const items = [pod({ metadata: { name: `p-${page}` } })];
    const body = JSON.stringify({ metadata: page < 2 ? { continue: String(page + 1) } : {}, items });
    response.end(broken(page, time) ? body.slice(0, -5) : body);
  };
}

test.each<{ name: string; broken: (page: number, time: number) => boolean; asked: string[] }>([
  { name: 'every page is asked for once', broken: () => false, asked: ['', '1', '2'] },
  {
    name: 'a page that is no JSON -> asked for again, and so is the one after it',
    broken: (page, time) => page === 0 && time === 1,
    asked: ['', '1', '', '1', '2'],
  },
  {
    name: 'the page that was asked for ahead is no JSON -> asked for again',
    broken: (page, time) => page === 1 && time === 1,
    asked: ['', '1', '2', '1', '2'],
  },
])('readCluster asks for the next page before it takes one apart: $name', async ({ broken, asked }) => {
  const { snapshot, requests } = await read({ [pathOf('pods')]: pagesWithHead(broken) }, { kinds: ['pods'] });
  expect(snapshot.all('pods').map(({ metadata: { name } }) => name)).toEqual(['p-0', 'p-1', 'p-2']);
  const ofPods = requests.filter(({ url }) => url?.startsWith(pathOf('pods')));
  expect(ofPods.map(({ url }) => new URL(url ?? '', 'http://h').searchParams.get('continue') ?? '')).toEqual(asked);
});

test('readCluster asks of Secrets only the names, and keeps nothing else that a server sends', async () => {
  const secret = { metadata: { name: 's', namespace: 'shop' }, data: { password: 'aHVudGVyMg==' } };
  const { snapshot, requests } = await read(
    { [pathOf('secrets')]: { items: [secret] } },
    { kinds: ['secrets', 'pods'] },
  );
  expect(JSON.stringify(snapshot.all('secrets'))).not.toContain('aHVudGVyMg');
  expect(requests.find(({ url }) => url?.includes('secrets'))?.headers.accept).toContain(
    'as=PartialObjectMetadataList',
  );
});

test('readCluster begins a list again that has expired between its pages', async () => {
  let count = 0;
  const expires = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.includes('continue') && count++ === 0) {
      response.statusCode = 410;
      response.end(
        JSON.stringify({
          kind: 'Status',
          code: 410,
          reason: 'Expired',
          message: 'The provided continue parameter is too old',
        }),
      );
    } else pages(request, response);
  };
  const { snapshot } = await read({ [pathOf('pods')]: expires });
  expect(snapshot.all('pods')).toHaveLength(3);
});

test.each<{ name: string; answer: Answer; reason: RegExp; requestTimeoutMs?: number }>([
  { name: 'no permission', answer: forbidden, reason: /no permission: pods is forbidden/ },
  {
    name: 'errors again and again',
    answer: refuse(500, 'InternalError', 'etcdserver: request timed out'),
    reason: /etcdserver: request timed out/,
  },
  {
    name: 'no answer in time',
    answer: () => {},
    requestTimeoutMs: 150,
    reason: /No whole answer to GET .*pods within 0.15 s/,
  },
  {
    name: 'half an answer',
    answer: (_, response) => {
      response.write('{"items":[{');
      response.destroy();
    },
    reason: /broke off|No answer/,
  },
  {
    name: 'a page of a proxy',
    answer: (_, response) => void response.end('<html>Sign in</html>'),
    reason: /is no JSON: "<html>Sign in/,
  },
  {
    name: 'a redirect',
    answer: (_, response) => {
      response.statusCode = 302;
      response.end();
    },
    reason: /redirect \(302\)/,
  },
  { name: 'something that is no list', answer: { kind: 'Pod' }, reason: /is no list/ },
  {
    name: 'a server that does not have the kind',
    answer: refuse(404, 'NotFound', 'no'),
    reason: /does not serve pods/,
  },
])(
  'readCluster: $name of one kind -> that kind is unread and says so, the others are read',
  async ({ answer, reason, requestTimeoutMs }) => {
    const { snapshot } = await read(
      { [pathOf('pods')]: answer, [pathOf('claims')]: { items: [claim()] } },
      requestTimeoutMs === undefined ? {} : { requestTimeoutMs },
    );
    expect(snapshot.coverage('pods')).toEqual({ state: 'unread', reason: expect.stringMatching(reason) as string });
    expect(snapshot.all('claims')).toHaveLength(1);
  },
);

test.each(kindNames.filter((kind) => isListed(kind) && kind !== 'claims'))(
  'readCluster without permission for %s -> only that is unread',
  async (kind) => {
    const { snapshot } = await read({ [pathOf(kind)]: forbidden }, { kinds: [kind, 'claims'] });
    expect([snapshot.coverage(kind).state, snapshot.coverage('claims').state]).toEqual(['unread', 'read']);
  },
);

test('readCluster goes on after a failure that passes', async () => {
  let count = 0;
  const busy = refuse(429, 'TooManyRequests', 'slow down') as (...args: unknown[]) => void;
  const { snapshot } = await read({
    [pathOf('pods')]: (request, response) => (count++ < 2 ? busy(request, response) : pages(request, response)),
  });
  expect(snapshot.coverage('pods')).toEqual({ state: 'read' });
});

test('readCluster with rights in one namespace -> reads that one, and knows that it is not all', async () => {
  const { snapshot } = await read(
    { [pathOf('pods')]: forbidden, [pathOf('pods', 'shop')]: { items: [pod()] } },
    { namespace: 'shop' },
  );
  expect(snapshot.coverage('pods')).toEqual({ state: 'partial', namespaces: ['shop'] });
  expect(snapshot.all('pods')).toHaveLength(1);
});

test('readCluster: an extension that is not served is not installed', async () => {
  const { snapshot } = await read(
    { [pathOf('backups')]: refuse(404, 'NotFound', 'no') },
    { kinds: ['backups', 'pods'] },
  );
  expect(snapshot.coverage('backups')).toEqual({ state: 'not-installed' });
});

const ready = [node(), node({ metadata: { name: 'node-2' } })];
const summary = {
  pods: [
    {
      podRef: { name: 'db-0' },
      volume: [
        { pvcRef: { name: 'data', namespace: 'shop' }, capacityBytes: 10, availableBytes: 1, inodes: 5, inodesFree: 2 },
        { name: 'no claim', capacityBytes: 1, availableBytes: 1 },
      ],
    },
  ],
};

test.each<{ name: string; answers: Record<string, Answer>; state: string; count: number }>([
  {
    name: 'every kubelet answers -> read, each claim once',
    answers: { [summaryPath('node-1')]: summary, [summaryPath('node-2')]: summary },
    state: 'read',
    count: 1,
  },
  {
    name: 'one does not -> partial',
    answers: {
      [summaryPath('node-1')]: summary,
      [summaryPath('node-2')]: refuse(500, 'InternalError', 'dial tcp: refused'),
    },
    state: 'partial',
    count: 1,
  },
  {
    name: 'no permission -> unread',
    answers: { [summaryPath('node-1')]: forbidden, [summaryPath('node-2')]: forbidden },
    state: 'unread',
    count: 0,
  },
])('readCluster, usage of volumes: $name', async ({ answers, state, count }) => {
  const { snapshot } = await read(
    { [pathOf('nodes')]: { items: ready }, ...answers },
    { kinds: ['nodes', 'volumeStats'] },
  );
  expect([snapshot.coverage('volumeStats').state, snapshot.all('volumeStats').length]).toEqual([state, count]);
});

test.each<{ name: string; answers: Record<string, Answer>; want: RegExp }>([
  {
    name: 'credentials that are not accepted',
    answers: { '/version': refuse(401, 'Unauthorized', 'Unauthorized') },
    want: /does not accept these credentials/,
  },
  {
    name: 'a server that is none of Kubernetes',
    answers: Object.fromEntries(
      ['pods', 'claims', 'nodes'].map((kind) => [pathOf(kind as KindName), refuse(404, 'NotFound', 'no')]),
    ),
    want: /none of 3 kinds could be read/,
  },
  {
    name: 'no permission at all',
    answers: Object.fromEntries(['pods', 'claims', 'nodes'].map((kind) => [pathOf(kind as KindName), forbidden])),
    want: /amarre doctor rbac/,
  },
])('readCluster: $name -> could not look', async ({ answers, want }) => {
  const reading = read(answers);
  await expect(reading).rejects.toBeInstanceOf(CannotLookError);
  await expect(reading).rejects.toThrow(want);
});

test('readCluster: nobody listens -> could not look, and says where', async () => {
  const transport = http1Transport({ server: 'http://127.0.0.1:1', tls: {}, authorization: undefined });
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  const reading = readCluster(
    { transport, clock, requestTimeoutMs: 5_000, attemptsMax: 2 },
    { kinds: ['pods'], source: 'context x' },
    new AbortController().signal,
  );
  await expect(reading).rejects.toThrow(
    /Cannot look at context x: No answer to GET \/version from http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
  );
});
