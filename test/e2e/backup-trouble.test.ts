// What becomes of an application whose backup goes wrong? It is thawed, it keeps its data, and the next backup works.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod } from '../../src/apis/core/generated/v1.ts';
import { persistentVolumeClaims, pods } from '../../src/apis/resources.ts';
import { volumeSnapshotContents, volumeSnapshots } from '../../src/apis/snapshot/types.ts';
import { backupStorageLocations, backups, restores } from '../../src/apis/velero/resources.ts';
import { type Backup, type Restore, veleroNamespace } from '../../src/apis/velero/types.ts';
import { exists } from '../../src/base/exists.ts';
import { applyManifests } from '../../src/demo/manifests.ts';
import { finalPhases } from '../../src/demo/steps/backup.ts';
import { postgresManifests } from './demo-run.ts';
import { immediateClass, poll, runningCluster } from './running-cluster.ts';
import { mountSmall, type SmallDisk } from './small-disk.ts';

const run = promisify(execFile);
const namespace = 'shop';
let scratch: string;
const disks = new Map<string, SmallDisk>();
const diskNames = ['full', 'read-only', 'fills-up', 'becomes-read-only', 'too-small'];

// Before the cluster: a node sees later mounts of the host only where those are shared.
beforeAll(async () => {
  scratch = await mkdtemp('/var/tmp/amarre-backup-trouble-');
  for (const name of diskNames) disks.set(name, await mountSmall(join(scratch, `disk-${name}`), '8M'));
});
afterAll(async () => {
  for (const disk of disks.values()) await disk.unmount();
  await rm(scratch, { recursive: true, force: true });
});

const world = runningCluster({ namespaces: [namespace], upOptions: ['--pool-size', '4Gi'] });
const { signal } = world;

beforeAll(async () => {
  const manifests = await postgresManifests();
  await applyManifests(
    world.client,
    { objects: manifests.filter(({ kind }) => kind === 'VolumeSnapshotClass'), namespace },
    signal,
  );
});

function diskNamed(name: string): SmallDisk {
  const found = disks.get(name);
  if (!found) throw new RangeError(`There is no disk ${name}`);
  return found;
}

/** A pod that shows by files, in a folder of the host, whether its hooks ran. */
interface Application {
  name: string;
  /** `frozen` and `thawed` appear here; a pre hook that waits goes on when `go` does. */
  control: string;
}

interface Wanted {
  pre: string[];
  timeout?: string;
  /** Give it a claim with so much noise in it. */
  noiseBytes?: number;
}

async function application(name: string, { pre, timeout = '30s', noiseBytes }: Wanted): Promise<Application> {
  const control = join(scratch, name);
  await mkdir(control);
  const labels = { app: name };
  if (noiseBytes !== undefined) {
    const spec = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: immediateClass,
      resources: { requests: { storage: '300Mi' } },
    };
    await world.client.create(persistentVolumeClaims, { metadata: { name, namespace, labels }, spec }, signal);
  }
  const claim = noiseBytes === undefined ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: name } }];
  const fill = noiseBytes === undefined ? '' : `head -c ${noiseBytes} /dev/urandom >/data/noise; sync -f /data;`;
  await world.client.create(
    pods,
    {
      metadata: {
        name,
        namespace,
        labels,
        annotations: {
          'pre.hook.backup.velero.io/command': JSON.stringify(pre),
          'pre.hook.backup.velero.io/timeout': timeout,
          'post.hook.backup.velero.io/command': JSON.stringify(['sh', '-c', 'touch /control/thawed']),
        },
      },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'amarre.io/host',
            command: ['sh', '-c', `[ -e /data/noise ] || { ${fill} true; }; touch /control/ready; sleep 1000`],
            volumeMounts: [
              { name: 'control', mountPath: '/control' },
              ...claim.map((volume) => ({ name: volume.name, mountPath: '/data' })),
            ],
          },
        ],
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'control', hostPath: { path: control } }, ...claim],
      },
    },
    signal,
  );
  await world.until<Pod>(pods, { namespace, name }, ({ status }) => status?.phase === 'Running');
  await poll(`application ${name}`, () => exists(join(control, 'ready')));
  return { name, control };
}

async function startBackup(
  name: string,
  { app, storageLocation = 'default' }: { app: string; storageLocation?: string },
) {
  const spec = { includedNamespaces: [namespace], labelSelector: { matchLabels: { app } }, storageLocation };
  await world.client.create(backups, { metadata: { namespace: veleroNamespace, name }, spec }, signal);
}

function ended(name: string): Promise<Backup> {
  const at = { namespace: veleroNamespace, name };
  return world.until<Backup>(backups, at, ({ status }) => finalPhases.includes(status?.phase ?? ''));
}

/** A backup location in that folder. It is looked at once: what happens to the folder later, only the backup notices. */
async function location(name: string, path: string): Promise<void> {
  const at = { namespace: veleroNamespace, name };
  const { spec } = await world.client.get(backupStorageLocations, { ...at, name: 'default' }, signal);
  await world.client.create(
    backupStorageLocations,
    {
      metadata: at,
      spec: {
        provider: spec?.provider ?? '',
        config: { path },
        objectStorage: { bucket: 'b' },
        validationFrequency: '0s',
        backupSyncPeriod: '0s',
      },
    },
    signal,
  );
}

/** Checksum of the noise, as the container sees it. */
async function checksum(inNamespace: string, podName: string): Promise<string> {
  const target = { namespace: inNamespace, podName, command: ['sha256sum', '/data/noise'] };
  const { stdout, stderr, exitCode } = await world.client.exec(target, signal);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

/** What a backup makes for itself and must not leave; its DataUploads stay as a record for as long as it does. */
async function leftovers(): Promise<string[]> {
  const lists = await Promise.all([
    world.client.list(volumeSnapshots, {}, signal),
    world.client.list(volumeSnapshotContents, {}, signal),
    world.client.list(pods, { namespace: veleroNamespace }, signal),
    world.client.list(persistentVolumeClaims, { namespace: veleroNamespace }, signal),
  ]);
  return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata.name));
}

test.each<{ name: string; pre: string[]; says: RegExp }>([
  {
    name: 'does not exist',
    pre: ['/no/such/program'],
    says: /pre hook \["\/no\/such\/program"\].*(no such file|not found)/i,
  },
  {
    name: 'fails',
    pre: ['sh', '-c', 'echo the disk is on fire >&2; exit 3'],
    says: /exit code 3: the disk is on fire/,
  },
  { name: 'hangs', pre: ['sleep', '600'], says: /did not end within 2000 ms/ },
])(
  'a pre hook that $name -> the backup fails and says why, and the post hook ran',
  async ({ name, pre, says }) => {
    const { name: app, control } = await application(`hooked-${name.replaceAll(' ', '-')}`, { pre, timeout: '2s' });
    await startBackup(app, { app });
    const { status } = await ended(app);
    expect(status?.phase).toBe('Failed');
    expect(status?.failureReason).toMatch(says);
    expect(await exists(join(control, 'thawed'))).toBe(true);
    await world.client.delete(pods, { at: { namespace, name: app }, gracePeriodSeconds: 0 }, signal);
  },
  90_000,
);

test.each<{ disk: string; prepare: (disk: SmallDisk) => Promise<void>; says: RegExp }>([
  { disk: 'full', prepare: (disk) => disk.fill(), says: /the disk is full/ },
  { disk: 'read-only', prepare: (disk) => disk.makeReadOnly(), says: /the folder is read-only/ },
])(
  'a repository folder that is $disk -> the location says so, and a backup is refused before anything is frozen',
  async ({ disk: name, prepare, says }) => {
    const disk = diskNamed(name);
    await prepare(disk);
    await location(name, disk.path);
    const at = { namespace: veleroNamespace, name };
    const { status } = await world.until(backupStorageLocations, at, ({ status: found }) => found?.phase !== undefined);
    expect(status?.phase).toBe('Unavailable');
    expect(status?.message).toContain(disk.path);
    expect(status?.message).toMatch(says);
    const { name: app, control } = await application(`app-${name}`, { pre: ['touch', '/control/frozen'] });
    await startBackup(app, { app, storageLocation: name });
    const refused = await ended(app);
    expect(refused.status?.phase).toBe('FailedValidation');
    expect(refused.status?.validationErrors?.join()).toMatch(says);
    expect(await exists(join(control, 'frozen'))).toBe(false);
  },
  90_000,
);

// The pre hook waits, so that the folder goes bad while the application is frozen.
const waitForGo = ['sh', '-c', 'touch /control/frozen; until [ -e /control/go ]; do sleep 0.05; done'];
// More than the disk holds; it cannot be compressed.
const noiseBytes = 24 * 2 ** 20;

test.each<{ disk: string; spoil?: (disk: SmallDisk) => Promise<void>; phase: string; says: RegExp }>([
  { disk: 'fills-up', spoil: (disk) => disk.fill(), phase: 'Failed', says: /the disk is full/ },
  {
    disk: 'becomes-read-only',
    spoil: (disk) => disk.makeReadOnly(),
    phase: 'Failed',
    says: /the folder is read-only/,
  },
  // It takes the objects, but not the data.
  { disk: 'too-small', phase: 'PartiallyFailed', says: /The data of claim .* was not stored: .*the disk is full/ },
])(
  'a repository folder that proves $disk during a backup -> it fails and says why; the application is thawed, nothing is lost, the next backup works',
  async ({ disk: name, spoil, phase, says }) => {
    const disk = diskNamed(name);
    await location(name, disk.path);
    const at = { namespace: veleroNamespace, name };
    await world.until(backupStorageLocations, at, ({ status }) => status?.phase === 'Available');
    const { name: app, control } = await application(`app-${name}`, { pre: waitForGo, noiseBytes });
    const before = await checksum(namespace, app);
    await startBackup(`${app}-1`, { app, storageLocation: name });
    await poll('the pre hook', () => exists(join(control, 'frozen')));
    await spoil?.(disk);
    await writeFile(join(control, 'go'), '');

    const failed = await ended(`${app}-1`);
    expect(failed.status?.phase).toBe(phase);
    expect(await reasonOf(failed)).toMatch(says);
    expect(await exists(join(control, 'thawed'))).toBe(true);
    expect(await checksum(namespace, app)).toBe(before);
    await poll('the leftovers to go', async () => (await leftovers()).length === 0);

    await startBackup(`${app}-2`, { app });
    expect((await ended(`${app}-2`)).status).toMatchObject({ phase: 'Completed' });
    expect(await restoredChecksum(`${app}-2`, app)).toBe(before);
  },
  180_000,
);

/** Restores the backup into a namespace of its own, and looks at the data there. */
async function restoredChecksum(backupName: string, podName: string): Promise<string> {
  const at = { namespace: veleroNamespace, name: backupName };
  const spec = { backupName, namespaceMapping: { [namespace]: backupName } };
  await world.client.create(restores, { metadata: at, spec }, signal);
  const { status } = await world.until<Restore>(restores, at, (found) =>
    finalPhases.includes(found.status?.phase ?? ''),
  );
  expect(status?.phase).toBe('Completed');
  await world.until<Pod>(pods, { namespace: backupName, name: podName }, (pod) => pod.status?.phase === 'Running');
  return checksum(backupName, podName);
}

/** Why a backup failed: of one that failed in part, what its log says. */
async function reasonOf({ metadata, status, spec }: Backup): Promise<string> {
  if (status?.failureReason) return status.failureReason;
  const at = { namespace: veleroNamespace, name: spec?.storageLocation ?? '' };
  const { spec: found } = await world.client.get(backupStorageLocations, at, signal);
  const { stdout } = await run('sh', [
    '-c',
    `zcat "$0"/backups/"$1"/*-results.gz`,
    found?.config?.['path'] ?? '',
    metadata.name,
  ]);
  return stdout;
}
