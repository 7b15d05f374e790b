import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../base/certificates.ts';
import { freePort } from '../base/free-port.ts';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { systemRandom } from '../base/system-random.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { describeRevisionStore } from './conformance.ts';
import { StoreForbiddenError, StoreUnavailableError, UnknownOutcomeError, ValueTooLargeError } from './errors.ts';
import { openEtcdStore } from './etcd-store.ts';
import { type EtcdProcess, startEtcd, wipeEtcd } from './etcd-testing.ts';
import { bytes, text } from './model.ts';
import type { RevisionStore, StoreEvent } from './types.ts';
import { revisionOf } from './watch.ts';

let etcd: EtcdProcess;
beforeAll(async () => {
  etcd = await startEtcd({ args: ['--unsafe-no-fsync'] });
});
afterAll(() => etcd.remove());

const open = (options: { requestTimeoutMs?: number; endpoints?: string[] } = {}): Promise<RevisionStore> =>
  openEtcdStore({ endpoints: [etcd.endpoint], clock, log, ...options });

describeRevisionStore('openEtcdStore', async () => {
  await wipeEtcd(etcd.endpoint);
  const store = await open();
  return { store, close: () => store.close() };
});

describe('etcd as several servers see it', () => {
  test('a list of more than one page -> all of one revision, though others write meanwhile', async () => {
    await wipeEtcd(etcd.endpoint);
    const [store, other] = [await open(), await open()];
    await Promise.all(Array.from({ length: 1_300 }, (_, i) => store.put(`/p/${1_000 + i}`, bytes('1'), 0)));
    const listing = store.list({ prefix: '/p/' });
    const writing = Promise.all(Array.from({ length: 50 }, (_, i) => other.put(`/p/${2_100 + i}x`, bytes('2'), 0)));
    const { entries, revision, more } = await listing;
    await writing;
    expect(more).toBe(false);
    expect(entries.length).toBeGreaterThanOrEqual(1_300);
    expect(Math.max(...entries.map((entry) => entry.modRevision))).toBeLessThanOrEqual(revision);
    expect((await store.list({ prefix: '/p/', revision })).entries).toEqual(entries);
    await Promise.all([store.close(), other.close()]);
  });

  test('a write through one -> latestRevision of the other is not older', async () => {
    const [store, other] = [await open(), await open()];
    for (let i = 0; i < 20; i++) {
      const written = await store.put(`/fresh/${i}`, bytes('1'), 0);
      const seen = await Promise.all([other.latestRevision(), other.latestRevision(), other.latestRevision()]);
      for (const revision of seen) expect(revision).toBeGreaterThanOrEqual(written.ok ? written.revision : Infinity);
    }
    await Promise.all([store.close(), other.close()]);
  });

  test("answers and values over gRPC's default limit of 4 MiB -> read; over etcd's limit -> ValueTooLargeError", async () => {
    const store = await open();
    const megabyte = Buffer.alloc(1_000_000, 7);
    for (let i = 0; i < 6; i++) await store.put(`/big/${i}`, megabyte, 0);
    const { entries } = await store.list({ prefix: '/big/' });
    expect(entries.map(({ value }) => value.byteLength)).toEqual(Array.from({ length: 6 }, () => 1_000_000));
    await expect(store.put('/big/6', Buffer.alloc(2_000_000), 0)).rejects.toBeInstanceOf(ValueTooLargeError);
    await store.close();
  });
});

describe('etcd that fails', () => {
  test('killed and started again -> the watch goes on without gap or repeat, writes too', async () => {
    const durable = await startEtcd();
    const store = await openEtcdStore({ endpoints: [durable.endpoint], clock, log });
    const stop = new AbortController();
    const seen: StoreEvent[] = [];
    const watching = (async () => {
      for await (const batch of store.watch({ prefix: '/', afterRevision: 1, signal: stop.signal }))
        seen.push(...batch);
    })();
    const acknowledged: number[] = [];
    const write = async (round: number): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const result = await store.put(`/k/${round}-${i}`, bytes('x'), 0);
        if (result.ok) acknowledged.push(result.revision);
      }
    };
    for (let round = 0; round < 3; round++) {
      await write(round);
      await durable.kill();
      await durable.start();
    }
    await write(3);
    const last = Math.max(...acknowledged);
    while ((seen.at(-1) ? revisionOf(seen.at(-1) as StoreEvent) : 0) < last) await clock.sleep(10, stop.signal);
    stop.abort();
    await watching;
    expect(acknowledged).toHaveLength(80);
    expect(seen.map(revisionOf)).toEqual(Array.from({ length: last - 1 }, (_, i) => i + 2));
    await store.close();
    await durable.remove();
  });

  test('frozen amid a write -> the outcome is unknown, not a failure; it may show up later', async () => {
    const frozen = await startEtcd({ args: ['--unsafe-no-fsync'] });
    const store = await openEtcdStore({ endpoints: [frozen.endpoint], clock, log, requestTimeoutMs: 300 });
    await frozen.freeze();
    const error = await store.put('/a', bytes('1'), 0).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect((error as Error).message).toMatch(/did not confirm the write .*it may have been done or not/);
    await expect(store.get('/a')).rejects.toBeInstanceOf(StoreUnavailableError);
    frozen.thaw();
    await store.close();
    const again = await openEtcdStore({ endpoints: [frozen.endpoint], clock, log });
    expect(['1', undefined]).toContain(await again.get('/a').then((entry) => entry && text(entry.value)));
    await again.close();
    await frozen.remove();
  });

  test('dead -> StoreUnavailableError that names what was tried, reads and writes alike', async () => {
    const mortal = await startEtcd({ args: ['--unsafe-no-fsync'] });
    const store = await openEtcdStore({ endpoints: [mortal.endpoint], clock, log, requestTimeoutMs: 400 });
    await mortal.kill();
    // The first call may still go to the connection that has just died.
    await expect(store.get('/a')).rejects.toThrow();
    const calls = [() => store.get('/a'), () => store.put('/a', bytes('1'), 0), () => store.latestRevision()];
    for (const call of calls) {
      const error = await call().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(StoreUnavailableError);
      expect((error as Error).message).toContain(`Cannot reach etcd: tried ${mortal.endpoint}`);
    }
    await store.close();
    await mortal.remove();
  });

  test('with client certificates -> serves who has one, refuses a foreign one with a sentence', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'amarre-etcd-tls-'));
    const options = { nowMs: clock.now(), validDays: 1, random: systemRandom };
    const [authority, foreign] = [await createAuthority('etcd-ca', options), await createAuthority('other', options)];
    const request = { commonName: 'etcd', ipAddresses: ['127.0.0.1'], usages: ['server' as const, 'client' as const] };
    const [server, client, stranger] = [
      await issueCertificate(authority, request, options),
      await issueCertificate(authority, { ...request, commonName: 'apiserver' }, options),
      await issueCertificate(foreign, { ...request, commonName: 'apiserver' }, options),
    ];
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const args = ['--cert-file', file('crt', server.cert), '--key-file', file('key', server.key)];
    args.push('--client-cert-auth', '--trusted-ca-file', file('ca', authority.cert), '--unsafe-no-fsync');
    const secured = await startEtcd({ scheme: 'https', args });
    const store = await openEtcdStore({
      endpoints: [secured.endpoint],
      tls: { ...client, ca: authority.cert },
      clock,
      log,
    });
    expect((await store.put('/a', bytes('1'), 0)).ok).toBe(true);
    await store.close();
    const forged = { ...stranger, ca: authority.cert };
    const old = await issueCertificate(authority, request, { ...options, nowMs: clock.now() - 3 * 86_400_000 });
    const opened = (tls: TlsIdentity): Promise<unknown> =>
      openEtcdStore({ endpoints: [secured.endpoint], tls, clock, log });
    for (const tls of [forged, { ...old, ca: authority.cert }]) {
      const error = await opened(tls).catch((each: unknown) => each);
      expect(error).toBeInstanceOf(StoreForbiddenError);
      expect((error as Error).message).toBe(
        `Cannot use etcd at ${secured.endpoint}: it does not accept the client certificate (TLS alert 42: bad certificate). ` +
          'Check that it is valid now, and from the authority that etcd trusts',
      );
    }
    await expect(opened({ ...client, ca: foreign.cert })).rejects.toThrow(
      `Cannot use etcd at ${secured.endpoint}: its own certificate is not accepted (unable to verify the first certificate).`,
    );
    await secured.remove();
    rmSync(folder, { recursive: true });
  });

  test('one endpoint of two is dead -> the other serves', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const store = await open({ endpoints: [dead, etcd.endpoint] });
    expect((await store.put('/two/endpoints', bytes('1'), 0)).ok).toBe(true);
    await store.close();
  });

  test.each<{ name: string; endpoints: string[]; want: RegExp }>([
    { name: 'no endpoint', endpoints: [], want: /without an endpoint/ },
    {
      name: 'no URL',
      endpoints: ['127.0.0.1:2379'],
      want: /Cannot use the etcd endpoint "127.0.0.1:2379": give a URL/,
    },
    {
      name: 'https without a certificate',
      endpoints: ['https://127.0.0.1:1'],
      want: /https needs a client certificate/,
    },
  ])('$name -> refused with a sentence', async ({ endpoints, want }) => {
    await expect(open({ endpoints })).rejects.toThrow(want);
  });
});
