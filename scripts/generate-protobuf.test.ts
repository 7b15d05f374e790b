import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeProtobuf } from '../src/apimachinery/protobuf/decode.ts';
import { isProtobuf } from '../src/apimachinery/protobuf/messages.ts';
import { readKubectl } from './generate-protobuf.ts';

let folder: string;
let server: Server;
const received: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'amarre-kubectl-'));
  writeFileSync(join(folder, 'kubectl'), readKubectl());
  chmodSync(join(folder, 'kubectl'), 0o755);
  // Records what is created, and answers with it.
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const object = isProtobuf(request.headers['content-type'] ?? '')
        ? decodeProtobuf(Buffer.concat(chunks))
        : undefined;
      if (object) received.push(object);
      response.writeHead(object ? 201 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          object ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 },
        ),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server?.close();
  server?.closeAllConnections();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function kubectl(...args: string[]): Promise<{ code: number; output: string }> {
  const { port } = server.address() as AddressInfo;
  const child = spawn(
    join(folder, 'kubectl'),
    [`--server=http://127.0.0.1:${port}`, `--cache-dir=${folder}/cache`, ...args],
    {
      env: { HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

test.each<{ args: string[]; output: string; want: unknown }>([
  {
    args: ['namespace', 'demo'],
    output: 'namespace/demo created',
    want: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' }, spec: {}, status: {} },
  },
  {
    args: ['configmap', 'c', '--from-literal=a=1'],
    output: 'configmap/c created',
    want: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } },
  },
  {
    args: ['secret', 'generic', 's', '--from-literal=p=ä'],
    output: 'secret/s created',
    want: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { p: 'w6Q=' } },
  },
  {
    args: ['deployment', 'd', '--image=nginx', '--replicas=0', '--port=80'],
    output: 'deployment.apps/d created',
    want: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', labels: { app: 'd' } },
      status: {},
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'd' } },
        strategy: {},
        template: {
          metadata: { labels: { app: 'd' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }], resources: {} }] },
        },
      },
    },
  },
  {
    args: ['quota', 'q', '--hard=requests.storage=1024Mi'],
    output: 'resourcequota/q created',
    want: {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: { hard: { 'requests.storage': '1Gi' } },
      status: {},
    },
  },
  {
    args: ['service', 'clusterip', 'w', '--tcp=80:http'],
    output: 'service/w created',
    want: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'w', labels: { app: 'w' } },
      status: { loadBalancer: {} },
      spec: {
        type: 'ClusterIP',
        selector: { app: 'w' },
        ports: [{ name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http' }],
      },
    },
  },
])('kubectl create $args -> the object that it means', async ({ args, output, want }) => {
  received.length = 0;
  const result = await kubectl('create', ...args);
  expect(result).toEqual({ code: 0, output: `${output}\n` });
  expect(received).toEqual([want]);
});
