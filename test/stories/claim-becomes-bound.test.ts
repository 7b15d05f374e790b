// Plays docs/explanation/life-of-a-claim.md on the real control plane in one process, with a fake clock and driver.

import { expect, test } from 'vitest';
import type { PersistentVolumeClaim } from '../../src/apis/core/generated/v1.ts';
import {
  coreEvents,
  csiNodes,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../../src/apis/resources.ts';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { seededRandom } from '../../src/base/seeded-random.ts';
import { provisionerController } from '../../src/controllers/provisioner/controller.ts';
import { volumeBinderController } from '../../src/controllers/volume-binder/controller.ts';
import { scheduler } from '../../src/scheduler/controller.ts';
import { inProcessControlPlane } from '../../src/simulation/control-plane.ts';
import { FakeCsiDriver } from '../../src/simulation/fake-csi-driver.ts';

const driver = 'local.csi.amarre.io';
const at = { namespace: 'default', name: 'data' };

test('a claim becomes bound, as docs/explanation/life-of-a-claim.md tells it', async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const { signal } = stop;
  const csi = new FakeCsiDriver({ topologies: [{ segments: { zone: 'a' } }] });
  const plane = inProcessControlPlane({ clock, random: seededRandom(1) });
  const { client } = plane;
  const options = { csi: csi.driver(), driver };
  const running = plane.run(
    (deps) => [volumeBinderController(deps), provisionerController(deps, options), scheduler(deps)],
    signal,
  );

  const claim = (): Promise<PersistentVolumeClaim> => client.get(persistentVolumeClaims, at, signal);
  /** Lets time pass in small steps until `isSo`. */
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (let passes = 0; passes < 400; passes++) {
      if (await isSo()) return;
      await clock.advance(25);
    }
    throw new Error(`Never happened: ${what}`);
  };
  const step = async (_title: string, play: () => Promise<void>): Promise<void> => play();

  await client.create(nodes, { metadata: { name: 'node-1', labels: { zone: 'a' } }, spec: {} }, signal);
  // As node-lifecycle takes away the taint of a new node.
  await client.patch(nodes, { at: { name: 'node-1' }, body: { spec: { taints: null } } }, signal);
  await client.patch(
    nodes,
    {
      at: { name: 'node-1' },
      subresource: 'status',
      body: {
        status: {
          allocatable: { cpu: '2', memory: '4Gi', pods: '10' },
          conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }],
        },
      },
    },
    signal,
  );
  await client.create(
    csiNodes,
    { metadata: { name: 'node-1' }, spec: { drivers: [{ name: driver, nodeID: 'node-1', topologyKeys: ['zone'] }] } },
    signal,
  );
  await client.create(
    storageClasses,
    { metadata: { name: 'fast' }, provisioner: driver, volumeBindingMode: 'WaitForFirstConsumer' },
    signal,
  );

  await step('The claim is written', async () => {
    await client.create(
      persistentVolumeClaims,
      {
        metadata: at,
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
      },
      signal,
    );
    const found = await claim();
    expect(found.status?.phase).toBe('Pending');
    expect(found.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    expect(found.spec?.volumeMode).toBe('Filesystem');
  });

  await step('The binder waits for a consumer', async () => {
    await until('event WaitForFirstConsumer', async () =>
      (await client.list(coreEvents, {}, signal)).items.some(({ reason }) => reason === 'WaitForFirstConsumer'),
    );
    expect(csi.calls.filter((call) => call.startsWith('createVolume'))).toEqual([]);
  });

  await step('The scheduler chooses a node', async () => {
    await client.create(
      pods,
      {
        metadata: { namespace: 'default', name: 'web' },
        spec: {
          containers: [{ name: 'app', image: 'amarre.io/host', command: ['sleep', 'infinity'] }],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
        },
      },
      signal,
    );
    await until('selected-node', async () => {
      const { annotations } = (await claim()).metadata;
      return annotations?.['volume.kubernetes.io/selected-node'] === 'node-1';
    });
  });

  await step('The binder hands the claim to the provisioner', async () => {
    await until('storage-provisioner', async () => {
      const { annotations } = (await claim()).metadata;
      return annotations?.['volume.kubernetes.io/storage-provisioner'] === driver;
    });
  });

  const volumeName = `pvc-${(await claim()).metadata.uid}`;

  await step('The provisioner creates the volume', async () => {
    await until('CreateVolume', () => Promise.resolve(csi.calls.some((call) => call.startsWith('createVolume'))));
    await until('the PersistentVolume', async () =>
      (await client.list(persistentVolumes, {}, signal)).items.some(({ metadata }) => metadata.name === volumeName),
    );
    const volume = await client.get(persistentVolumes, { name: volumeName }, signal);
    expect(volume.spec?.claimRef).toMatchObject({
      namespace: 'default',
      name: 'data',
      uid: (await claim()).metadata.uid,
    });
  });

  await step('The binder points the claim at the volume', async () => {
    await until('volumeName', async () => (await claim()).spec?.volumeName === volumeName);
    expect((await claim()).metadata.annotations?.['pv.kubernetes.io/bind-completed']).toBe('yes');
  });

  await step('Both say Bound', async () => {
    await until('Bound', async () => (await claim()).status?.phase === 'Bound');
    await until('the volume too', async () => {
      const volume = await client.get(persistentVolumes, { name: volumeName }, signal);
      return volume.status?.phase === 'Bound';
    });
    expect((await claim()).status?.capacity).toEqual({ storage: '1Gi' });
  });

  await step('The scheduler binds the pod', async () => {
    await until(
      'nodeName',
      async () => (await client.get(pods, { namespace: 'default', name: 'web' }, signal)).spec?.nodeName === 'node-1',
    );
    expect(csi.calls.filter((call) => call.startsWith('createVolume'))).toHaveLength(1);
  });

  stop.abort();
  await running.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
});
