// What does a client hear whose stream an agent refuses, or that cannot be, and what is counted of it?

import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  createPodOnNode,
  type HttpsTestServer,
  startHttpsTestServer,
  type TestIdentities,
  testIdentities,
} from './testing.ts';

let identities: TestIdentities;
let server: HttpsTestServer;
let agent: Server;

beforeAll(async () => {
  identities = await testIdentities();
  server = await startHttpsTestServer(identities);
  agent = createServer({ ...identities.node });
  agent.on('upgrade', ({ url = '' }, socket) => {
    const code = url.includes('elsewhere') ? 302 : 404;
    socket.end(`HTTP/1.1 ${code} Refused\r\nContent-Length: 4\r\n\r\ngone`);
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  await createPodOnNode(server, (agent.address() as AddressInfo).port);
  await server.call('POST /api/v1/nodes', { metadata: { name: 'node-2' } });
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
  };
  await server.call('PATCH /api/v1/nodes/node-2/status', { status }, { contentType: 'application/merge-patch+json' });
  await server.call('POST /api/v1/namespaces/default/pods', {
    metadata: { name: 'left' },
    spec: { nodeName: 'node-2', containers: [{ name: 'app', image: 'i' }] },
  });
});
afterAll(async () => {
  await server.stop();
  agent.closeAllConnections();
  agent.close();
});

function refusal(path: string, protocol: string): Promise<{ status: number; text: string }> {
  const url = `${server.url.replace('https', 'wss')}/api/v1/namespaces/default/${path}`;
  const socket = new WebSocket(url, protocol, { ...identities.admin });
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
  });
}

const counted = async (): Promise<string[]> => {
  const { json } = await server.call('GET /metrics');
  const lines = String(json['text']).match(/^apiserver_request_total\{.*verb="(?:CONNECT|PUT)".*$/gm) ?? [];
  return lines.map((line) => `${/subresource="(.*?)"/.exec(line)?.[1]} ${/code="(.*?)"/.exec(line)?.[1]}`);
};

const plain = 'v4.channel.k8s.io';
const ofServer = 'v5.channel.k8s.io';
test.each([
  { name: 'an agent refuses it', path: 'pods/web-0/attach', protocol: plain, status: 404, text: 'gone' },
  {
    name: 'an agent refuses one that is made anew',
    path: 'pods/web-0/attach',
    protocol: ofServer,
    status: 500,
    text: '"message":"gone"',
  },
  {
    name: 'an agent sends it elsewhere',
    path: 'pods/web-0/exec?command=elsewhere',
    protocol: plain,
    status: 500,
    text: '"message":"invalid upgrade response: status code 302"',
  },
  {
    name: 'no agent is there',
    path: 'pods/left/exec?command=x',
    protocol: plain,
    status: 500,
    text: '"message":"error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused"',
  },
  {
    name: 'it is only tried',
    path: 'pods/web-0/exec?dryRun=All',
    protocol: plain,
    status: 400,
    text: '"message":"dryRun is not supported"',
  },
  {
    name: 'something below it is asked for',
    path: 'pods/web-0/exec/x',
    protocol: plain,
    status: 404,
    text: 'not find',
  },
  { name: 'its kind has none', path: 'configmaps/a/exec', protocol: plain, status: 404, text: 'not find' },
])('a stream, and $name -> $status $text', async ({ path, protocol, status, text }) => {
  expect(await refusal(path, protocol)).toEqual({ status, text: expect.stringContaining(text) });
});

test('what an agent has refused itself -> counted without a code; what no handler is there for -> not counted', async () => {
  const { status } = await server.call('PUT /api/v1/namespaces/default/pods/web-0/portforward');
  expect(status).toBe(405);
  expect((await server.call('PUT /api/v1/namespaces/default/pods')).status).toBe(405);
  await refusal('pods/web-0/portforward/x', plain);
  await refusal('pods/web-0/portforward', plain);
  await expect
    .poll(async () => (await counted()).filter((each) => /^(?:portforward)? /.test(each)))
    .toEqual(['portforward 0']);
});
