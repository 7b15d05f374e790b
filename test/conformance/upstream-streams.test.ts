// Are exec, attach and port-forward answered and counted as upstream does it? A fake kubelet serves both servers.

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { TimeoutError } from '../../src/base/clock.ts';
import { freePort } from '../../src/base/free-port.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { valuesOf } from './upstream/metrics.ts';

const why = await whyNoUpstream();
if (why) report(`streams are not compared with upstream's: ${why}`);

const { signal } = new AbortController();
/** What is refused before it reaches a handler is never counted. */
const countedMs = 1000;
const pods = '/api/v1/namespaces/default/pods';
const node = (name: string, port: number, addresses: object[]): object => ({
  metadata: { name },
  status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port: port } } },
});
const local = [{ type: 'InternalIP', address: '127.0.0.1' }];
const pod = (name: string, nodeName?: string): object => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...(nodeName && { nodeName }) },
});

/** What the fake kubelet answers for a pod of this name, with its code; it takes all other streams, and ends them. */
const refusing = /\/refuses-(\d+)(?:$|[/?])/;

/** Streams, and what is asked for without one: `upgrade` changes the protocol. */
const requests: { name: string; line: string; isUpgrade?: boolean; protocol?: string }[] = [
  ...['exec', 'attach', 'portforward'].flatMap((verb) => {
    const query = verb === 'portforward' ? '?ports=80' : `?stdout=true${verb === 'exec' ? '&command=x' : ''}`;
    const at = (name: string): string => `${pods}/${name}/${verb}${query}`;
    return [
      { name: `${verb} that ends`, line: `GET ${at('runs')}`, isUpgrade: true },
      { name: `${verb} that is only tried`, line: `GET ${at('runs')}&dryRun=All`, isUpgrade: true },
      ...[403, 404, 500, 302].map((code) => ({
        name: `${verb} that the kubelet refuses with ${code}`,
        line: `GET ${at(`refuses-${code}`)}`,
        isUpgrade: true,
      })),
      { name: `${verb} on a node whose kubelet is gone`, line: `GET ${at('left')}`, isUpgrade: true },
      { name: `${verb} on a node that is gone`, line: `GET ${at('lost')}`, isUpgrade: true },
      { name: `${verb} on a node without an address`, line: `GET ${at('hidden')}`, isUpgrade: true },
      { name: `${verb} in a pod without a node`, line: `GET ${at('waits')}`, isUpgrade: true },
      { name: `${verb} in a pod that is not there`, line: `GET ${at('none')}`, isUpgrade: true },
      { name: `${verb} in a container that is not there`, line: `GET ${at('runs')}&container=d`, isUpgrade: true },
      { name: `${verb} without a stream`, line: `GET ${at('runs')}` },
      { name: `POST of ${verb} without a stream`, line: `POST ${at('runs')}` },
      { name: `${verb} without a stream on a node whose kubelet is gone`, line: `GET ${at('left')}` },
      { name: `${verb} without a stream in a pod that is not there`, line: `GET ${at('none')}` },
      { name: `PUT of ${verb}`, line: `PUT ${at('runs')}` },
      { name: `DELETE of ${verb}`, line: `DELETE ${at('runs')}` },
      { name: `${verb} below it`, line: `GET ${pods}/runs/${verb}/more`, isUpgrade: true },
      { name: `${verb} of a config map`, line: `GET /api/v1/namespaces/default/configmaps/a/${verb}`, isUpgrade: true },
    ];
  }),
  { name: 'exec of no command', line: `GET ${pods}/runs/exec?stdout=true`, isUpgrade: true },
  { name: 'a subresource that none has', line: 'GET /api/v1/namespaces/default/configmaps/a/none' },
  { name: 'exec of a config map, without a stream', line: 'GET /api/v1/namespaces/default/configmaps/a/exec' },
  { name: 'PUT of a collection', line: 'PUT /api/v1/namespaces/default/configmaps' },
  { name: 'POST of one object', line: 'POST /api/v1/namespaces/default/configmaps/a' },
  { name: 'exec without any stream in it', line: `GET ${pods}/runs/exec?command=x`, isUpgrade: true },
];

interface Answered {
  status: number;
  message: unknown;
}

describe.skipIf(why)('a stream', () => {
  let servers: BothServers;
  let fakeKubelet: Server;

  beforeAll(async () => {
    servers = await startBothServers();
    fakeKubelet = startFakeKubelet(servers);
    await new Promise<void>((resolve) => fakeKubelet.listen(0, '127.0.0.1', resolve));
    const { port } = fakeKubelet.address() as AddressInfo;
    await servers.both('POST /api/v1/nodes', node('there', port, local));
    await servers.both('POST /api/v1/nodes', node('empty', await freePort(), local));
    await servers.both('POST /api/v1/nodes', node('nowhere', port, []));
    const refusals = [403, 404, 500, 302].map((code) => pod(`refuses-${code}`, 'there'));
    const others = [
      pod('runs', 'there'),
      pod('left', 'empty'),
      pod('lost', 'gone'),
      pod('hidden', 'nowhere'),
      pod('waits'),
    ];
    for (const each of [...refusals, ...others]) {
      const made = await servers.both(`POST ${pods}`, each);
      expect([made.ours.status, made.upstream.status]).toEqual([201, 201]);
    }
  }, 120_000);
  afterAll(async () => {
    await servers?.stop();
    fakeKubelet?.closeAllConnections();
    await new Promise((resolve) => fakeKubelet.close(resolve));
  });

  test.each(requests)('$name -> answered and counted as by upstream', async ({ line, isUpgrade = false }) => {
    const [ours, upstream] = await Promise.all(
      (['ours', 'upstream'] as const).map(async (side) => {
        const counts = async (): Promise<Map<string, number>> => {
          const { text: page } = await servers[side]('GET /metrics', undefined, { accept: '*/*' });
          return valuesOf(page, 'apiserver_request_total');
        };
        const before = await counts();
        const answered = await ask(servers, `${servers.urls[side]}`, { line, isUpgrade });
        let counted: string[] = [];
        const isCounted = async (): Promise<boolean> => {
          const after = [...(await counts())];
          counted = after.filter(([series, value]) => value !== (before.get(series) ?? 0)).map(([series]) => series);
          // Others, and upstream itself, ask for other things meanwhile.
          counted = counted.filter((series) => /resource="(?:pods|configmaps)"/.test(series)).toSorted();
          return counted.length > 0;
        };
        const waiting = { what: 'a count', timeoutMs: countedMs, signal };
        await clock
          .withTimeout(waiting, (until) => pollUntil(isCounted, { clock, signal: until, intervalMs: 50 }))
          .catch((error: unknown) => expect(error).toBeInstanceOf(TimeoutError));
        return { answered, counted };
      }),
    );
    expect(ours).toEqual(upstream);
  });
});

/** Sends one request, and waits until the connection of a stream has ended. */
async function ask(
  { identity: { ca, cert, key } }: BothServers,
  url: string,
  { line, isUpgrade }: { line: string; isUpgrade: boolean },
): Promise<Answered> {
  const [method = '', path = ''] = line.split(' ');
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'v4.channel.k8s.io',
  };
  const request = httpsRequest(`${url}${path}`, {
    method,
    ca,
    cert,
    key,
    agent: false,
    headers: isUpgrade ? upgrade : {},
  });
  request.end();
  const upgraded = once(request, 'upgrade') as Promise<[IncomingMessage, Duplex]>;
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  upgraded.catch(() => {});
  answered.catch(() => {});
  const [answer, socket] = await Promise.race([upgraded, answered]);
  if (socket) {
    socket.on('error', () => {}).destroy();
    return { status: answer.statusCode ?? 0, message: answer.headers['sec-websocket-protocol'] };
  }
  const body = await text(answer);
  return { status: answer.statusCode ?? 0, message: messageOf(body) };
}

function messageOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function startFakeKubelet({ identities }: BothServers): Server {
  const { ca, cert, key } = identities.node;
  const kubelet = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const [, code = '400'] = refusing.exec(request.url ?? '') ?? [];
    response.writeHead(Number(code), { 'content-type': 'text/plain' }).end(`refused with ${code}`);
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false });
  kubelet.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [, code] = refusing.exec(request.url ?? '') ?? [];
    if (code === undefined) return sockets.handleUpgrade(request, socket, head, (stream) => stream.close(1000));
    const said = `refused with ${code}`;
    socket.end(`HTTP/1.1 ${code} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${said.length}\r\n\r\n${said}`);
  });
  return kubelet;
}
