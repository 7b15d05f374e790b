// Does a server that waits for its etcd end when it is told to, and does it say which of the files for etcd is no good?

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { testIdentities } from '../apiserver/https/testing.ts';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { dataFolder } from '../localcluster/data-folder.ts';
import { readEtcdIdentity, untilOpened } from './open-store.ts';
import type { ProcessContext } from './process.ts';

type Pem = Record<'ca' | 'cert' | 'key', string>;

test('an etcd that says nothing -> the wait ends at once with its signal', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const spec = { etcd: { endpoints: [endpoint] } } as ProcessContext['spec'];
  const stopping = new AbortController();
  const opening = untilOpened({ folder: dataFolder('/nowhere'), spec }, { clock, log }, stopping.signal);
  const ended = expect(opening).rejects.toThrow('Got SIGTERM');
  await clock.sleep(300, new AbortController().signal);
  const before = clock.monotonic();
  stopping.abort(new Error('Got SIGTERM'));
  await ended;
  expect(clock.monotonic() - before).toBeLessThan(1000);
});

test('an etcd of another authority -> said at once, and not waited for', async () => {
  const [{ server: etcd }, { admin: client }] = await Promise.all([testIdentities(), testIdentities()]);
  const listening = createTlsServer({ cert: etcd.cert, key: etcd.key, ALPNProtocols: ['h2'] });
  listening.on('tlsClientError', () => {});
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'etcd-files-'));
  onTestFinished(async () => {
    listening.close();
    await rm(folder, { recursive: true });
  });
  const path = (name: string): string => join(folder, name);
  for (const name of ['ca', 'cert', 'key'] as const) await writeFile(path(name), client[name]);
  const endpoints = [`https://127.0.0.1:${(listening.address() as AddressInfo).port}`];
  const files = { caFile: path('ca'), certFile: path('cert'), keyFile: path('key') };
  const spec = { etcd: { endpoints, ...files } } as ProcessContext['spec'];
  const { signal } = new AbortController();
  await expect(untilOpened({ folder: dataFolder('/nowhere'), spec }, { clock, log }, signal)).rejects.toThrow(
    `Cannot use etcd at ${endpoints[0]}: its own certificate is not accepted`,
  );
});

test.each([
  { name: 'no authority', texts: { ca: 'root:x:0' }, want: 'the file <ca> holds no certificate in PEM' },
  { name: 'an empty certificate', texts: { cert: '' }, want: 'the file <cert> holds no certificate in PEM' },
  {
    name: 'a certificate in place of the key',
    texts: (good: Pem) => ({ key: good.cert }),
    want: 'the file <key> holds no private key without a passphrase in PEM',
  },
  {
    name: 'the key of another certificate',
    texts: (_: Pem, other: Pem) => ({ key: other.key }),
    want: 'the key in <key> is not that of the certificate in <cert>',
  },
  { name: 'three good files', texts: {}, want: undefined },
])('files for etcd: $name -> said of the file', async ({ texts, want }) => {
  const { server: good, admin: other } = await testIdentities();
  const folder = await mkdtemp(join(tmpdir(), 'etcd-files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const written = { ...good, ...(typeof texts === 'function' ? texts(good, other) : texts) };
  const path = (name: string): string => join(folder, name);
  for (const name of ['ca', 'cert', 'key'] as const) await writeFile(path(name), written[name]);
  const reading = readEtcdIdentity({ endpoints: [], caFile: path('ca'), certFile: path('cert'), keyFile: path('key') });
  if (want === undefined) expect(await reading).toEqual(good);
  else
    await expect(reading).rejects.toThrow(
      `Cannot use etcd: ${want.replaceAll(/<(\w+)>/g, (_, name: string) => path(name))}`,
    );
});
