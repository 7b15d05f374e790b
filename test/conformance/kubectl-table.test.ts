// Does every command of kubectl work? Both versions, one row per command: what it prints, and its exit code.

import { spawn } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  createPodOnNode,
  type FakeAgent,
  type HttpsTestServer,
  startFakeAgent,
  startHttpsTestServer,
  testIdentities,
} from '../../src/apiserver/https/testing.ts';
import { serveForwarding } from '../../src/nodeagent/server/port-forward.ts';
import { type Kubectl, kubectlFor } from '../fixtures/kubectl.ts';

interface Row {
  args: string;
  input?: string;
  /** What standard output must match. */
  out: RegExp;
  /** 0 when absent. */
  code?: number;
}

const configMap = (value: string): string =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"f"},"data":{"a":"${value}"}}`;
const merge = (body: object): string => JSON.stringify(body).replaceAll(' ', '');

// In this order: later rows use what earlier ones made.
const rows: Row[] = [
  { args: 'version', out: /Client Version: v1\.3[45]\.\d+\n.*\n?Server Version: v1\.36\.0/ },
  { args: 'api-versions', out: /^apps\/v1$/m },
  { args: 'api-resources --namespaced=false', out: /^nodes +no +v1 +false +Node$/m },
  { args: 'cluster-info', out: /Kubernetes control plane.* is running at/ },
  { args: 'create namespace rows', out: /^namespace\/rows created\n$/ },
  { args: 'create -n rows -f -', input: configMap('1'), out: /^configmap\/f created\n$/ },
  { args: 'create -n rows configmap c --from-literal=a=1', out: /^configmap\/c created\n$/ },
  { args: 'create -n rows secret generic s --from-literal=a=1', out: /^secret\/s created\n$/ },
  { args: 'create -n rows deployment d --image=i --replicas=2', out: /^deployment.apps\/d created\n$/ },
  {
    args: 'create -n rows pdb b --selector=app=none --min-available=1',
    out: /^poddisruptionbudget.policy\/b created\n$/,
  },
  {
    args: 'create -n rows cronjob hourly --image=i --schedule=@hourly',
    out: /^cronjob.batch\/hourly created\n$/,
  },
  { args: 'create -n rows job once --from=cronjob/hourly', out: /^job.batch\/once created\n$/ },
  {
    args: 'get -n rows cronjob hourly',
    out: /^NAME +SCHEDULE +.*\nhourly +@hourly +<none> +False +0 +<none> +\d+s\n$/,
  },
  {
    args: 'autoscale -n rows deployment d --min=1 --max=3 --cpu-percent=80',
    out: /^horizontalpodautoscaler.autoscaling\/d autoscaled\n$/,
  },
  { args: 'get -n rows hpa d', out: /^NAME +REFERENCE +TARGETS +MINPODS.*\nd +Deployment\/d +\S.* 1 +3 +0 +\d+s\n$/ },
  { args: 'create -n rows quota q --hard=pods=9', out: /^resourcequota\/q created\n$/ },
  { args: 'get -n rows configmap c f', out: /^NAME +DATA +AGE\nc +1 +\d+s\nf +1 +\d+s\n$/ },
  {
    args: 'get -n rows deployment d -o wide',
    out: /^NAME +READY .*CONTAINERS +IMAGES +SELECTOR\nd +0\/2 .* i +i +app=d\n$/,
  },
  { args: 'get -n rows configmap c -o json', out: /"a": "1"/ },
  { args: 'get -n rows configmap c -o yaml', out: /^data:\n {2}a: "1"\n/m },
  { args: 'get -n rows configmap c -o custom-columns=X:.data.a', out: /^X\n1\n$/ },
  { args: 'get -n rows configmap --sort-by=.metadata.name -o name', out: /^configmap\/c\nconfigmap\/f\n/ },
  { args: 'get -n rows all', out: /deployment.apps\/d/ },
  { args: 'get -n rows configmap --field-selector=metadata.name=c -o name', out: /^configmap\/c\n$/ },
  { args: 'describe -n rows deployment d', out: /^Replicas: +2 desired/m },
  { args: 'explain deployment.spec.replicas', out: /FIELD: replicas <integer>/ },
  { args: 'apply -n rows -f -', input: configMap('1').replace('"f"', '"g"'), out: /^configmap\/g created\n$/ },
  { args: 'apply -n rows -f -', input: configMap('2').replace('"f"', '"g"'), out: /^configmap\/g configured\n$/ },
  { args: 'apply -n rows -f -', input: configMap('2').replace('"f"', '"g"'), out: /^configmap\/g unchanged\n$/ },
  {
    args: 'apply -n rows --server-side -f -',
    input: configMap('1').replace('"f"', '"ss"'),
    out: /^configmap\/ss serverside-applied\n$/,
  },
  { args: 'diff -n rows -f -', input: configMap('3').replace('"f"', '"g"'), out: /^\+ {2}a: "3"$/m, code: 1 },
  { args: `patch -n rows configmap c -p ${merge({ data: { b: '2' } })}`, out: /^configmap\/c patched\n$/ },
  {
    args: `patch -n rows configmap c --type=merge -p ${merge({ data: { b: null } })}`,
    out: /^configmap\/c patched\n$/,
  },
  {
    args: `patch -n rows configmap c --type=json -p ${merge([{ op: 'add', path: '/data/j', value: '1' }])}`,
    out: /^configmap\/c patched\n$/,
  },
  { args: 'label -n rows configmap c x=y', out: /^configmap\/c labeled\n$/ },
  { args: 'annotate -n rows configmap c x=y', out: /^configmap\/c annotated\n$/ },
  { args: 'scale -n rows deployment d --replicas=0', out: /^deployment.apps\/d scaled\n$/ },
  { args: 'replace -n rows -f -', input: configMap('9'), out: /^configmap\/f replaced\n$/ },
  { args: 'edit -n rows configmap f', out: /^configmap\/f edited\n$/ },
  { args: 'get -n rows configmap f -o jsonpath={.data.a}', out: /^edited$/ },
  { args: 'wait -n rows configmap/c --for=jsonpath={.data.j}=1 --timeout=10s', out: /^configmap\/c condition met\n$/ },
  { args: 'wait -n rows configmap/c --for=delete --timeout=1s', out: /^$/, code: 1 },
  { args: 'rollout -n rows pause deployment d', out: /^deployment.apps\/d paused\n$/ },
  { args: 'rollout -n rows resume deployment d', out: /^deployment.apps\/d resumed\n$/ },
  { args: 'rollout -n rows restart deployment d', out: /^deployment.apps\/d restarted\n$/ },
  { args: 'rollout -n rows status deployment d --timeout=1s', out: /^Waiting for deployment spec update/, code: 1 },
  {
    args: `patch -n rows deployment d --subresource=status --type=merge -p ${merge({ status: { observedGeneration: 99 } })}`,
    out: /^deployment.apps\/d patched\n$/,
  },
  { args: 'rollout -n rows status deployment d', out: /^deployment "d" successfully rolled out\n$/ },
  { args: 'rollout -n rows undo deployment d', out: /^$/, code: 1 },
  { args: 'rollout -n rows history deployment d', out: /^deployment.apps\/d \n/ },
  { args: 'logs web-0', out: /^line 1\nline 2\n$/ },
  { args: 'logs web-0 --tail=2 --timestamps', out: /^line 1\nline 2\n$/ },
  { args: 'logs -f web-0', out: /^line 1\nline 2\n$/ },
  { args: 'attach web-0', out: /^ran \n$/ },
  { args: 'attach -i web-0', input: 'typed', out: /^ran \ntyped$/ },
  { args: 'exec web-0 -- echo hi', out: /^ran echo hi\n$/ },
  { args: 'exec -i web-0 -- cat', input: 'typed', out: /^ran cat\ntyped$/ },
  { args: 'exec web-0 -- false', out: /^$/, code: 7 },
  { args: 'events -n rows', out: /^$/ },
  { args: 'cordon node-1', out: /^node\/node-1 cordoned\n$/ },
  { args: 'get node node-1', out: /node-1 +\S*SchedulingDisabled/ },
  { args: 'uncordon node-1', out: /^node\/node-1 uncordoned\n$/ },
  { args: 'taint node node-1 k=v:NoSchedule', out: /^node\/node-1 tainted\n$/ },
  {
    args: 'drain node-1 --force --ignore-daemonsets --grace-period=0 --timeout=20s',
    out: /pod\/web-0 evicted\nnode\/node-1 drained\n$/,
  },
  { args: 'get -n rows configmap nope', out: /^$/, code: 1 },
  { args: 'get nope', out: /^$/, code: 1 },
  { args: 'delete -n rows configmap c', out: /^configmap "c" deleted( from rows namespace)?\n$/ },
  { args: 'delete -n rows deployment d --cascade=foreground --wait=false', out: /^deployment.apps "d" deleted/ },
  { args: 'delete -n rows configmap --all', out: /configmap "f" deleted/ },
];

describe.each(['1.34', '1.35'] as const)('kubectl %s', (version) => {
  let server: HttpsTestServer;
  let agent: FakeAgent;
  let kubectl: Kubectl;
  let stopForwarder: () => Promise<void>;
  beforeAll(async () => {
    const identities = await testIdentities();
    server = await startHttpsTestServer(identities);
    agent = await startFakeAgent(identities);
    await createPodOnNode(server, agent.port);
    kubectl = await kubectlFor(server.url, identities.admin, version);
    const forwarder = createAgent({ ...identities.node, requestCert: true });
    const sockets = new WebSocketServer({ server: forwarder, handleProtocols: (offered) => [...offered][0] ?? false });
    sockets.on('connection', (socket) =>
      serveForwarding(socket, { pod: 'default/forwarded', uid: 'u', hosts: ['127.0.0.1'] }),
    );
    await new Promise<void>((resolve) => forwarder.listen(0, '127.0.0.1', resolve));
    await createForwardedPod(server, (forwarder.address() as AddressInfo).port);
    stopForwarder = () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        forwarder.close(() => resolve());
        forwarder.closeAllConnections();
      });
  }, 120_000);
  afterAll(async () => {
    await kubectl.dispose();
    await server.stop();
    await agent.stop();
    await stopForwarder();
  });

  test.each(rows)('$args', async ({ args, input, out, code = 0 }) => {
    const argv = args.startsWith('edit')
      ? ['-c', editScript, 'sh', kubectl.command.path, ...kubectl.command.args, ...args.split(' ')]
      : [];
    const result =
      argv.length > 0
        ? await runShell(argv, kubectl.command.env)
        : await kubectl(args.split(' '), input === undefined ? {} : { input });
    expect({ code: result.code, stdout: result.stdout }, result.stderr).toEqual({
      code,
      stdout: expect.stringMatching(out),
    });
  });

  test('port-forward -> many requests through one tunnel, and a refusal where nobody listens', async () => {
    const service = createHttpServer((_request, response) => response.end('x'.repeat(200_000)));
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    const { path, args, env } = kubectl.command;
    const child = spawn(path, [...args, 'port-forward', 'pod/forwarded', `:${port}`], { env });
    let printed = '';
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    try {
      await expect
        .poll(() => /Forwarding from 127\.0\.0\.1:(\d+)/.exec(printed)?.[1], { timeout: 20_000 })
        .toBeDefined();
      const local = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
      const bodies = await Promise.all(
        Array.from({ length: 5 }, async () => (await fetch(`http://127.0.0.1:${local}/`)).text()),
      );
      expect(bodies.map(({ length }) => length)).toEqual([200_000, 200_000, 200_000, 200_000, 200_000]);
    } finally {
      child.kill();
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
    }
  }, 60_000);
});

// kubectl runs the editor with the file's name behind it.
const editScript = `KUBE_EDITOR="sed -i s/'a: \\"9\\"'/'a: edited'/" exec "$@"`;

function runShell(argv: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn('sh', argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

async function createForwardedPod(server: HttpsTestServer, port: number): Promise<void> {
  const patch = { contentType: 'application/merge-patch+json' };
  await server.create('/api/v1/nodes', { metadata: { name: 'node-2' } });
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
  const daemonEndpoints = { kubeletEndpoint: { Port: port } };
  await server.call('PATCH /api/v1/nodes/node-2/status', { status: { addresses, daemonEndpoints } }, patch);
  const pods = '/api/v1/namespaces/default/pods';
  const containers = [{ name: 'app', image: 'amarre.io/host', command: ['sleep', '1'] }];
  await server.create(pods, { metadata: { name: 'forwarded' }, spec: { nodeName: 'node-2', containers } });
  await server.call(`PATCH ${pods}/forwarded/status`, { status: { phase: 'Running' } }, patch);
}
