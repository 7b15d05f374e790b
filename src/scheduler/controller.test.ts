import { expect, onTestFinished, test } from 'vitest';
import { nodes, persistentVolumeClaims, pods, storageClasses } from '../apis/resources.ts';
import { FakeWorld } from '../client/fake-world.ts';
import { scheduler } from './controller.ts';

const ready = (status: string) => ({
  conditions: [{ type: 'Ready', status }],
  allocatable: { cpu: '1', memory: '1Gi', pods: '10' },
});
const asking = (cpu: string) => ({ containers: [{ name: 'c', resources: { requests: { cpu } } }] });

async function world(nodeNames: string[]) {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  for (const name of nodeNames) await fake.create(nodes, { metadata: { name }, status: ready('True') });
  await fake.start(scheduler(fake.deps));
  const nodeNameOf = async (name: string) => (await fake.find(pods, name))?.spec?.nodeName;
  return { fake, nodeNameOf };
}

test('three pods at once, room for one on each of two nodes -> two are placed apart, the third waits until there is room', async () => {
  const { fake, nodeNameOf } = await world(['n1', 'n2']);
  for (const name of ['a', 'b', 'c'])
    await fake.create(pods, { metadata: { namespace: 'shop', name }, spec: asking('600m') });
  await fake.clock.advance(100);
  expect([await nodeNameOf('a'), await nodeNameOf('b'), await nodeNameOf('c')]).toEqual(['n1', 'n2', undefined]);
  expect(fake.events).toContain('default-scheduler Scheduled: Successfully assigned shop/a to n1');
  expect(fake.events.at(-1)).toBe('default-scheduler FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu.');
  expect((await fake.find(pods, 'c'))?.status?.conditions).toMatchObject([
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
  ]);

  await fake.client.delete(pods, { at: { namespace: 'shop', name: 'a' }, gracePeriodSeconds: 0 }, fake.signal);
  await fake.clock.advance(100);
  expect(await nodeNameOf('c')).toBe('n1');
});

test('claim waits for its consumer -> told the node; bound -> the pod is, too', async () => {
  const { fake, nodeNameOf } = await world(['n1']);
  const at = { namespace: 'shop', name: 'data' };
  await fake.create(storageClasses, {
    metadata: { name: 'delayed' },
    provisioner: 'd',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  await fake.create(persistentVolumeClaims, { metadata: at, spec: { storageClassName: 'delayed' } });
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  await fake.create(pods, { metadata: { namespace: 'shop', name: 'a' }, spec: { ...asking('1'), volumes } });
  await fake.clock.advance(100);
  expect((await fake.find(persistentVolumeClaims, 'data'))?.metadata.annotations).toEqual({
    'volume.kubernetes.io/selected-node': 'n1',
  });
  // The room is kept for it.
  await fake.create(pods, { metadata: { namespace: 'shop', name: 'b' }, spec: asking('1') });
  await fake.clock.advance(100);
  expect(await nodeNameOf('b')).toBeUndefined();

  await fake.client.create(
    { group: '', version: 'v1', plural: 'persistentvolumes', kind: 'PersistentVolume', namespaced: false },
    { metadata: { name: 'v' } },
    fake.signal,
  );
  const body = { metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, spec: { volumeName: 'v' } };
  await fake.client.patch(persistentVolumeClaims, { at, body }, fake.signal);
  await fake.clock.advance(100);
  expect(await nodeNameOf('a')).toBe('n1');
});

test('only node falls silent and comes back -> the pod waits for it', async () => {
  const { fake, nodeNameOf } = await world(['n1']);
  const setReady = (status: string) =>
    fake.client.patch(
      nodes,
      { at: { name: 'n1' }, body: { status: ready(status) }, subresource: 'status' },
      fake.signal,
    );
  await setReady('Unknown');
  await fake.create(pods, { metadata: { namespace: 'shop', name: 'a' }, spec: asking('1') });
  await fake.clock.advance(100);
  expect(fake.events.at(-1)).toContain('1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }');
  await setReady('True');
  await fake.clock.advance(100);
  expect(await nodeNameOf('a')).toBe('n1');
});
