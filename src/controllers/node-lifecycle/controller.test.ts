import { expect, onTestFinished, test } from 'vitest';
import { nodeCondition } from '../../apis/core/conditions.ts';
import { leases, nodes, pods } from '../../apis/resources.ts';
import { FakeWorld } from '../../client/fake-world.ts';
import { nodeLifecycleController } from './controller.ts';
import { taintEvictionController } from './eviction-controller.ts';

const leaseAt = (name: string) => ({ namespace: 'kube-node-lease', name });

async function cluster(names: string[]) {
  const world = new FakeWorld();
  onTestFinished(() => world.end());
  for (const name of names) {
    await world.create(nodes, { metadata: { name }, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    await world.create(leases, { metadata: leaseAt(name), spec: { renewTime: '0' } });
  }
  await world.start(nodeLifecycleController(world.deps), taintEvictionController(world.deps));
  let count = 0;
  /** Time passes while the named nodes renew every 500 ms. */
  const pass = async (ms: number, alive: string[]): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      count += 1;
      if (passed % 500 === 0) {
        for (const name of alive)
          await world.client
            .patch(leases, { at: leaseAt(name), body: { spec: { renewTime: `${count}` } } }, world.signal)
            .catch(() => undefined);
      }
      await world.clock.advance(50);
    }
  };
  const ready = async (name: string) => {
    const node = await world.find(nodes, name);
    return node && nodeCondition(node, 'Ready')?.status;
  };
  const taints = async (name: string) =>
    ((await world.find(nodes, name))?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
  return { world, pass, ready, taints };
}

test('node falls silent -> Unknown and tainted within 100 ms after 2.5 s; the others are untouched; the agent returns -> clean', async () => {
  const { world, pass, ready, taints } = await cluster(['a', 'b', 'c']);
  await world.create(pods, {
    metadata: { namespace: 'shop', name: 'web-0' },
    spec: { nodeName: 'a', containers: [] },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  await pass(3_000, ['a', 'b', 'c']);
  // The last renewal of `a` was 500 ms ago.
  await pass(1_950, ['b', 'c']);
  expect(await ready('a')).toBe('True');
  await pass(100, ['b', 'c']);
  expect(await ready('a')).toBe('Unknown');
  expect(await taints('a')).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  expect(await ready('b')).toBe('True');
  // It tolerates nothing.
  await pass(50, ['b', 'c']);
  expect((await world.find(pods, 'web-0'))?.metadata.deletionTimestamp).toBeDefined();
  expect(world.events).toContain('node-controller NodeNotReady: Node a status is now: NodeNotReady');

  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  await world.client.patch(nodes, { at: { name: 'a' }, body: { status }, subresource: 'status' }, world.signal);
  await pass(1_000, ['a', 'b', 'c']);
  expect(await taints('a')).toEqual([]);
  expect((await world.find(nodes, 'a'))?.metadata.annotations).toEqual({});
});

test('API server is away for 10 s -> nobody is suspected', async () => {
  const { world, pass, ready } = await cluster(['a', 'b', 'c']);
  await pass(3_000, ['a', 'b', 'c']);
  world.api.isDown = true;
  world.api.cutWatches('error');
  await pass(10_000, ['a', 'b', 'c']);
  world.api.isDown = false;
  await pass(5_000, ['a', 'b', 'c']);
  expect(await Promise.all(['a', 'b', 'c'].map(ready))).toEqual(['True', 'True', 'True']);
});

test('two of three nodes fall silent -> Unknown, but nobody is evicted', async () => {
  const { pass, ready, taints } = await cluster(['a', 'b', 'c']);
  await pass(3_000, ['a', 'b', 'c']);
  await pass(4_000, ['c']);
  expect(await Promise.all(['a', 'b', 'c'].map(ready))).toEqual(['Unknown', 'Unknown', 'True']);
  expect(await taints('a')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
});
