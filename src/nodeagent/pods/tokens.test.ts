import { expect, test } from 'vitest';
import type { Pod, Volume } from '../../apis/core/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import { FakeClock } from '../../base/fake-clock.ts';
import type { Client } from '../../client/types.ts';
import { mustRenew, PodTokens } from './tokens.ts';

const hourMs = 60 * 60 * 1000;

test.each([
  { name: 'new', ageMs: 0, lifeMs: hourMs, want: false },
  { name: 'just before four fifths of its life', ageMs: 0.8 * hourMs - 1, lifeMs: hourMs, want: false },
  { name: 'at four fifths of its life', ageMs: 0.8 * hourMs, lifeMs: hourMs, want: true },
  { name: 'of a year, a day old', ageMs: 24 * hourMs, lifeMs: 365 * 24 * hourMs, want: true },
])('mustRenew: a token, $name -> $want', ({ ageMs, lifeMs, want }) => {
  expect(mustRenew({ issuedAtMs: 1000, expiresAtMs: 1000 + lifeMs }, 1000 + ageMs)).toBe(want);
});

const pod = {
  metadata: { name: 'p', namespace: 'shop', uid: 'u' },
  spec: { containers: [], serviceAccountName: 'web' },
} as unknown as Pod;
const projection = { path: 'token', expirationSeconds: 3600 };
const volume: Volume = { name: 'v', projected: { sources: [{ serviceAccountToken: projection }] } };
const { signal } = new AbortController();

function rig() {
  const clock = new FakeClock();
  const asked: object[] = [];
  const state = { isDown: false };
  const create = async (_resource: unknown, object: object): Promise<object> => {
    if (state.isDown) throw new Error('down');
    asked.push(object);
    const expirationTimestamp = rfc3339(clock.now() + hourMs);
    return { metadata: { name: 'web' }, status: { token: `token-${asked.length}`, expirationTimestamp } };
  };
  const tokens = new PodTokens({ client: { create } as unknown as Client, clock });
  const token = async (): Promise<string | undefined> => (await tokens.of(pod, volume, signal))(projection);
  return { clock, asked, state, token };
}

test('a projection -> a token of its account, bound to the pod, asked for once', async () => {
  const { asked, token } = rig();
  expect(await token()).toBe('token-1');
  expect(await token()).toBe('token-1');
  expect(asked).toEqual([
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { namespace: 'shop', name: 'web' },
      spec: {
        audiences: [],
        expirationSeconds: 3600,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' },
      },
    },
  ]);
});

test('four fifths of its life -> a new one; the old one as long as it holds if there is none to be had', async () => {
  const { clock, state, token } = rig();
  await token();
  await clock.advance(0.8 * hourMs);
  state.isDown = true;
  expect(await token()).toBe('token-1');
  state.isDown = false;
  expect(await token()).toBe('token-2');
  state.isDown = true;
  await clock.advance(hourMs);
  await expect(token()).rejects.toThrow('down');
});
