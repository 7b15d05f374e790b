import { expect, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import { attributesOf } from '../auth/attributes.ts';
import { requestInfoOf } from '../request-info.ts';
import type { UserInfo } from '../types.ts';
import { FlowControl } from './flow-control.ts';
import { levelOf, levelShares } from './levels.ts';

const { signal } = new AbortController();
const total = Object.values(levelShares).reduce((sum, share) => sum + share, 0);
const level = 'catch-all' as const;

/** Requests that end when told to, in the order in which they began. */
function rig(options: { seats?: number; queueMax?: number } = {}) {
  const clock = new FakeClock();
  // One seat for the level of these tests.
  const control = new FlowControl({ clock, seats: total / levelShares[level], ...options });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const request = (flow: string, until: AbortSignal = signal): Promise<string> =>
    control.run(
      { level, flow },
      () =>
        new Promise<string>((resolve) => {
          begun.push(flow);
          ends.push(() => resolve(flow));
        }),
      { signal: until },
    );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { clock, control, begun, ends, request, settle };
}

test('more requests than seats -> one after the other, the flows in turn', async () => {
  const { begun, ends, request, settle } = rig();
  const all = ['a', 'a', 'a', 'b', 'c', 'b'].map((flow) => request(flow));
  for (let index = 0; index < all.length; index++) {
    await settle();
    expect(begun).toHaveLength(index + 1);
    ends[index]?.();
  }
  await Promise.all(all);
  expect(begun).toEqual(['a', 'a', 'b', 'c', 'a', 'b']);
});

test('a flow that floods -> its own requests are refused, with Retry-After; others wait their turn', async () => {
  const { ends, request, settle, begun } = rig({ queueMax: 2 });
  const kept = [request('a'), request('a'), request('a')];
  await expect(request('a')).rejects.toMatchObject({
    reason: 'TooManyRequests',
    code: 429,
    details: { retryAfterSeconds: 1 },
  });
  const other = request('b');
  for (let index = 0; index < 4; index++) {
    await settle();
    ends[index]?.();
  }
  await Promise.all([...kept, other]);
  expect(begun).toEqual(['a', 'a', 'b', 'a']);
});

test('a wait that is too long -> refused, and the seat is not lost', async () => {
  const { clock, ends, request, settle, begun } = rig();
  const first = request('a');
  const late = expect(request('b')).rejects.toMatchObject({ reason: 'TooManyRequests' });
  await clock.advance(15_000);
  await late;
  const next = request('c');
  ends[0]?.();
  await first;
  await settle();
  ends[1]?.();
  await next;
  expect(begun).toEqual(['a', 'c']);
});

test('a client that leaves while it waits -> its turn goes to the next', async () => {
  const { ends, request, settle, begun } = rig();
  const leaving = new AbortController();
  const first = request('a');
  const left = expect(request('b', leaving.signal)).rejects.toThrow('gone');
  const next = request('c');
  leaving.abort(new Error('gone'));
  await left;
  ends[0]?.();
  await first;
  await settle();
  ends[1]?.();
  await next;
  expect(begun).toEqual(['a', 'c']);
});

const node: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
const account = (namespace: string): UserInfo => ({
  name: `system:serviceaccount:${namespace}:x`,
  groups: ['system:serviceaccounts', 'system:authenticated'],
});

test.each<{ name: string; user: UserInfo; path?: string; want: string | undefined }>([
  { name: 'a master', user: { name: 'admin', groups: ['system:masters'] }, want: undefined },
  {
    name: "a node's lease",
    user: node,
    path: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1',
    want: undefined,
  },
  { name: "a node's status", user: node, path: '/api/v1/nodes/n1/status', want: 'node-high' },
  { name: "a node's pods", user: node, want: 'system' },
  { name: 'controllers', user: { name: 'system:amarre:controllers', groups: [] }, want: 'workload-high' },
  {
    name: 'a leader',
    user: { name: 'system:amarre:controllers', groups: [] },
    path: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x',
    want: 'leader-election',
  },
  { name: 'a service account of the system', user: account('kube-system'), want: 'workload-high' },
  { name: 'a service account', user: account('shop'), want: 'workload-low' },
  { name: 'a user', user: { name: 'jane', groups: ['system:authenticated'] }, want: 'global-default' },
  { name: 'anyone else', user: { name: 'jane', groups: [] }, want: 'catch-all' },
])('levelOf: $name -> $want', ({ user, path = '/api/v1/pods', want }) => {
  expect(levelOf(user, attributesOf(requestInfoOf({ method: 'GET', path })))).toBe(want);
});
