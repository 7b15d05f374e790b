// One load client: a process of its own, told by its parent what to do. It answers with what it saw.

import { performance } from 'node:perf_hooks';
import { systemClock } from '../../src/base/system-clock.ts';
import type { TlsIdentity } from '../../src/base/tls.ts';
import { type EncodedRequest, encodeRequest, RawConnection } from './h2-client.ts';
import { collectionPath, configMap, digitsOf, namespaces, objectPath, sequenceMark } from './objects.ts';

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

// One after the other: a process that has done it before costs less of what is measured.
process.on('message', (order: LoadOrder) => {
  run(order).then((report) => {
    tell({ type: 'done', report });
  }, fail);
});

async function run(order: LoadOrder): Promise<LoadReport> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => RawConnection.open(order.port, order.tls, fail)),
  );
  try {
    return await loadOver(connections, order);
  } finally {
    for (const connection of connections) connection.close();
  }
}

function loadOver(connections: RawConnection[], order: LoadOrder): Promise<LoadReport> {
  if (order.load.kind === 'watches') return watch(connections, order.clients, order.load);
  tell({ type: 'ready' });
  return order.load.kind === 'paced-writes'
    ? paced(connections, order, order.load)
    : closedLoop(connections, order, requestsOf(order.load));
}

type Requests = (client: number, turn: number) => EncodedRequest;

/** The requests of each client, one after the other. Their frames are made once: the client must not be what is measured. */
function requestsOf(load: Load): Requests {
  switch (load.kind) {
    case 'gets': {
      const all = load.names.map((name) => encodeRequest({ method: 'GET', path: objectPath(name, namespaces.reads) }));
      return (client, turn) => all[(client * 7919 + turn) % all.length] as EncodedRequest;
    }
    case 'lists': {
      const list = encodeRequest({ method: 'GET', path: `${collectionPath(namespaces.reads)}?limit=${load.limit}` });
      return () => list;
    }
    case 'full-lists': {
      const list = encodeRequest({ method: 'GET', path: collectionPath(namespaces.half) });
      return () => list;
    }
    case 'writes':
    case 'paced-writes':
      return writesOf(load.prefix);
    default:
      throw new Error(`No requests for ${load.kind}`);
  }
}

/** Each write of a client is the one before with other digits. */
function writesOf(prefix: string): Requests {
  const made = new Map<number, { request: EncodedRequest; digitsAt: number }>();
  const first = (client: number): { request: EncodedRequest; digitsAt: number } => {
    const name = `${prefix}${client}`;
    const body = Buffer.from(JSON.stringify(configMap(name, 0)));
    const request = encodeRequest({ method: 'PUT', path: objectPath(name), body });
    const known = { request, digitsAt: request.bytes.indexOf(sequenceMark) + sequenceMark.length };
    made.set(client, known);
    return known;
  };
  return (client, turn) => {
    const { request, digitsAt } = made.get(client) ?? first(client);
    request.bytes.write(digitsOf(turn), digitsAt, 'latin1');
    return request;
  };
}

function closedLoop(
  connections: RawConnection[],
  { clients, seconds, load }: LoadOrder,
  next: Requests,
): Promise<LoadReport> {
  const began = now();
  const endsAt = began.ms + seconds * 1000;
  const latencies: number[] = [];
  let bytes = 0;
  let left = clients;
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
      connection.send(next(client, count), {
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
  const next = writesOf(prefix);
  const began = now();
  const latencies: number[] = [];
  let sent = 0;
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - began.ms) {
    for (; sent < (elapsed / 1000) * perSecond; sent++) {
      const sentAt = performance.now();
      const connection = connections[sent % connections.length] as RawConnection;
      const onEnd = (): void => void latencies.push(performance.now() - sentAt);
      connection.send(next(sent % clients, sent), { onEnd });
    }
    await systemClock.sleep(2, never);
  }
  while (latencies.length < sent) await systemClock.sleep(2, never);
  return report(latencies, { began, bytes: 0 });
}

const nothing: Buffer = Buffer.alloc(0);
const newline = 10;
const mark = Buffer.from(sequenceMark);

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
            const found = whole.indexOf(mark, at);
            const sequence = Number.parseInt(
              whole.toString('latin1', found + mark.length, found + mark.length + 10),
              10,
            );
            if (found < 0 || found > end || sequence !== seen)
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
