// What becomes of a page that is proxied? A pod answers both servers, whose links must lead to the same places.

import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe.skipIf(why)('a proxied page', () => {
  let servers: BothServers;
  let pod: Server;
  let proxy: string;

  beforeAll(async () => {
    servers = await startBothServers();
    pod = createServer((request, response) => {
      const page = pages[request.url ?? ''];
      const { host = '', 'x-forwarded-uri': uri } = request.headers;
      const asked = {
        headers: { 'content-type': 'text/plain' },
        body: `${host === proxied(request.headers) ? 'as asked' : host} ${uri}`,
      };
      const { headers, body, status = 200 } = page ?? { ...asked, status: 200 };
      response.writeHead(status, headers).end(body);
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

  /** The host that a client has named: it is that of a server, and so on loopback. */
  const proxied = ({ host = '' }: { host?: string }): string => (/^127\.0\.0\.1:\d+$/.test(host) ? host : 'another');

  const shown = ({ status, headers, text }: ApiAnswer): object => {
    const names = ['location', 'content-type', 'x-mine', 'access-control-allow-origin'];
    return { status, text, headers: names.map((name) => headers[name]) };
  };

  test.each([...Object.keys(pages), '/asked/', '/asked?a=b'])('%s', async (path) => {
    const { ours, upstream } = await servers.both(`GET ${proxy}${path}`, undefined, { accept: '*/*' });
    expect(upstream.status).toBeLessThan(400);
    expect(shown(ours)).toEqual(shown(upstream));
  });
});
