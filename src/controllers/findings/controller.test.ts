import { expect, onTestFinished, test } from 'vitest';
import { findings } from '../../apis/amarre/finding-types.ts';
import { namespaces, persistentVolumeClaims, storageClasses } from '../../apis/resources.ts';
import { FakeWorld } from '../../client/fake-world.ts';
import { findingsController } from './controller.ts';

test('a finding appears with its cause and goes with it; the start waits', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  await fake.create(namespaces, { metadata: { name: 'shop' } });
  await fake.create(persistentVolumeClaims, {
    metadata: { name: 'data', namespace: 'shop' },
    spec: { storageClassName: 'fsat', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    status: { phase: 'Pending' },
  });
  await fake.start(findingsController(fake.deps));
  const list = async () => (await fake.client.list(findings, {}, fake.signal)).items;
  await fake.clock.advance(4_000);
  expect(await list()).toEqual([]);
  await fake.clock.advance(2_000);
  expect((await list()).map(({ spec, metadata: { namespace } }) => [namespace, spec.rule, spec.subject.name])).toEqual([
    ['shop', 'P01', 'data'],
  ]);

  const writes = fake.api.writes.length;
  await fake.clock.advance(60_000);
  expect(fake.api.writes).toHaveLength(writes);

  await fake.create(storageClasses, { metadata: { name: 'fsat' }, provisioner: 'disk.csi.example.com' });
  await fake.clock.advance(5_000);
  expect(await list()).toEqual([]);
});
