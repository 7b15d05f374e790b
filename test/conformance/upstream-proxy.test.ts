// What becomes of a page that is proxied? A pod answers both servers, whose links must lead to the same places.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';

/** Pods have no loopback addresses. */
const address = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
const why = (await whyNoUpstream()) ?? (address ? undefined : 'this machine has no address');
if (why) report(`proxied pages are not compared with upstream's: ${why}`);

const links = [
  '/x',
  '/',
  '/a/?b=/c#/d',
  '/a/../b',
  'x',
  './x',
  '?a=b',
  '#f',
  '',
  'mailto:a@b',
  'https://example.com/x',
];
const elements = [
  'a href',
  'area href',
  'audio src',
  'base href',
  'blockquote cite',
  'body background',
  'button formaction',
  'form action',
  'frame longdesc',
  'iframe src',
  'img src',
  'img usemap',
  'input formaction',
  'ins cite',
  'link href',
  'object data',
  'q cite',
  'script src',
  'source src',
  'video poster',
  'p href',
  'a title',
  'div src',
  'img srcset',
];
const pages: Record<string, { status?: number; headers: Record<string, string>; body: string }> = {
  '/links': {
    headers: { 'content-type': 'text/html; charset=utf-8', 'access-control-allow-origin': '*', 'x-mine': '1' },
    body: links.map((link) => `<a href="${link}">${link}</a>\n`).join(''),
  },
  '/elements': {
    headers: { 'content-type': 'text/html' },
    body: elements.map((each) => `<${each}="/x"></${each.split(' ')[0]}>\n`).join(''),
  },
  '/text': { headers: { 'content-type': 'text/plain' }, body: '<a href="/x">' },
  '/xml': { headers: { 'content-type': 'application/xhtml+xml' }, body: '<a href="/x">' },
  '/moved': { status: 302, headers: { location: '/there/?a=b' }, body: '' },
  '/away': {
    status: 301,
    headers: { location: 'https://example.com/x', 'content-type': 'text/html' },
    body: '<a href="/x">',
  },
  '/near': { status: 307, headers: { location: 'there' }, body: '' },
};

const isOfHandedOver = /^apiserver_request_total\{(?=.*code="(?:0|101)").*verb="CONNECT"/;
const labelsOf = (line: string): string[] => line.replace(/ \d+$/, '').split(/[{},]/).toSorted();

describe.skipIf(why)('a proxied page', () => {
  let servers: BothServers;
  let pod: Server;
  let proxy: string;

  beforeAll(async () => {
    servers = await startBothServers();
    pod = createServer((request, response): void => {
      const page = pages[request.url ?? ''];
      const { host = '', 'x-forwarded-uri': uri } = request.headers;
      if (request.url?.startsWith('/seen')) {
        response.end(JSON.stringify(seen(request.headers)));
        return;
      }
      const asked = {
        headers: { 'content-type': 'text/plain' },
        body: `${host === proxied(request.headers) ? 'as asked' : host} ${uri}`,
      };
      const { headers, body, status = 200 } = page ?? { ...asked, status: 200 };
      response.writeHead(status, headers).end(body);
    });
    pod.on('upgrade', ({ headers }, socket) => {
      socket.end(
        [
          'HTTP/1.1 101 Switching Protocols',
          'Connection: Upgrade',
          'Upgrade: websocket',
          `X-Seen: ${JSON.stringify(seen(headers))}`,
          '\r\n',
        ].join('\r\n'),
      );
    });
    await new Promise<void>((resolve) => pod.listen(0, resolve));
    const { port } = pod.address() as AddressInfo;
    const path = '/api/v1/namespaces/default/pods';
    await servers.both(`POST ${path}`, {
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    });
    const status = { podIP: address, podIPs: [{ ip: address }], phase: 'Running' };
    const merge = { 'content-type': 'application/merge-patch+json' };
    await servers.both(`PATCH ${path}/web/status`, { status }, merge);
    proxy = `${path}/web:${port}/proxy`;
  });
  afterAll(async () => {
    await servers?.stop();
    await new Promise((resolve) => pod.close(resolve));
  });

  /** Headers without what each server says of itself. */
  const seen = ({ host = '', connection, ...headers }: IncomingHttpHeaders): object => {
    const { 'user-agent': agent, 'accept-encoding': _own, ...rest } = headers;
    return {
      ...rest,
      host: host === 'example.com' ? host : host === proxied({ host }) && 'the server',
      ...(agent === asking['user-agent'] && { agent }),
      ...(connection === 'Upgrade' && { connection }),
    };
  };

  /** The host that a client has named: it is that of a server, and so on loopback. */
  const proxied = ({ host = '' }: { host?: string }): string => (/^127\.0\.0\.1:\d+$/.test(host) ? host : 'another');

  const shown = ({ status, headers, text }: ApiAnswer): object => {
    const names = ['location', 'content-type', 'x-mine', 'access-control-allow-origin'];
    return { status, text, headers: names.map((name) => headers[name]) };
  };

  const asking: Record<string, string> = {
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-host': 'a host',
    'x-forwarded-proto': 'a protocol',
    'x-forwarded-uri': '/elsewhere',
    forwarded: 'for=1.2.3.4',
    authorization: 'Bearer nothing',
    cookie: 'a=b',
    origin: 'http://example.com',
    referer: 'http://example.com/x',
    'x-remote-user': 'somebody',
    'x-remote-uid': 'an id',
    'x-remote-group': 'a group',
    'x-remote-extra-scopes': 'a scope',
    'user-agent': 'mine/1',
  };

  test.each([{}, asking])('asked with the headers %j -> the same headers reach the pod', async (headers) => {
    const { ours, upstream } = await servers.both(`GET ${proxy}/seen`, undefined, { accept: '*/*', ...headers });
    expect(ours.json).toEqual(upstream.json);
  });

  test.each([{}, asking, { host: 'example.com' }])(
    'a WebSocket with the headers %j -> the same headers reach the pod',
    async (headers) => {
      const [ours, upstream] = await Promise.all(
        [servers.urls.ours, servers.urls.upstream].map((url) => upgraded(`${url}${proxy}/seen`, headers)),
      );
      expect(ours).toEqual(upstream);
    },
  );

  test('a WebSocket that has ended -> counted as upstream counts it', async () => {
    await Promise.all([servers.urls.ours, servers.urls.upstream].map((url) => upgraded(`${url}${proxy}/seen`, {})));
    const counted = async (): Promise<string[][]> => {
      const { ours, upstream } = await servers.both('GET /metrics', undefined, { accept: '*/*' });
      return [ours, upstream].map(({ text }) => text.split('\n').filter((line) => isOfHandedOver.test(line)));
    };
    await vi.waitFor(async () => expect((await counted())[0]).not.toEqual([]));
    const [ours, upstream] = (await counted()).map((lines) => lines.map(labelsOf));
    expect(ours).toEqual(upstream);
  });

  /** What the pod was sent when a connection was to change its protocol. */
  async function upgraded(url: string, headers: Record<string, string>): Promise<unknown> {
    const { ca, cert, key } = servers.identity;
    const request = httpsRequest(url, {
      ca,
      cert,
      key,
      agent: false,
      // A host that the client makes up is none of the certificate's.
      servername: '',
      checkServerIdentity: () => undefined,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-version': '13',
        ...headers,
      },
    });
    request.end();
    const [answer, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Duplex];
    socket.destroy();
    return JSON.parse(String(answer.headers['x-seen']));
  }

  test.each([...Object.keys(pages), '/asked/', '/asked?a=b'])('%s', async (path) => {
    const { ours, upstream } = await servers.both(`GET ${proxy}${path}`, undefined, { accept: '*/*' });
    expect(upstream.status).toBeLessThan(400);
    expect(shown(ours)).toEqual(shown(upstream));
  });
});
