import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../../base/certificates.ts';
import { TimeoutError } from '../../base/clock.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import type { FenceAnswer } from '../supervisor-protocol.ts';
import { type AskSupervisor, askSupervisorMethod, parseAnswer } from './ask-supervisor.ts';

const issue = { nowMs: systemClock.now(), validDays: 1, random: systemRandom };
const question = { nonce: 'n-1', volumeHandles: ['vol-1'] };
const answer: FenceAnswer = {
  nonce: 'n-1',
  bootID: 'boot-1',
  volumes: [
    {
      volumeHandle: 'vol-1',
      podUIDs: ['p'],
      processTreeEmpty: true,
      unmounted: true,
      stoppedAt: '2026-01-01T00:00:00.000000Z',
    },
  ],
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A supervisor whose certificate is for `address`, and somebody who asks it on 127.0.0.1. */
async function start(
  reply: (body: string) => { status: number; text: string } | 'silence',
  address = '127.0.0.1',
): Promise<AskSupervisor> {
  const authority = await createAuthority('test-ca', issue);
  const node = await issueCertificate(
    authority,
    { commonName: 'system:node:node-1', ipAddresses: [address], usages: ['server'] },
    issue,
  );
  const identity = await issueCertificate(
    authority,
    { commonName: 'system:amarre:controllers', usages: ['client'] },
    issue,
  );
  server = createServer({ ...node, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const said = reply(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
      if (said !== 'silence') response.writeHead(said.status).end(said.text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return askSupervisorMethod({
    identity,
    clock: systemClock,
    timeoutMs: 300,
    port: (server.address() as AddressInfo).port,
  });
}

test('a supervisor that answers -> its answer', async () => {
  const heard: string[] = [];
  const ask = await start((body) => {
    heard.push(body);
    return { status: 200, text: JSON.stringify(answer) };
  });
  expect(await ask('127.0.0.1', question, new AbortController().signal)).toEqual(answer);
  expect(heard).toEqual([`POST /fence ${JSON.stringify(question)}`]);
});

test('a supervisor that is silent -> rejected in time', async () => {
  const ask = await start(() => 'silence');
  const startedMs = systemClock.monotonic();
  await expect(ask('127.0.0.1', question, new AbortController().signal)).rejects.toThrow(TimeoutError);
  expect(systemClock.monotonic() - startedMs).toBeLessThan(2_000);
});

test('a certificate for another address -> rejected', async () => {
  const ask = await start(() => ({ status: 200, text: JSON.stringify(answer) }), '10.9.9.9');
  await expect(ask('127.0.0.1', question, new AbortController().signal)).rejects.toThrow();
});

test.each([
  { name: 'a refusal', said: { status: 503, text: 'still stopping' } },
  { name: 'no JSON', said: { status: 200, text: 'ok' } },
  { name: 'an answer of another shape', said: { status: 200, text: '{"nonce":"n-1"}' } },
])('$name -> rejected', async ({ said }) => {
  const ask = await start(() => said);
  await expect(ask('127.0.0.1', question, new AbortController().signal)).rejects.toThrow();
});

test('parseAnswer keeps what the judgement needs', () => {
  expect(parseAnswer(JSON.stringify(answer))).toEqual(answer);
});
