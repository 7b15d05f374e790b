// Whom does the API server ask in the name of its clients? Nobody whom only it can reach.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeAll(async () => {
  const unreachable = () => Promise.reject(new Error('nobody is there'));
  server = await startTestServer({ kubelet: { get: unreachable, forward: unreachable } });
});
afterAll(() => server.stop());

test.each([
  { ip: '10.1.2.3', want: [503, 'error trying to reach service: nobody is there'] },
  { ip: '127.0.0.1', want: [503, 'error trying to reach service: nobody is there'] },
  { ip: '169.254.169.254', want: [400, 'address not allowed'] },
  { ip: '224.0.0.1', want: [400, 'address not allowed'] },
  { ip: '0.0.0.0', want: [400, 'address not allowed'] },
  { ip: 'fe80::1', want: [400, 'address not allowed'] },
])('pods/proxy of a pod at $ip -> $want', async ({ ip, want }) => {
  const name = `at-${ip.replaceAll(/[.:]+/g, '-')}`;
  await server.create(paths.pods, pod(name));
  await server.call(`PATCH ${paths.pods}/${name}/status`, { status: { podIP: ip, podIPs: [{ ip }] } }, mergePatch);
  const { status, json } = await server.call(`GET ${paths.pods}/${name}:1/proxy/`);
  expect([status, json.message]).toEqual(want);
});
