import { expect, test } from 'vitest';
import type { ConfigMap } from '../apis/core/generated/v1.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { combinedCertificates } from './system-objects.ts';
import { startTestServer } from './testing.ts';

const certificate = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const [one, two] = [certificate('b25l'), certificate('dHdv')];

test.each([
  { name: 'nothing yet', before: '', wanted: one, expected: one },
  { name: 'the same', before: one, wanted: one, expected: one },
  { name: 'another one, of another server', before: one, wanted: two, expected: one + two },
  { name: 'a bundle that has it', before: one + two, wanted: two, expected: one + two },
  { name: 'without a last line break', before: one.trimEnd(), wanted: two, expected: one + two },
])('certificates: $name', ({ before, wanted, expected }) => {
  expect(combinedCertificates(before, wanted)).toBe(expected);
});

/** What such a server has made, once it has. */
async function madeBy(store: RevisionStore, clientAuthority: string): Promise<ConfigMap[]> {
  const clock = new FakeClock();
  const server = await startTestServer({ store, clock, systemObjects: { clientAuthority } });
  const read = async (): Promise<ConfigMap[]> =>
    (await server.call('GET /api/v1/namespaces/kube-system/configmaps')).json.items;
  const isMade = (maps: ConfigMap[]): boolean =>
    maps.some(({ data }) => data?.['since'] !== undefined) &&
    maps.some(({ data }) => data?.['client-ca-file']?.includes(clientAuthority));
  for (;;) {
    const maps = await read();
    if (isMade(maps)) {
      await server.stop();
      return maps;
    }
    await clock.advance(1000);
  }
}

test('another server over the same state -> only its certificates are new', async () => {
  const store = memoryStore();
  const first = await madeBy(store, one);
  expect(first.map(({ metadata, data }) => [metadata.name, data])).toEqual([
    ['extension-apiserver-authentication', { 'client-ca-file': one }],
    ['kube-apiserver-legacy-service-account-token-tracking', { since: '2026-01-01' }],
  ]);
  const [authentication, tracking] = await madeBy(store, two);
  expect(authentication?.data).toEqual({ 'client-ca-file': one + two });
  expect(tracking).toEqual(first[1]);
});
