// Do the CSI sidecars of the Kubernetes project work with this API server and this driver? Go clients that speak
// protobuf take a volume from its claim to its removal; only the binder and the protection of claims are ours.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim } from '../../src/apis/core/generated/v1.ts';
import { type HttpsTestServer, startHttpsTestServer, testIdentities } from '../../src/apiserver/https/testing.ts';
import { silentLogger as log } from '../../src/base/log.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { systemRandom as random } from '../../src/base/system-random.ts';
import { connectClient } from '../../src/client/connect.ts';
import { createInformers } from '../../src/client/informers.ts';
import { createEventSink } from '../../src/client/recorder.ts';
import { runControllers } from '../../src/client/run-controllers.ts';
import { volumeBinderController } from '../../src/controllers/volume-binder/controller.ts';
import { volumeProtectionController } from '../../src/controllers/volume-protection/controller.ts';
import { poolTopology } from '../../src/csi/drivers/local/config.ts';
import { type Fixture, report, startFixture, whyNoBlockMode } from '../../src/csi/drivers/local/driver.fixture.ts';
import { goClient, whyNoGoClients } from '../fixtures/go-clients.ts';
import { type Kubectl, kubectlFor } from '../fixtures/kubectl.ts';

const sidecars = ['csi-attacher', 'csi-provisioner', 'csi-resizer', 'csi-snapshotter'];
const programs = [...sidecars, 'snapshot-controller'];
const why = (await whyNoGoClients(programs)) ?? (await whyNoBlockMode());
if (why) report(`the CSI sidecars are not run here: ${why}`);

const driver = 'local.csi.amarre.io';
const storage = '/apis/storage.k8s.io/v1';
const volumes = '/api/v1/persistentvolumes';
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const snapshots = '/apis/snapshot.storage.k8s.io/v1/namespaces/default/volumesnapshots';
const contents = '/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents';

interface Snapshot {
  status?: { readyToUse?: boolean; boundVolumeSnapshotContentName?: string; error?: { message?: string } };
}
interface Attachment {
  metadata: { finalizers?: string[] };
  status?: { attached?: boolean; attachError?: { message?: string } };
}

describe.skipIf(why)('the CSI sidecars', () => {
  let server: HttpsTestServer;
  let fixture: Fixture;
  let kubectl: Kubectl;
  let controllers: Promise<void>;
  const children: ChildProcess[] = [];
  const stop = new AbortController();
  let written = '';

  beforeAll(async () => {
    const identities = await testIdentities();
    server = await startHttpsTestServer(identities);
    fixture = await startFixture({ mode: 'block' });
    kubectl = await kubectlFor(server.url, identities.admin);
    await server.create('/api/v1/nodes', { metadata: { name: 'node-1', labels: poolTopology.segments } });
    await server.create(`${storage}/csinodes`, {
      metadata: { name: 'node-1' },
      spec: { drivers: [{ name: driver, nodeID: 'node-1', topologyKeys: Object.keys(poolTopology.segments) }] },
    });
    await server.create(`${storage}/storageclasses`, {
      metadata: { name: 'fast' },
      provisioner: driver,
      allowVolumeExpansion: true,
    });
    await server.create('/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses', {
      metadata: { name: 'fast' },
      driver,
      deletionPolicy: 'Delete',
    });

    const client = connectClient({ server: server.url, identity: identities.admin }, clock);
    const shared = { client, clock, random, log };
    const informers = createInformers(shared);
    const events = createEventSink({ ...shared, instance: 'test' });
    const deps = { ...shared, informers, recorder: (name: string) => events.recorder(name) };
    const ours = [volumeBinderController(deps), volumeProtectionController(deps)];
    controllers = runControllers([informers, events, ...ours], stop.signal).finally(() => client.close());

    const kubeconfig = `--kubeconfig=${kubectl.command.env['KUBECONFIG']}`;
    const socket = `--csi-address=${fixture.folder}/run/controller.sock`;
    for (const name of programs) await start(name, sidecars.includes(name) ? [socket, kubeconfig] : [kubeconfig]);
  });
  afterAll(async () => {
    for (const child of children) {
      const gone = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await gone;
    }
    stop.abort(new Error('the tests are over'));
    await controllers;
    await kubectl.dispose();
    await server.stop();
    await fixture.close();
  });

  async function start(name: string, words: string[]): Promise<void> {
    const path = (await goClient(name)) ?? name;
    const child = spawn(path, [...words, '--v=3'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (chunk: Buffer) => (written = `${written}${name}: ${chunk}`.slice(-20_000)));
    children.push(child);
  }

  /** Reads `path` until it is as wanted; what the sidecars wrote is in the error. */
  async function until<T>(path: string, isSo: (object: T) => boolean): Promise<T> {
    return untilAnswer(path, ({ status, json }) => status === 200 && isSo(json as T)) as Promise<T>;
  }
  const untilGone = (path: string): Promise<unknown> => untilAnswer(path, ({ status }) => status === 404);

  async function untilAnswer(
    path: string,
    isSo: (answer: Awaited<ReturnType<HttpsTestServer['call']>>) => boolean,
  ): Promise<unknown> {
    let answer: Awaited<ReturnType<HttpsTestServer['call']>> | undefined;
    const check = async (): Promise<boolean> => isSo((answer = await server.call(`GET ${path}`)));
    const limit = { what: path, timeoutMs: 60_000, signal: stop.signal };
    await clock
      .withTimeout(limit, (signal) => pollUntil(check, { clock, signal, intervalMs: 50 }))
      .catch((cause: unknown) => {
        throw new Error(`${JSON.stringify(answer?.json)}\n${written}`, { cause });
      });
    return answer?.json;
  }

  const claim = (name: string, size: string, more: object = {}): object => ({
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: size } },
      ...more,
    },
  });
  const isBound = ({ status }: PersistentVolumeClaim): boolean => status?.phase === 'Bound';
  const attach = (name: string, volume: string): Promise<unknown> =>
    server.create(`${storage}/volumeattachments`, {
      metadata: { name },
      spec: { attacher: driver, nodeName: 'node-1', source: { persistentVolumeName: volume } },
    });

  test('a claim -> a volume of the driver, bound, attached, grown; deleted, all of it goes', async () => {
    await server.create(claims, claim('data', '320Mi'));
    const { spec } = await until<PersistentVolumeClaim>(`${claims}/data`, isBound);
    const volume = `${volumes}/${spec?.volumeName}`;
    expect((await until<PersistentVolume>(volume, () => true)).spec).toMatchObject({
      capacity: { storage: '320Mi' },
      csi: { driver },
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { namespace: 'default', name: 'data' },
    });

    await attach('a', spec?.volumeName ?? '');
    const attachment = `${storage}/volumeattachments/a`;
    const attached = await until<Attachment>(attachment, ({ status }) => status?.attached === true);
    const finalizer = `external-attacher/${driver.replaceAll('.', '-')}`;
    expect(attached.metadata.finalizers).toEqual([finalizer]);
    expect((await until<PersistentVolume>(volume, () => true)).metadata.finalizers).toContain(finalizer);

    const body = JSON.stringify({ spec: { resources: { requests: { storage: '512Mi' } } } });
    expect(await kubectl(['patch', 'pvc', 'data', '--type=merge', '-p', body])).toMatchObject({ code: 0 });
    await until<PersistentVolume>(volume, (grown) => grown.spec?.capacity?.['storage'] === '512Mi');
    await until<PersistentVolumeClaim>(`${claims}/data`, ({ status }) =>
      Boolean(status?.conditions?.some(({ type }) => type === 'FileSystemResizePending')),
    );

    await server.call(`DELETE ${attachment}`);
    await untilGone(attachment);
    await server.call(`DELETE ${claims}/data`);
    await untilGone(volume);
  });

  test('a snapshot -> content of the driver, and a claim made from it; deleted, both go', async () => {
    await server.create(claims, claim('source', '320Mi'));
    await until(`${claims}/source`, isBound);
    await server.create(snapshots, {
      metadata: { name: 'one' },
      spec: { volumeSnapshotClassName: 'fast', source: { persistentVolumeClaimName: 'source' } },
    });
    const { status } = await until<Snapshot>(`${snapshots}/one`, (snapshot) => snapshot.status?.readyToUse === true);
    const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'one' };
    await server.create(claims, claim('copy', '320Mi', { dataSource }));
    await until(`${claims}/copy`, isBound);
    await server.call(`DELETE ${snapshots}/one`);
    await untilGone(`${snapshots}/one`);
    await untilGone(`${contents}/${status?.boundVolumeSnapshotContentName}`);
  });

  test('a claim that the driver cannot serve -> the reason is an event of the claim', async () => {
    await server.create(claims, claim('huge', '10Ti'));
    const events = '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=huge,reason=ProvisioningFailed';
    const { items } = await until<{ items: { message: string }[] }>(events, (list) => list.items.length > 0);
    expect(items[0]?.message).toMatch(/code = ResourceExhausted desc = Cannot promise 10995116277760 bytes/);
  });

  test('a volume that the driver does not have -> the reason is on the attachment', async () => {
    const csi = { driver, volumeHandle: 'nowhere' };
    const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, csi };
    await server.create(volumes, { metadata: { name: 'lost' }, spec });
    await attach('b', 'lost');
    // Its first try may come before its own watch has shown it the volume.
    const names = ({ status }: Attachment): boolean => status?.attachError?.message?.includes('nowhere') === true;
    const refused = await until<Attachment>(`${storage}/volumeattachments/b`, names);
    expect(refused.status).toMatchObject({ attached: false });
  });
});
