// What does the log of a pod show that no node has yet?

import { afterAll, beforeAll, expect, test } from 'vitest';
import { paths, pod, startTestServer, type TestServer } from '../testing.ts';
import { unreachable } from './log-response.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.create(paths.pods, pod('waits'));
});
afterAll(() => server.stop());

test.each([
  { query: '', status: 204, message: undefined },
  { query: '?follow=true', status: 204, message: undefined },
  { query: '?container=none', status: 400, message: 'container none is not valid for pod waits' },
  {
    query: '?tailLines=-1',
    status: 422,
    message: expect.stringContaining('tailLines: Invalid value: -1: must be greater than or equal to 0') as string,
  },
])('pods/waits/log$query -> $status', async ({ query, status, message }) => {
  const answer = await server.call(`GET ${paths.pods}/waits/log${query}`);
  expect(answer).toMatchObject({ status, ...(message !== undefined && { json: { message } }) });
});

test('the log of a pod whose agent does not answer -> why not, in the words of Go', async () => {
  const target = { host: '192.0.2.1', port: 10250, path: '/containerLogs/default/p/app' };
  const refused = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:10250'), {
    code: 'ECONNREFUSED',
    address: '192.0.2.1',
    port: 10250,
  });
  expect(unreachable(target, refused).message).toBe(
    'Internal error occurred: Get "https://192.0.2.1:10250/containerLogs/default/p/app": dial tcp 192.0.2.1:10250: connect: connection refused',
  );
});
