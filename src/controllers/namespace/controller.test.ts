import { expect, onTestFinished, test } from 'vitest';
import { configMaps, namespaces, nodes, pods } from '../../apis/resources.ts';
import { FakeWorld } from '../../client/fake-world.ts';
import { namespaceController } from './controller.ts';

const verbs = ['list', 'watch', 'delete', 'get'];
const discovery = { discover: async () => [configMaps, pods, nodes, namespaces].map((each) => ({ ...each, verbs })) };

async function world() {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  for (const name of ['shop', 'other']) {
    await fake.create(namespaces, { metadata: { name }, spec: { finalizers: ['kubernetes'] } });
    await fake.create(configMaps, { metadata: { namespace: name, name: 'c' } });
  }
  await fake.create(nodes, { metadata: { name: 'n1' } });
  await fake.start(namespaceController({ ...fake.deps, discovery }));
  const remove = async (): Promise<void> => {
    await fake.client.delete(namespaces, { at: { name: 'shop' } }, fake.signal);
    await fake.clock.advance(100);
  };
  return { fake, remove };
}

test('namespace is deleted -> its content goes, then itself; nothing else is touched', async () => {
  const { fake, remove } = await world();
  await remove();
  expect(await fake.find(namespaces, 'shop')).toBeUndefined();
  expect((await fake.client.list(configMaps, {}, fake.signal)).items.map(({ metadata }) => metadata.namespace)).toEqual(
    ['other'],
  );
  expect(await fake.find(nodes, 'n1')).toBeDefined();
});

test('a pod still runs -> what it uses stays until it has ended, and the conditions say so', async () => {
  const { fake, remove } = await world();
  await fake.create(pods, { metadata: { namespace: 'shop', name: 'p' }, spec: { nodeName: 'n1', containers: [] } });
  await remove();
  expect((await fake.find(pods, 'p'))?.metadata.deletionTimestamp).toBeDefined();
  expect(await fake.find(configMaps, 'c', 'shop')).toBeDefined();
  const conditions = (await fake.find(namespaces, 'shop'))?.status?.conditions;
  expect(conditions?.find(({ type }) => type === 'NamespaceContentRemaining')).toMatchObject({
    status: 'True',
    reason: 'SomeResourcesRemain',
    message: 'Some resources are remaining: configmaps. has 1 resource instances, pods. has 1 resource instances',
  });
  await fake.client.delete(pods, { at: { namespace: 'shop', name: 'p' }, gracePeriodSeconds: 0 }, fake.signal);
  await fake.clock.advance(100);
  expect(await fake.find(namespaces, 'shop')).toBeUndefined();
});

test('an object is held by a finalizer -> the namespace waits, and says for which', async () => {
  const { fake, remove } = await world();
  await fake.create(configMaps, { metadata: { namespace: 'shop', name: 'held', finalizers: ['mine'] } });
  await remove();
  const conditions = (await fake.find(namespaces, 'shop'))?.status?.conditions;
  expect(conditions?.find(({ type }) => type === 'NamespaceFinalizersRemaining')?.message).toBe(
    'Some content in the namespace has finalizers remaining: mine in 1 resource instances',
  );
  await fake.client.patch(
    configMaps,
    { at: { namespace: 'shop', name: 'held' }, body: { metadata: { finalizers: [] } } },
    fake.signal,
  );
  await fake.clock.advance(600);
  expect(await fake.find(namespaces, 'shop')).toBeUndefined();
});
