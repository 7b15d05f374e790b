import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { silentLogger as log } from '../log.ts';
import { pollUntil } from '../poll.ts';
import { systemClock as clock } from '../system-clock.ts';
import { balance } from './balancer.ts';
import { failuresMax, inOrder, type ServerHealth } from './choice.ts';

const host = '127.0.0.1';
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface TestServer {
  name: string;
  host: string;
  port: number;
  /** `busy` waits for somebody else before it says whether it is ready. */
  says: 'ready' | 'not-ready' | 'busy' | 'nothing';
  /** Ends as a process does that is killed. */
  kill: () => void;
}

/** Answers each text with its name and the text once that has ended; `.` ends nothing and is answered at once. */
async function startServer(name: string): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      if (chunk.toString() === '.') socket.write(name);
      else text += chunk.toString();
    });
    socket.on('end', () => socket.end(`${name}:${text}`));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const kill = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  stops.push(kill);
  const address = server.address();
  return { name, host, port: typeof address === 'object' && address ? address.port : 0, says: 'ready', kill };
}

async function startBalancer(servers: TestServer[]): Promise<number> {
  const stopping = new AbortController();
  const forEver = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const isReady = ({ says }: TestServer, signal: AbortSignal): Promise<boolean> =>
    says === 'nothing' || says === 'busy' ? forEver(signal) : Promise.resolve(says === 'ready');
  const answers = ({ says }: TestServer, signal: AbortSignal): Promise<unknown> =>
    says === 'nothing' ? forEver(signal) : Promise.resolve();
  const timing = { intervalMs: 5, timeoutMs: 200 };
  const options = { listen: [{ host, port: 0 }], servers, isReady, answers, clock, log, ...timing };
  const { ports, closed } = await balance(options, stopping.signal);
  stops.push(() => {
    stopping.abort();
    return closed;
  });
  await clock.sleep(20, new AbortController().signal);
  return ports[0] as number;
}

/** Sends `text` and its end; gives all that comes back. */
async function ask(port: number, text: string): Promise<string> {
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

/** A connection that stays; the name of who answers at its other end. */
async function stay(port: number): Promise<{ socket: Socket; name: string }> {
  const socket = connect({ port, host });
  socket.on('error', () => {});
  stops.push(() => socket.destroy());
  socket.write('.');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return { socket, name: chunk.toString() };
}

const signal = new AbortController().signal;

test('large text and its end -> both go through, and so does the answer', async () => {
  const port = await startBalancer([await startServer('a')]);
  const text = 'x'.repeat(3_000_000);
  expect(await ask(port, text)).toBe(`a:${text}`);
});

test('connections that stay -> spread over the servers', async () => {
  const port = await startBalancer([await startServer('a'), await startServer('b')]);
  const names = [];
  for (let index = 0; index < 4; index += 1) names.push((await stay(port)).name);
  expect(names.toSorted()).toEqual(['a', 'a', 'b', 'b']);
});

test('a server dies -> its connections end, and new ones go to the other at once', async () => {
  const [a, b] = [await startServer('a'), await startServer('b')];
  const port = await startBalancer([a, b]);
  const { socket, name } = await stay(port);
  expect(name).toBe('a');
  const ended = once(socket, 'close');
  a.kill();
  await ended;
  for (let index = 0; index < 4; index += 1) expect(await ask(port, 'x')).toBe('b:x');
});

test('a server stands still -> its connections are closed, and new ones go to the other until it answers', async () => {
  const [a, b] = [await startServer('a'), await startServer('b')];
  const port = await startBalancer([a, b]);
  const [first, second] = [await stay(port), await stay(port)];
  expect([first.name, second.name]).toEqual(['a', 'b']);
  a.says = 'nothing';
  await once(first.socket, 'close');
  expect(second.socket.destroyed).toBe(false);
  expect(await ask(port, 'x')).toBe('b:x');
  a.says = 'ready';
  await pollUntil(async () => (await ask(port, 'x')) === 'a:x', { clock, signal, intervalMs: 5 });
});

test.each(['not-ready', 'busy'] as const)(
  'a server that is %s -> keeps its connections, gets no new ones',
  async (says) => {
    const [a, b] = [await startServer('a'), await startServer('b')];
    const port = await startBalancer([a, b]);
    const { socket } = await stay(port);
    a.says = says;
    await clock.sleep(800, signal);
    expect(socket.destroyed).toBe(false);
    await stay(port);
    expect((await stay(port)).name).toBe('b');
  },
);

test('no server is ready -> one gets the connection all the same', async () => {
  const [a, b] = [await startServer('a'), await startServer('b')];
  a.kill();
  b.says = 'not-ready';
  expect(await ask(await startBalancer([a, b]), 'x')).toBe('b:x');
});

test('no server is there -> the connection is refused', async () => {
  const a = await startServer('a');
  const port = await startBalancer([a]);
  a.kill();
  await expect(ask(port, 'x')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('an address that is taken -> rejects', async () => {
  const { port } = await startServer('a');
  const isReady = (): Promise<boolean> => Promise.resolve(true);
  const options = { listen: [{ host, port }], servers: [], isReady, answers: isReady, clock, log };
  await expect(balance(options, signal)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

const ready: ServerHealth = { isReady: true, failures: 0 };
const refusing: ServerHealth = { isReady: false, failures: 0 };
const failing: ServerHealth = { isReady: false, failures: 1 };
const silent: ServerHealth = { isReady: false, failures: failuresMax };

test.each([
  {
    name: 'all ready -> fewest connections first',
    health: [ready, ready, ready],
    connections: [2, 0, 1],
    want: [1, 2, 0],
  },
  { name: 'equal -> their order', health: [ready, ready], connections: [1, 1], want: [0, 1] },
  {
    name: 'worse health -> later, however few connections',
    health: [silent, failing, refusing, ready],
    connections: [0, 0, 0, 9],
    want: [3, 2, 1, 0],
  },
])('inOrder: $name', ({ health, connections, want }) => {
  const candidates = health.map((each, index) => ({ index, health: each, connections: connections[index] ?? 0 }));
  expect(inOrder(candidates).map(({ index }) => index)).toEqual(want);
});

test('stopped -> once it says so, its address is free and no connection is open', async () => {
  const server = await startServer('a');
  const stopping = new AbortController();
  const options = { listen: [{ host, port: 0 }], servers: [server], clock, log };
  const asked = { isReady: () => Promise.resolve(true), answers: () => Promise.resolve() };
  const { ports, closed } = await balance({ ...options, ...asked }, stopping.signal);
  const client = connect({ host, port: ports[0] ?? 0 });
  client.on('error', () => {});
  client.write('.');
  await once(client, 'data');
  const ended = once(client, 'close');
  stopping.abort();
  await closed;
  const next = createServer();
  next.listen(ports[0], host);
  await once(next, 'listening');
  next.close();
  await ended;
});
