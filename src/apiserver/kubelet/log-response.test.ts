// What does the log of a pod show that no node has yet?

import { afterAll, beforeAll, expect, test } from 'vitest';
import { paths, pod, startTestServer, type TestServer } from '../testing.ts';

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
