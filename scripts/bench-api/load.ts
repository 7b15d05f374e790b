// One load client: a process of its own, told by its parent what to do. It answers with what it saw.

import { performance } from 'node:perf_hooks';
import { systemClock } from '../../src/base/system-clock.ts';
import type { TlsIdentity } from '../../src/base/tls.ts';
import { encodeRequest, RawConnection, type Request } from './h2-client.ts';
import { collectionPath, configMap, namespaces, objectPath } from './objects.ts';

export type Load =
  /** Each of `clients` sends the next request when its last one is answered. */
  | { kind: 'gets'; names: string[] }
  | { kind: 'lists'; limit: number }
  | { kind: 'writes'; prefix: string }
  /** Writes at a steady rate, whatever the answers take. */
  | { kind: 'paced-writes'; prefix: string; perSecond: number }
  /** One list of everything after the other. */
  | { kind: 'full-lists' }
  /** `clients` watches; ends when each has seen `events` changes, in order. */
  | { kind: 'watches'; events: number; revision: string };

export interface LoadOrder {
  load: Load;
  port: number;
  tls: TlsIdentity;
  connections: number;
  clients: number;
  seconds: number;
}

export interface LoadReport {
  requests: number;
  seconds: number;
  bytes: number;
  /** Processor time of the client in milliseconds. */
  cpuMs: number;
  /** Milliseconds, sorted. */
  latencies: number[];
}

type Message = { type: 'ready' } | { type: 'done'; report: LoadReport } | { type: 'failed'; message: string };

const tell = (message: Message): boolean | undefined => process.send?.(message);
/** Ends the process: the parent hears why, and that there is no report. */
function fail(error: unknown): never {
  tell({ type: 'failed', message: (error as Error).message });
  throw error;
}

process.once('message', (order: LoadOrder) => {
  run(order).then((report) => {
    tell({ type: 'done', report });
  }, fail);
});

async function run(order: LoadOrder): Promise<LoadReport> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => RawConnection.open(order.port, order.tls, fail)),
  );
  if (order.load.kind === 'watches') return watch(connections, order.clients, order.load);
  tell({ type: 'ready' });
  return order.load.kind === 'paced-writes'
    ? paced(connections, order, order.load)
    : closedLoop(connections, order, requestsOf(order.load));
}

/** The requests of one client, one after the other. */
function requestsOf(load: Load): (client: number, turn: number) => Request {
  switch (load.kind) {
    case 'gets':
      return (client, turn) => ({
        method: 'GET',
        path: objectPath(load.names[(client * 7919 + turn) % load.names.length] ?? '', namespaces.reads),
      });
    case 'lists':
      return () => ({ method: 'GET', path: `${collectionPath(namespaces.reads)}?limit=${load.limit}` });
    case 'full-lists':
      return () => ({ method: 'GET', path: collectionPath(namespaces.half) });
    case 'writes':
      return (client, turn) => writeOf(`${load.prefix}${client}`, turn);
    default:
      throw new Error(`No requests for ${load.kind}`);
  }
}

function writeOf(name: string, sequence: number): Request {
  return { method: 'PUT', path: objectPath(name), body: Buffer.from(JSON.stringify(configMap(name, sequence))) };
}

function closedLoop(
  connections: RawConnection[],
  { clients, seconds, load }: LoadOrder,
  next: (client: number, turn: number) => Request,
): Promise<LoadReport> {
  const began = now();
  const endsAt = began.ms + seconds * 1000;
  const latencies: number[] = [];
  let bytes = 0;
  let left = clients;
  // Requests without a body are made once per client: the client must not be what is measured.
  const kept = new Map<string, ReturnType<typeof encodeRequest>>();
  const encoded = (request: Request): ReturnType<typeof encodeRequest> => {
    if (request.body) return encodeRequest(request);
    let known = kept.get(request.path);
    if (!known) kept.set(request.path, (known = encodeRequest(request)));
    return known;
  };
  return new Promise((resolve) => {
    const turn = (client: number, count: number): void => {
      const sentAt = performance.now();
      if (sentAt >= endsAt) {
        left -= 1;
        if (left === 0) resolve(report(latencies, { began, bytes }));
        return;
      }
      const connection = connections[client % connections.length] as RawConnection;
      let missing: number | undefined;
      connection.send(encoded(next(client, count)), {
        onHead: (isOk, announced) => {
          if (!isOk) fail(new Error(`${load.kind}: an answer was not 200`));
          missing = announced;
        },
        onData: (data) => {
          bytes += data.length;
          if (missing !== undefined) missing -= data.length;
        },
        onEnd: () => {
          if (missing !== 0) fail(new Error(`${load.kind}: an answer lacks ${missing} bytes`));
          latencies.push(performance.now() - sentAt);
          turn(client, count + 1);
        },
      });
    };
    for (let client = 0; client < clients; client++) turn(client, 0);
  });
}

async function paced(
  connections: RawConnection[],
  { clients, seconds }: LoadOrder,
  { prefix, perSecond }: { prefix: string; perSecond: number },
): Promise<LoadReport> {
  const never = new AbortController().signal;
  const began = now();
  const latencies: number[] = [];
  let sent = 0;
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - began.ms) {
    for (; sent < (elapsed / 1000) * perSecond; sent++) {
      const sentAt = performance.now();
      const connection = connections[sent % connections.length] as RawConnection;
      const onEnd = (): void => void latencies.push(performance.now() - sentAt);
      connection.send(encodeRequest(writeOf(`${prefix}${sent % clients}`, sent)), { onEnd });
    }
    await systemClock.sleep(2, never);
  }
  while (latencies.length < sent) await systemClock.sleep(2, never);
  return report(latencies, { began, bytes: 0 });
}

const nothing: Buffer = Buffer.alloc(0);
const newline = 10;
const sequenceMark = Buffer.from('"sequence":"');

/** Opens the watches, says that it is ready once each has its head, and checks every event of every watch. */
function watch(
  connections: RawConnection[],
  clients: number,
  { events, revision }: { events: number; revision: string },
): Promise<LoadReport> {
  const path = `${collectionPath(namespaces.writes)}?watch=true&resourceVersion=${revision}`;
  const request = encodeRequest({ method: 'GET', path });
  let opened = 0;
  let finished = 0;
  let bytes = 0;
  let began: Moment | undefined;
  return new Promise((resolve) => {
    for (let client = 0; client < clients; client++) {
      let seen = 0;
      let rest = nothing;
      (connections[client % connections.length] as RawConnection).send(request, {
        onHead: (isOk) => {
          if (!isOk) fail(new Error('A watch was refused'));
          opened += 1;
          if (opened === clients) tell({ type: 'ready' });
        },
        onData: (data) => {
          began ??= now();
          bytes += data.length;
          const whole = rest.length > 0 ? Buffer.concat([rest, data]) : data;
          let at = 0;
          for (let end = whole.indexOf(newline); end >= 0; end = whole.indexOf(newline, at)) {
            const mark = whole.indexOf(sequenceMark, at);
            const sequence = Number.parseInt(
              whole.toString('latin1', mark + sequenceMark.length, mark + sequenceMark.length + 10),
              10,
            );
            if (mark < 0 || mark > end || sequence !== seen)
              fail(new Error(`Watcher ${client} missed event ${seen}: got ${sequence}`));
            seen += 1;
            at = end + 1;
          }
          rest = at === whole.length ? nothing : Buffer.from(whole.subarray(at));
          if (seen < events || rest.length > 0) return;
          finished += 1;
          if (finished === clients)
            resolve({ ...report([], { began: began ?? now(), bytes }), requests: clients * events });
        },
        onEnd: () => fail(new Error(`Watch ${client} ended after ${seen} of ${events} events`)),
      });
    }
  });
}

interface Moment {
  ms: number;
  cpu: NodeJS.CpuUsage;
}

function now(): Moment {
  return { ms: performance.now(), cpu: process.cpuUsage() };
}

function report(latencies: number[], { began, bytes }: { began: Moment; bytes: number }): LoadReport {
  const { user, system } = process.cpuUsage(began.cpu);
  return {
    requests: latencies.length,
    seconds: (performance.now() - began.ms) / 1000,
    bytes,
    cpuMs: (user + system) / 1000,
    latencies: latencies.sort((a, b) => a - b),
  };
}
