import { expect, onTestFinished, test } from 'vitest';
import { resourceQuotas } from '../../apis/core/resource-quota.ts';
import { configMaps, pods } from '../../apis/resources.ts';
import { FakeWorld } from '../../client/fake-world.ts';
import { resourceQuotaController } from './controller.ts';

const verbs = ['list', 'watch'];
const discovery = { discover: async () => [configMaps, pods].map((each) => ({ ...each, verbs })) };

test('objects go, limits change -> the quota says what is used', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  await fake.create(resourceQuotas, {
    metadata: { namespace: 'shop', name: 'q' },
    spec: { hard: { 'count/configmaps': '3' } },
  });
  for (const name of ['a', 'b']) await fake.create(configMaps, { metadata: { namespace: 'shop', name } });
  await fake.create(configMaps, { metadata: { namespace: 'other', name: 'c' } });
  await fake.start(resourceQuotaController({ ...fake.deps, discovery }));
  await fake.clock.advance(100);
  const status = async () => (await fake.find(resourceQuotas, 'q', 'shop'))?.status;
  expect(await status()).toEqual({ hard: { 'count/configmaps': '3' }, used: { 'count/configmaps': '2' } });

  await fake.client.delete(configMaps, { at: { namespace: 'shop', name: 'a' } }, fake.signal);
  await fake.clock.advance(1_100);
  expect((await status())?.used).toEqual({ 'count/configmaps': '1' });

  const at = { namespace: 'shop', name: 'q' };
  await fake.client.patch(
    resourceQuotas,
    { at, body: { spec: { hard: { 'count/configmaps': null, pods: '1' } } } },
    fake.signal,
  );
  await fake.clock.advance(100);
  expect(await status()).toEqual({ hard: { pods: '1' }, used: { pods: '0' } });
});

test('a charge for an object that is still on its way -> stays, until the object is counted', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  const at = { namespace: 'shop', name: 'q' };
  const hard = { 'count/configmaps': '3' };
  await fake.create(resourceQuotas, { metadata: at, spec: { hard } });
  await fake.create(configMaps, { metadata: { namespace: 'shop', name: 'a' } });
  await fake.start(resourceQuotaController({ ...fake.deps, discovery }));
  await fake.clock.advance(100);
  const used = async () => (await fake.find(resourceQuotas, 'q', 'shop'))?.status?.used?.['count/configmaps'];
  expect(await used()).toBe('1');

  // As the API server does it: the charge first. Something else makes the controller count just then.
  const body = { status: { hard, used: { 'count/configmaps': '2' } } };
  await fake.client.patch(resourceQuotas, { at, body, subresource: 'status' }, fake.signal);
  await fake.client.patch(
    configMaps,
    { at: { namespace: 'shop', name: 'a' }, body: { data: { changed: 'yes' } } },
    fake.signal,
  );
  await fake.clock.advance(100);
  expect(await used()).toBe('2');
  await fake.create(configMaps, { metadata: { namespace: 'shop', name: 'b' } });
  await fake.clock.advance(2_000);
  expect(await used()).toBe('2');

  // Charged for what never came: given back.
  await fake.client.patch(
    resourceQuotas,
    { at, body: { status: { hard, used: { 'count/configmaps': '3' } } }, subresource: 'status' },
    fake.signal,
  );
  await fake.clock.advance(5 * 60_000 + 2_000);
  expect(await used()).toBe('2');
});
