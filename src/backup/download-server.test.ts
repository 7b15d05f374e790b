// What does the download server say, and to whom? Asked over real HTTPS.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../base/certificates.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { systemClock } from '../base/system-clock.ts';
import { systemRandom } from '../base/system-random.ts';
import { downloadLink } from './download-link.ts';
import { serveDownloads } from './download-server.ts';
import { createFolderStore } from './folder-store.ts';

const clock = new FakeClock();
const secret = new Uint8Array(32).fill(1);
const content = Buffer.from('x'.repeat(3_000_000));
const stop = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'amarre-download-'));
let origin: string;
let ca: string;

beforeAll(async () => {
  const issue = { validDays: 1, nowMs: systemClock.now(), random: seededRandom(1) };
  const authority = await createAuthority('test', issue);
  const { cert, key } = await issueCertificate(
    authority,
    { commonName: 'downloads', ipAddresses: ['127.0.0.1'], usages: ['server'] },
    issue,
  );
  ca = authority.cert;
  writeFileSync(join(folder, 'one'), content);
  writeFileSync(join(folder, 'two'), 'secret');
  const openStore = (path: string) => createFolderStore(path, systemRandom);
  const options = { host: '127.0.0.1', tls: { ca, cert, key }, secret, clock, openStore, log: silentLogger };
  ({ origin } = await serveDownloads({ ...options, folderOf: () => folder }, stop.signal));
});
afterAll(() => {
  stop.abort();
  rmSync(folder, { recursive: true });
});

const linkTo = (key: string): string =>
  downloadLink(
    { namespace: 'velero', location: 'default', folder, key },
    { origin, secret, expiresMs: clock.now() + 600_000 },
  );

function ask(url: string, { method = 'GET', trusts = true } = {}): Promise<{ code: number | undefined; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = httpsRequest(url, { method, agent: false, ...(trusts && { ca }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ code: response.statusCode, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    asked.on('error', reject).end();
  });
}

test('a link -> the whole file, as it is', async () => {
  const { code, body } = await ask(linkTo('one'));
  expect(code).toBe(200);
  expect(body.equals(content)).toBe(true);
});

test.each<{ name: string; url: () => string; method?: string; code: number }>([
  { name: 'link to a missing file', url: () => linkTo('none'), code: 404 },
  { name: 'link to a key that is none', url: () => linkTo('x\0y'), code: 404 },
  { name: 'signature of one file for another', url: () => linkTo('one').replace('/one?', '/two?'), code: 403 },
  { name: 'no signature', url: () => `${origin}/velero/default/one`, code: 403 },
  { name: 'the root', url: () => `${origin}/`, code: 403 },
  { name: 'a write', url: () => linkTo('one'), method: 'PUT', code: 405 },
])('$name -> $code, and nothing of a file', async ({ url, method, code }) => {
  const answer = await ask(url(), { ...(method && { method }) });
  expect(answer.code).toBe(code);
  expect(answer.body.toString()).not.toMatch(/secret|xxx/);
});

test('a link after its time -> refused', async () => {
  const url = linkTo('one');
  await clock.advance(599_999);
  expect((await ask(url)).code).toBe(200);
  await clock.advance(1);
  expect(await ask(url)).toMatchObject({ code: 403, body: Buffer.from('The URL has expired: ask for a new one\n') });
});

test('who does not trust the authority -> no connection', async () => {
  await expect(ask(linkTo('one'), { trusts: false })).rejects.toThrow(/certificate/);
});

test('who breaks off -> the server goes on', async () => {
  await new Promise<void>((resolve) => {
    const asked = get(linkTo('one'), { ca, agent: false }, (response) => {
      response.once('data', () => asked.destroy());
      response.once('close', resolve);
      response.on('error', () => undefined);
    });
    asked.on('error', () => undefined);
  });
  expect((await ask(linkTo('one'))).code).toBe(200);
});
