import { expect, test } from 'vitest';
import type { Pod } from '../apis/core/generated/v1.ts';
import { pods } from '../apis/resources.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { createClient } from './kube-client.ts';
import type { Transport } from './transport.ts';

const { signal } = new AbortController();

/** Answers every request with the same Status. */
function refusing(code: number, reason: string, field: string): Transport {
  const status = { kind: 'Status', status: 'Failure', code, reason, message: 'no', details: { causes: [{ field }] } };
  const body = async function* () {
    yield Buffer.from(JSON.stringify(status));
  };
  return {
    request: async () => ({ status: code, headers: {}, body: body() }),
    exec: () => Promise.reject(new Error('not here')),
    close: () => {},
  };
}

test.each([
  { name: 'another UID -> Conflict', field: 'metadata.uid', want: 'Conflict' },
  { name: 'another field -> Invalid', field: 'spec.nodeName', want: 'Invalid' },
])('a patch that the API calls invalid for $name', async ({ field, want }) => {
  const client = createClient({ transport: refusing(422, 'Invalid', field), clock: new FakeClock() });
  const body: Partial<Pod> = {};
  const patched = client.patch(pods, { at: { namespace: 'a', name: 'b' }, body }, signal);
  await expect(patched).rejects.toMatchObject({ reason: want, message: 'no' });
});
