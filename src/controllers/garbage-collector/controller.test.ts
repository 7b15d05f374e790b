import { expect, onTestFinished, test } from 'vitest';
import type { OwnerReference } from '../../apimachinery/meta.ts';
import { configMaps, nodes, pods, statefulSets } from '../../apis/resources.ts';
import { FakeWorld } from '../../client/fake-world.ts';
import { garbageCollector } from './controller.ts';

const verbs = ['list', 'watch', 'delete', 'get'];
const discovery = { discover: async () => [configMaps, pods, statefulSets, nodes].map((each) => ({ ...each, verbs })) };

async function world() {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  const owner = await fake.create(statefulSets, { metadata: { namespace: 'shop', name: 'web' } });
  const ref: OwnerReference = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: owner.metadata.uid };
  const own = (name: string, ...ownerReferences: OwnerReference[]) =>
    fake.create(configMaps, { metadata: { namespace: 'shop', name, ownerReferences } });
  const start = async (): Promise<void> => {
    await fake.start(garbageCollector({ ...fake.deps, discovery }));
    await fake.clock.advance(100);
  };
  const remove = async (propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'): Promise<void> => {
    const options = propagationPolicy ? { propagationPolicy } : {};
    await fake.client.delete(statefulSets, { at: { namespace: 'shop', name: 'web' }, ...options }, fake.signal);
    await fake.clock.advance(200);
  };
  const names = async () =>
    (await fake.client.list(configMaps, {}, fake.signal)).items.map(({ metadata }) => metadata.name);
  return { fake, ref, own, start, remove, names };
}

test('owner is there -> dependents stay; owner is deleted -> they go, and theirs too', async () => {
  const { fake, ref, own, start, remove, names } = await world();
  const child = await own('child', ref);
  await own('grandchild', { apiVersion: 'v1', kind: 'ConfigMap', name: 'child', uid: child.metadata.uid });
  await own('other');
  await start();
  expect(await names()).toEqual(['child', 'grandchild', 'other']);
  await remove();
  expect(await names()).toEqual(['other']);
  expect(fake.api.writes.filter((write) => write.startsWith('DELETE'))).toHaveLength(3);
});

test('owner was deleted while nobody watched -> dependents go after a start', async () => {
  const { ref, own, start, remove, names } = await world();
  await own('child', ref);
  await remove();
  await start();
  expect(await names()).toEqual([]);
});

test("an object of the owner's name, but another UID -> not the owner", async () => {
  const { ref, own, start, names } = await world();
  await own('child', { ...ref, uid: 'former' });
  await start();
  expect(await names()).toEqual([]);
});

test.each([
  {
    name: 'owner of a kind that nobody serves -> stays',
    ref: { apiVersion: 'x/v1', kind: 'Thing', name: 'a', uid: 'x' },
    want: ['child'],
  },
  {
    name: 'cluster-scoped owner is gone -> goes',
    ref: { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'x' },
    want: [],
  },
])('$name', async ({ ref, want }) => {
  const { own, start, names } = await world();
  await own('child', ref);
  await start();
  expect(await names()).toEqual(want);
});

test('two owners, one goes -> stays, with one reference', async () => {
  const { fake, ref, own, start, remove } = await world();
  const second = await own('second');
  await own('child', ref, { apiVersion: 'v1', kind: 'ConfigMap', name: 'second', uid: second.metadata.uid });
  await start();
  await remove();
  expect((await fake.find(configMaps, 'child'))?.metadata.ownerReferences).toMatchObject([{ name: 'second' }]);
});

test('orphan -> dependents stay without the reference, the owner goes', async () => {
  const { fake, ref, own, start, remove } = await world();
  await own('child', ref);
  await start();
  await remove('Orphan');
  expect((await fake.find(configMaps, 'child'))?.metadata.ownerReferences).toEqual([]);
  expect(await fake.find(statefulSets, 'web')).toBeUndefined();
});

test('foreground -> dependents first; one that is held keeps the owner', async () => {
  const { fake, ref, own, start, remove, names } = await world();
  const blocking = { ...ref, blockOwnerDeletion: true };
  await own('free', blocking);
  await fake.create(configMaps, {
    metadata: { namespace: 'shop', name: 'held', ownerReferences: [blocking], finalizers: ['mine'] },
  });
  await start();
  await remove('Foreground');
  expect(await names()).toEqual(['held']);
  expect(await fake.find(statefulSets, 'web')).toBeDefined();
  await fake.client.patch(
    configMaps,
    { at: { namespace: 'shop', name: 'held' }, body: { metadata: { finalizers: [] } } },
    fake.signal,
  );
  await fake.clock.advance(100);
  expect(await names()).toEqual([]);
  expect(await fake.find(statefulSets, 'web')).toBeUndefined();
});

test('API server is away when the owner must be looked up -> nothing is deleted until it says so', async () => {
  const { fake, ref, own, start, names } = await world();
  await start();
  await own('child', { ...ref, uid: 'former' });
  fake.api.isDown = true;
  await fake.clock.advance(1_000);
  fake.api.isDown = false;
  expect(await names()).toEqual(['child']);
  await fake.clock.advance(5_000);
  expect(await names()).toEqual([]);
});
