import { expect, onTestFinished, test } from 'vitest';
import type { StatefulSetSpec } from '../../apis/apps/generated/v1.ts';
import { persistentVolumeClaims, pods, statefulSets } from '../../apis/resources.ts';
import { FakeWorld } from '../../client/fake-world.ts';
import { statefulSetController } from './controller.ts';

const web = { namespace: 'shop', name: 'web' };

async function world(spec: Partial<StatefulSetSpec>) {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  await fake.create(statefulSets, {
    metadata: web,
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c' }] } },
      volumeClaimTemplates: [{ metadata: { name: 'data' } as never }],
      ...spec,
    },
  });
  await fake.start(statefulSetController(fake.deps));
  /** Plays the agent: every pod runs on a node and is ready. */
  const run = async (): Promise<void> => {
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    for (let rounds = 0; rounds < 6; rounds += 1) {
      const { items } = await fake.client.list(pods, {}, fake.signal);
      for (const { metadata, spec: podSpec, status: old } of items) {
        if (old?.phase === 'Running' || metadata.deletionTimestamp) continue;
        const at = metadata;
        if (!podSpec?.nodeName)
          await fake.client.patch(pods, { at, body: { spec: { nodeName: 'node-1' } } }, fake.signal);
        await fake.client.patch(pods, { at, body: { status }, subresource: 'status' }, fake.signal);
      }
      await fake.clock.advance(100);
    }
  };
  const names = async () => (await fake.client.list(pods, {}, fake.signal)).items.map(({ metadata }) => metadata.name);
  return { fake, run, names };
}

test('statefulset: created, scaled up, scaled down -> pods in order, claims stay, status follows', async () => {
  const { fake, run, names } = await world({});
  expect(await names()).toEqual(['web-0']);
  await run();
  expect(await names()).toEqual(['web-0', 'web-1']);
  await fake.client.patch(statefulSets, { at: web, body: { spec: { replicas: 3 } } }, fake.signal);
  await run();
  expect(await names()).toEqual(['web-0', 'web-1', 'web-2']);
  expect((await fake.find(statefulSets, 'web'))?.status).toMatchObject({
    replicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    updatedReplicas: 3,
  });

  await fake.client.patch(statefulSets, { at: web, body: { spec: { replicas: 1 } } }, fake.signal);
  await run();
  // The agent has not ended web-2 yet, and order is kept: web-1 has to wait.
  expect(await names()).toEqual(['web-0', 'web-1', 'web-2']);
  await fake.client.delete(pods, { at: { ...web, name: 'web-2' }, gracePeriodSeconds: 0 }, fake.signal);
  await run();
  expect((await fake.find(pods, 'web-1'))?.metadata.deletionTimestamp).toBeDefined();
  expect((await fake.client.list(persistentVolumeClaims, {}, fake.signal)).items).toHaveLength(3);
  expect(fake.events.slice(0, 2)).toEqual([
    'statefulset-controller SuccessfulCreate: create Claim data-web-0 Pod web-0 in StatefulSet web success',
    'statefulset-controller SuccessfulCreate: create Pod web-0 in StatefulSet web successful',
  ]);
});

test('pod terminating on a dead node -> not recreated; forcibly deleted -> recreated at once', async () => {
  const { fake, run, names } = await world({});
  await run();
  const before = await fake.find(pods, 'web-0');
  await fake.client.delete(pods, { at: { ...web, name: 'web-0' } }, fake.signal);
  await fake.clock.advance(60_000);
  expect((await fake.find(pods, 'web-0'))?.metadata.uid).toBe(before?.metadata.uid);
  await fake.client.delete(pods, { at: { ...web, name: 'web-0' }, gracePeriodSeconds: 0 }, fake.signal);
  await fake.clock.advance(0);
  expect(await names()).toEqual(['web-0', 'web-1']);
  expect((await fake.find(pods, 'web-0'))?.metadata.uid).not.toBe(before?.metadata.uid);
});

test('template changed -> every pod is replaced, the highest first, and the revision becomes current', async () => {
  const { fake, run } = await world({});
  await run();
  const old = (await fake.find(statefulSets, 'web'))?.status?.currentRevision;
  await fake.client.patch(
    statefulSets,
    { at: web, body: { spec: { template: { spec: { hostname: 'new' } } } } },
    fake.signal,
  );
  for (const name of ['web-1', 'web-0']) {
    await fake.clock.advance(100);
    expect((await fake.find(pods, name))?.metadata.deletionTimestamp).toBeDefined();
    await fake.client.delete(pods, { at: { ...web, name }, gracePeriodSeconds: 0 }, fake.signal);
    await run();
  }
  const status = (await fake.find(statefulSets, 'web'))?.status;
  expect(status?.currentRevision).toBe(status?.updateRevision);
  expect(status?.currentRevision).not.toBe(old);
  expect(status).toMatchObject({ updatedReplicas: 2, readyReplicas: 2 });
});
