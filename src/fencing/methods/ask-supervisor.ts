// Tombstone: ask the node's supervisor to stop the writers, and to say when they are gone.

import { request } from 'node:https';
import type { Clock } from '../../base/clock.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import { type FenceAnswer, type FenceRequest, supervisorPort } from '../supervisor-protocol.ts';

/** Posts one FenceRequest. Rejects when no usable answer came; nothing is proven then. */
export type AskSupervisor = (address: string, question: FenceRequest, signal: AbortSignal) => Promise<FenceAnswer>;

export interface AskSupervisorOptions {
  identity: TlsIdentity;
  clock: Clock;
  timeoutMs: number;
  port?: number;
}

/** More than any honest answer needs. */
const answerBytesMax = 1 << 20;

/** An AskSupervisor over mutual TLS: the supervisor must own a certificate for `address`. */
export function askSupervisorMethod({
  identity,
  clock,
  timeoutMs,
  port = supervisorPort,
}: AskSupervisorOptions): AskSupervisor {
  return (address, question, signal) =>
    clock.withTimeout({ what: `the supervisor at ${address}`, timeoutMs, signal }, async (bounded) => {
      const body = await post({ address, port, identity, body: JSON.stringify(question) }, bounded);
      return parseAnswer(body);
    });
}

interface Post {
  address: string;
  port: number;
  identity: TlsIdentity;
  body: string;
}

function post({ address, port, identity, body }: Post, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: address,
        port,
        method: 'POST',
        path: '/fence',
        ca: identity.ca,
        cert: identity.cert,
        key: identity.key,
        // One question a connection: a kept connection to a frozen node would hang the next question.
        agent: false,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        signal,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > answerBytesMax)
            response.destroy(new Error(`Supervisor at ${address} answered more than ${answerBytesMax} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 200) resolve(text);
          else
            reject(
              new Error(`Supervisor at ${address} refused with HTTP ${response.statusCode}: ${text.slice(0, 200)}`),
            );
        });
      },
    );
    call.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    call.end(body);
  });
}

/** Checks the shape; what it proves is judged in ../proof.ts. */
export function parseAnswer(text: string): FenceAnswer {
  const answer: unknown = JSON.parse(text);
  if (!isAnswer(answer)) throw new Error('Supervisor answered something that is no FenceAnswer');
  return answer;
}

function isAnswer(value: unknown): value is FenceAnswer {
  if (!isRecord(value) || typeof value['nonce'] !== 'string' || typeof value['bootID'] !== 'string') return false;
  const volumes = value['volumes'];
  return (
    Array.isArray(volumes) &&
    volumes.every(
      (volume) =>
        isRecord(volume) &&
        typeof volume['volumeHandle'] === 'string' &&
        typeof volume['stoppedAt'] === 'string' &&
        Array.isArray(volume['podUIDs']) &&
        volume['podUIDs'].every((uid) => typeof uid === 'string') &&
        typeof volume['processTreeEmpty'] === 'boolean' &&
        typeof volume['unmounted'] === 'boolean',
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
