// Is the API the same, whatever carries requests and wherever its state is? One suite for each of them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStatus } from '../../src/apimachinery/status-error.ts';
import type { ConfigMap } from '../../src/apis/core/generated/v1.ts';
import { configMaps } from '../../src/apis/resources.ts';
import { startHttpsTestServer, testIdentities } from '../../src/apiserver/https/testing.ts';
import { startTestServer, type TestServer } from '../../src/apiserver/testing.ts';
import { silentLogger as log } from '../../src/base/log.ts';
import { randomBelow } from '../../src/base/random.ts';
import { seededRandom } from '../../src/base/seeded-random.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { systemRandom } from '../../src/base/system-random.ts';
import { connectClient } from '../../src/client/connect.ts';
import { createClient, type KubeClient } from '../../src/client/kube-client.ts';
import { openEtcdStore } from '../../src/kvstore/etcd-store.ts';
import { startEtcd } from '../../src/kvstore/etcd-testing.ts';
import { openLmdbStore } from '../../src/kvstore/lmdb-store.ts';
import { memoryStore } from '../../src/kvstore/memory-store.ts';
import type { RevisionStore } from '../../src/kvstore/types.ts';
import { inProcessTransport } from '../../src/simulation/in-process-transport.ts';

interface Backend {
  writer: KubeClient;
  /** Reads through another API server where there are two. */
  reader: KubeClient;
  store: RevisionStore;
  stop(): Promise<void>;
}

const clientOf = ({ apiServer }: TestServer): KubeClient =>
  createClient({ transport: inProcessTransport(apiServer), clock });

async function overStore(store: RevisionStore, remove: () => void | Promise<void> = () => {}): Promise<Backend> {
  const server = await startTestServer({ store, random: systemRandom });
  const client = clientOf(server);
  return {
    writer: client,
    reader: client,
    store,
    async stop() {
      await server.stop();
      await store.close();
      await remove();
    },
  };
}

async function overLmdb(): Promise<Backend> {
  const path = mkdtempSync(join(tmpdir(), 'amarre-conformance-'));
  return overStore(await openLmdbStore({ path, log }), () => rmSync(path, { recursive: true, force: true }));
}

async function overHttps(): Promise<Backend> {
  const identities = await testIdentities();
  const server = await startHttpsTestServer(identities);
  const client = connectClient({ server: server.url, identity: identities.admin }, clock);
  const stop = async (): Promise<void> => {
    client.close();
    await server.stop();
  };
  return { writer: client, reader: client, store: server.store, stop };
}

async function overEtcd(): Promise<Backend> {
  const etcd = await startEtcd({ args: ['--unsafe-no-fsync'] });
  return overStore(await openEtcdStore({ endpoints: [etcd.endpoint], clock, log }), () => etcd.remove());
}

async function overEtcdWithTwoServers(): Promise<Backend> {
  const etcd = await startEtcd({ args: ['--unsafe-no-fsync'] });
  const open = (): Promise<RevisionStore> => openEtcdStore({ endpoints: [etcd.endpoint], clock, log });
  const [first, second] = [await open(), await open()];
  const servers = [
    await startTestServer({ store: first, random: systemRandom }),
    await startTestServer({ store: second, random: systemRandom }),
  ] as const;
  return {
    writer: clientOf(servers[0]),
    reader: clientOf(servers[1]),
    store: first,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
      await Promise.all([first.close(), second.close()]);
      await etcd.remove();
    },
  };
}

const never = new AbortController().signal;
const namespace = 'default';
const draft = (name: string, value: string) => ({ metadata: { namespace, name }, data: { value } });
const brief = ({ metadata, data }: ConfigMap): string =>
  `${metadata.name}=${data?.['value']} @${metadata.resourceVersion}`;

describe.each<{ name: string; start: () => Promise<Backend> }>([
  { name: 'in process, memory', start: () => overStore(memoryStore()) },
  { name: 'HTTPS, memory', start: overHttps },
  { name: 'in process, LMDB', start: overLmdb },
  { name: 'in process, etcd', start: overEtcd },
  { name: 'two servers over one etcd', start: overEtcdWithTwoServers },
])('the API $name', ({ start }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());

  const list = async (labelSelector?: string): Promise<{ items: string[]; resourceVersion: string }> => {
    const options = { namespace, ...(labelSelector && { labelSelector }) };
    const { items, resourceVersion } = await backend.reader.list(configMaps, options, never);
    return { items: items.map(brief), resourceVersion };
  };

  test('create, read, replace, delete -> each read shows the write before it', async () => {
    const { writer, reader } = backend;
    const made = await writer.create(configMaps, draft('crud', '1'), never);
    expect(await reader.get(configMaps, { namespace, name: 'crud' }, never)).toEqual(made);
    const changed = await writer.update(configMaps, { ...made, data: { value: '2' } }, never);
    expect(Number(changed.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    expect((await list()).items).toContain(brief(changed));
    const stale = await writer
      .update(configMaps, { ...made, data: { value: '3' } }, never)
      .catch((error: unknown) => error);
    expect(isStatus(stale, 'Conflict')).toBe(true);
    const twice = await reader.create(configMaps, draft('crud', '9'), never).catch((error: unknown) => error);
    expect(isStatus(twice, 'AlreadyExists')).toBe(true);
    await writer.delete(configMaps, { at: { namespace, name: 'crud' } }, never);
    const gone = await reader.get(configMaps, { namespace, name: 'crud' }, never).catch((error: unknown) => error);
    expect(isStatus(gone, 'NotFound')).toBe(true);
    expect((await list()).items.filter((item) => item.startsWith('crud='))).toEqual([]);
  });

  test('50 writes, each followed by a list of the other side -> never older', async () => {
    const { writer } = backend;
    for (let i = 0; i < 50; i++) {
      const made = await writer.create(configMaps, draft(`fresh-${i}`, '1'), never);
      const { items, resourceVersion } = await list();
      expect(items).toContain(brief(made));
      expect(Number(resourceVersion)).toBeGreaterThanOrEqual(Number(made.metadata.resourceVersion));
    }
  });

  test('pages -> all of the revision of the first, though others write between them', async () => {
    const { writer, reader } = backend;
    for (let i = 0; i < 12; i++) await writer.create(configMaps, draft(`page-${i}`, '1'), never);
    const whole = await list();
    const pages: string[] = [];
    let token: string | undefined;
    let first: string | undefined;
    do {
      const page = await reader.list(configMaps, { namespace, limit: 5, ...(token && { continue: token }) }, never);
      first ??= page.resourceVersion;
      expect(page.resourceVersion).toBe(first);
      pages.push(...page.items.map(brief));
      token = page.continue;
      await writer.create(configMaps, draft(`page-a-${pages.length}`, 'late'), never);
      await writer.patch(
        configMaps,
        { at: { namespace, name: 'page-3' }, body: { data: { value: `${pages.length}` } } },
        never,
      );
    } while (token);
    // Not equal: a server that has just started writes its own definitions a second later.
    expect(Number(first)).toBeGreaterThanOrEqual(Number(whole.resourceVersion));
    expect(pages).toEqual(whole.items);
  });

  test('a page of a revision that has been compacted -> 410 Expired', async () => {
    const { writer, reader, store } = backend;
    const page = await reader.list(configMaps, { namespace, limit: 2 }, never);
    await writer.create(configMaps, draft('after-page', '1'), never);
    await store.compact(await store.latestRevision());
    const refused = await reader
      .list(configMaps, { namespace, limit: 2, continue: page.continue ?? '' }, never)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'Expired', code: 410 });
  });

  test('a watch that is left and taken up again -> every event once, in order', async () => {
    const { writer, reader } = backend;
    let { resourceVersion } = await list();
    const want = ['ADDED 0', 'MODIFIED 1', 'MODIFIED 2', 'MODIFIED 3', 'DELETED 3'];
    const made = await writer.create(configMaps, draft('watched', '0'), never);
    for (let i = 1; i <= 3; i++) {
      const body = { data: { value: `${i}` } };
      await writer.patch(configMaps, { at: { namespace, name: 'watched' }, body }, never);
    }
    await writer.delete(configMaps, { at: { namespace, name: 'watched' }, uid: made.metadata.uid }, never);
    const seen: string[] = [];
    while (seen.length < want.length) {
      // One event per watch: each takes up where the last one stopped.
      for await (const event of reader.watch(configMaps, { namespace, resourceVersion }, never)) {
        if (event.type === 'BOOKMARK') continue;
        expect(Number(event.object.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
        resourceVersion = event.object.metadata.resourceVersion;
        seen.push(`${event.type} ${event.object.data?.['value']}`);
        break;
      }
    }
    expect(seen).toEqual(want);
  });

  test('law: a list and the watch behind it -> the list that comes later', async () => {
    const { writer, reader } = backend;
    const random = seededRandom(11);
    const start = await reader.list(configMaps, { namespace }, never);
    const state = new Map(start.items.map((item) => [item.metadata.name, brief(item)]));
    const names = Array.from({ length: 8 }, (_, i) => `law-${i}`);
    const change = async (): Promise<void> => {
      const name = names[randomBelow(random, names.length)] as string;
      const at = { namespace, name };
      const value = `${randomBelow(random, 1000)}`;
      const ignored = (error: unknown): void => {
        if (!isStatus(error, 'NotFound', 'AlreadyExists', 'Conflict')) throw error;
      };
      const kind = randomBelow(random, 3);
      if (kind === 0) await writer.create(configMaps, draft(name, value), never).catch(ignored);
      else if (kind === 1) await writer.patch(configMaps, { at, body: { data: { value } } }, never).catch(ignored);
      else await writer.delete(configMaps, { at }, never).catch(ignored);
    };
    for (let i = 0; i < 60; i++) await Promise.all([change(), change()]);
    // The last change is one that the watch must show.
    await writer.create(configMaps, draft('law-end', 'end'), never);
    const end = await list();
    for await (const event of reader.watch(configMaps, { namespace, resourceVersion: start.resourceVersion }, never)) {
      if (event.type === 'BOOKMARK') continue;
      const { object } = event;
      if (event.type === 'DELETED') state.delete(object.metadata.name);
      else state.set(object.metadata.name, brief(object));
      if (object.metadata.name === 'law-end') break;
    }
    expect([...state.values()].toSorted()).toEqual(end.items.toSorted());
  });
});
