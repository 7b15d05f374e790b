// What do the tests of the HTTPS server share? A server with certificates, and an agent for it to talk to.

import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { createAuthority, issueCertificate } from '../../base/certificates.ts';
import { silentLogger } from '../../base/log.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import type { ApiServerOptions } from '../api-server.ts';
import { httpsKubeletClient } from '../kubelet/https-client.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { serveHttps } from './serve.ts';

export interface TestIdentities {
  server: TlsIdentity;
  admin: TlsIdentity;
  kubeletClient: TlsIdentity;
  /** Of node-1; also the agent's server certificate. */
  node: TlsIdentity;
  /** Signed by another authority, with the administrator's names. */
  forged: TlsIdentity;
}

/** One authority and its certificates. */
export async function testIdentities(): Promise<TestIdentities> {
  const options = { nowMs: systemClock.now(), validDays: 1, random: systemRandom };
  const [authority, other] = await Promise.all([createAuthority('test', options), createAuthority('other', options)]);
  const admin = { commonName: 'amarre-admin', organizations: ['system:masters'], usages: ['client' as const] };
  const ipAddresses = ['127.0.0.1'];
  const [server, adminTls, kubeletClient, node, forged] = await Promise.all([
    issueCertificate(authority, { commonName: 'kube-apiserver', ipAddresses, usages: ['server'] }, options),
    issueCertificate(authority, admin, options),
    issueCertificate(authority, { ...admin, commonName: 'kube-apiserver-kubelet-client' }, options),
    issueCertificate(
      authority,
      { commonName: 'system:node:node-1', organizations: ['system:nodes'], ipAddresses, usages: ['client', 'server'] },
      options,
    ),
    issueCertificate(other, admin, options),
  ]);
  return { server, admin: adminTls, kubeletClient, node, forged: { ...forged, ca: authority.cert } };
}

export interface HttpsTestServer extends TestServer {
  port: number;
  url: string;
}

/** A server on a free port of 127.0.0.1; `stop` it. */
export async function startHttpsTestServer(
  identities: TestIdentities,
  options: Partial<ApiServerOptions> = {},
): Promise<HttpsTestServer> {
  const kubelet = httpsKubeletClient(identities.kubeletClient);
  const server = await startTestServer({ kubelet, random: systemRandom, ...options });
  const stopping = new AbortController();
  const listen = [{ host: '127.0.0.1', port: 0 }];
  const { apiServer } = server;
  const { addresses, closed } = await serveHttps(
    { apiServer, listen, tls: identities.server, kubeletTls: identities.kubeletClient, log: silentLogger },
    stopping.signal,
  );
  const port = addresses[0]?.port ?? 0;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await closed;
    await server.stop();
  };
  return { ...server, port, url: `https://127.0.0.1:${port}`, stop };
}

export interface FakeAgent {
  port: number;
  /** Paths that were asked for. */
  paths: string[];
  stop(): Promise<void>;
}

/**
 * An agent that answers logs with two lines and echoes what exec streams send. The command `false` ends
 * with exit code 7; a container named `missing` is refused.
 */
export async function startFakeAgent({ node }: TestIdentities): Promise<FakeAgent> {
  const paths: string[] = [];
  const agent: Server = createServer({ ...node, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    paths.push(request.url ?? '');
    if (request.url?.includes('missing'))
      response.writeHead(400).end('container "missing" is waiting to start: PodInitializing');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end('line 1\nline 2\n');
  });
  const sockets = new WebSocketServer({ server: agent, handleProtocols: (protocols) => [...protocols][0] ?? false });
  sockets.on('connection', (socket, request) => {
    paths.push(request.url ?? '');
    const { searchParams } = new URL(request.url ?? '', 'https://agent');
    const exit = (code: number): void => {
      const causes = [{ reason: 'ExitCode', message: String(code) }];
      const failure = {
        status: 'Failure',
        reason: 'NonZeroExitCode',
        message: `command terminated with non-zero exit code`,
        details: { causes },
      };
      socket.send(
        Buffer.concat([Buffer.from([3]), Buffer.from(JSON.stringify(code === 0 ? { status: 'Success' } : failure))]),
      );
      socket.close(1000);
    };
    if (searchParams.getAll('command')[0] === 'false') {
      exit(7);
      return;
    }
    socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(`ran ${searchParams.getAll('command').join(' ')}\n`)]));
    if (!searchParams.has('input')) exit(0);
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) socket.send(Buffer.concat([Buffer.from([1]), data.subarray(1)]));
      // 255 says that the client will send nothing more on the channel that follows.
      if (data[0] === 255) exit(0);
    });
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  return {
    port: (agent.address() as AddressInfo).port,
    paths,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        agent.close(() => resolve());
        agent.closeAllConnections();
      }),
  };
}

/** A node whose agent is on `port`, and a pod on it. */
export async function createPodOnNode(server: TestServer, port: number): Promise<void> {
  await server.call('POST /api/v1/nodes', { metadata: { name: 'node-1' } });
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await server.call('PATCH /api/v1/nodes/node-1/status', { status }, { contentType: 'application/merge-patch+json' });
  const containers = [{ name: 'app', image: 'amarre.io/host', command: ['sleep', '1'] }];
  await server.call('POST /api/v1/namespaces/default/pods', {
    metadata: { name: 'web-0' },
    spec: { nodeName: 'node-1', containers },
  });
  const running = { phase: 'Running', containerStatuses: [{ name: 'app', ready: true, state: { running: {} } }] };
  await server.call(
    'PATCH /api/v1/namespaces/default/pods/web-0/status',
    { status: running },
    { contentType: 'application/merge-patch+json' },
  );
}
