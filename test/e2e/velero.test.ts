// Does the velero command, unmodified, do its work on a cluster? It speaks to Velero's kinds as to those of Velero itself.

import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStatus } from '../../src/apimachinery/status-error.ts';
import { configMaps, namespaces, persistentVolumeClaims, pods } from '../../src/apis/resources.ts';
import { volumeSnapshotClasses } from '../../src/apis/snapshot/types.ts';
import {
  backupStorageLocations,
  backups,
  downloadRequests,
  schedules,
  serverStatusRequests,
} from '../../src/apis/velero/resources.ts';
import { veleroNamespace } from '../../src/apis/velero/types.ts';
import { readTarball } from '../../src/backup/tarball.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { goClient, whyNoGoClients } from '../fixtures/go-clients.ts';
import { type Kubectl, type KubectlResult, programWith } from '../fixtures/kubectl.ts';
import { immediateClass, poll, runningCluster } from './running-cluster.ts';

const why = await whyNoGoClients(['velero']);
if (why) report(`the velero command is not run here: ${why}`);

describe.skipIf(why)('velero', () => {
  const world = runningCluster({ namespaces: ['shop'], upOptions: ['--pool-size', '1Gi'] });
  const { signal } = world;
  let velero: Kubectl;

  beforeAll(async () => {
    velero = await programWith((await goClient('velero')) ?? 'velero', world.cluster.kubeconfig);
    const metadata = { namespace: 'shop', name: 'prices' };
    await world.client.create(configMaps, { metadata, data: { bread: '3' } }, signal);
    await addVolume();
  });
  afterAll(() => velero.dispose());

  /** A claim with seven bytes, and the pod that wrote them. */
  async function addVolume(): Promise<void> {
    const driver = 'local.csi.amarre.io';
    await world.client.create(
      volumeSnapshotClasses,
      { metadata: { name: 'local' }, driver, deletionPolicy: 'Delete' },
      signal,
    );
    const spec = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: immediateClass,
      resources: { requests: { storage: '64Mi' } },
    };
    await world.client.create(persistentVolumeClaims, { metadata: { namespace: 'shop', name: 'data' }, spec }, signal);
    await world.client.create(
      pods,
      {
        metadata: { namespace: 'shop', name: 'writer' },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'app',
              image: 'amarre.io/host',
              command: ['sh', '-c', 'printf kept123 > /data/kept; sync; exec sleep 600'],
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
        },
      },
      signal,
    );
    const at = { namespace: 'shop', name: 'writer' };
    await world.until(pods, at, ({ status }) => status?.phase === 'Running');
  }

  const run = (...words: string[]): Promise<KubectlResult> =>
    velero(['--colorized=false', ...words], { timeoutMs: 90_000 });
  /** Standard output of a command that must succeed, its runs of blanks as one. */
  async function out(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(...words);
    expect(code, stderr).toBe(0);
    return stdout.replaceAll(/ +/g, ' ');
  }

  test('a namespace is backed up, lost and restored under another name', async () => {
    await poll('the default location to be available', async () =>
      (await out('backup-location', 'get')).includes('Available'),
    );
    const backedUp = await out('backup', 'create', 'one', '--include-namespaces', 'shop', '--wait');
    expect(backedUp).toContain('Backup request "one" submitted successfully.');
    expect(backedUp).toContain('Backup completed with status: Completed.');
    expect(await out('backup', 'get')).toMatch(/^one Completed 0 0 /m);

    await world.client.delete(namespaces, { at: { name: 'shop' } }, signal);
    const words = ['create', 'two', '--from-backup', 'one', '--namespace-mappings', 'shop:market', '--wait'];
    const restored = await out('restore', ...words);
    expect(restored).toContain('Restore completed with status: Completed.');
    expect(await out('restore', 'get')).toMatch(/^two one Completed /m);
    const copy = await world.client.get(configMaps, { namespace: 'market', name: 'prices' }, signal);
    expect(copy.data).toEqual({ bread: '3' });
  });

  test('version and plugins -> those of the server, and the question is forgotten', async () => {
    expect(await out('version')).toMatch(/Server:\n\tVersion: v1\.18\.3-amarre\./);
    const plugins = await out('plugin', 'get');
    expect(plugins).toMatch(/^amarre\.io\/filesystem ObjectStore/m);
    const asked = await world.client.list(serverStatusRequests, {}, signal);
    expect(asked.items.map(({ status }) => status?.phase)).toEqual(['Processed', 'Processed']);
  });

  test('the backup -> described with its objects, its volume and its operation', async () => {
    const told = await out('backup', 'describe', 'one', '--details');
    expect(told).toContain('Phase: Completed');
    expect(told).toContain('TTL: 720h0m0s');
    expect(told).toContain('Data Mover: amarre.io/restic');
    expect(told).toMatch(/v1\/ConfigMap:\n( - .*\n)* - shop\/prices\n/);
    expect(told).toMatch(
      /Operation for persistentvolumeclaims shop\/data:\n Backup Item Action Plugin: amarre\.io\/data-upload/,
    );
    expect(told).toMatch(/Progress: (\d+) of \1 complete \(Bytes\)/);
    expect(told).toMatch(/CSI Snapshots:\n shop\/data:\n Data Movement:\n Operation ID: one-/);
    expect(told).toMatch(/Uploader Type: restic\n Moved data Size \(bytes\): 7\n Result: succeeded/);
    expect(told).not.toContain('<error');
    const found = JSON.parse(await out('backup', 'describe', 'one', '-o', 'json')) as { phase: string };
    expect(found.phase).toBe('Completed');
  });

  test('the log of the backup -> what it did', async () => {
    const log = await out('backup', 'logs', 'one');
    expect(log).toMatch(/^time="\S+" level=info msg="Backup one to location default started"\n/);
    expect(log).toContain('msg="Backed up ConfigMap shop/prices"');
    expect(log).toMatch(/msg="Stored 7 bytes of claim shop\/data as restic snapshot [0-9a-f]{64}"/);
    expect(log).toMatch(/msg="Backup one ended Completed with \d+ items"\n$/);
  });

  test('the backup is downloaded -> a whole tarball with its objects', async () => {
    const path = join(world.cluster.kubeconfig, '../one.tar.gz');
    await out('backup', 'download', 'one', '-o', path);
    const names: string[] = [];
    const content = await readFile(path);
    for await (const { namespace, name } of readTarball(inOnePiece(content))) names.push(`${namespace}/${name}`);
    expect(names).toContain('shop/prices');
  });

  test('the restore -> described with its volume and its operation, and its log says what it did', async () => {
    const told = await out('restore', 'describe', 'two', '--details');
    expect(told).toContain('Phase: Completed');
    expect(told).toMatch(/CSI Snapshot Restores:\n market\/data:\n Data Movement:\n Operation ID: two-/);
    expect(told).toMatch(
      /Operation for persistentvolumeclaims market\/data:\n Restore Item Action Plugin: amarre\.io\/data-download/,
    );
    expect(told).toContain('- market/prices(created)');
    expect(told).not.toContain('<error');
    const log = await out('restore', 'logs', 'two');
    expect(log).toMatch(/msg="Restored \d+ bytes of claim market\/data from restic snapshot [0-9a-f]{64}"/);
    expect(log).toContain('msg="ConfigMap market/prices: created"');
    expect(await out('repo', 'get')).toMatch(/^shop-default-restic Ready /m);
  });

  test('a URL gives its file and no other, to those who trust the authority of the location', async () => {
    const metadata = { namespace: veleroNamespace, name: 'by-hand' };
    const spec = { target: { kind: 'BackupLog', name: 'one' } };
    await world.client.create(downloadRequests, { metadata, spec }, signal);
    const { status } = await world.until(downloadRequests, metadata, (asked) => asked.status?.phase === 'Processed');
    const url = status?.downloadURL ?? '';
    const at = { namespace: veleroNamespace, name: 'default' };
    const location = await world.client.get(backupStorageLocations, at, signal);
    const ca = Buffer.from(location.spec?.objectStorage.caCert ?? '', 'base64').toString();
    expect(await codeOf(url, ca)).toBe(200);
    expect(await codeOf(url.replace('one-logs.gz', 'one.tar.gz'), ca)).toBe(403);
    expect(await codeOf(url.replace('expires=1', 'expires=2'), ca)).toBe(403);
    await expect(codeOf(url, undefined)).rejects.toThrow(/certificate/);
  });

  test('a backup that fails -> its log and its description say why', async () => {
    const annotations = { 'pre.hook.backup.velero.io/command': '["sh", "-c", "echo no space >&2; exit 3"]' };
    const at = { namespace: 'market', name: 'writer' };
    await world.until(pods, at, ({ status }) => status?.phase === 'Running');
    await world.client.patch(pods, { at, body: { metadata: { annotations } } }, signal);
    const { stdout } = await run('backup', 'create', 'broken', '--include-namespaces', 'market', '--wait');
    expect(stdout).toContain('Backup completed with status: Failed.');
    expect(await out('backup', 'logs', 'broken')).toMatch(/level=error msg=".*exit code 3: no space/);
    const told = await out('backup', 'describe', 'broken');
    expect(told).toContain('Phase: Failed (run `velero backup logs broken` for more information)');
    expect(told).toContain('exit code 3: no space');
  });

  test('a backup that is deleted -> its object and the restores made from it go', async () => {
    await out('backup', 'create', 'old', '--include-namespaces', 'default', '--wait');
    expect(await out('backup', 'delete', 'old', '--confirm')).toContain('Request to delete backup "old" submitted');
    await poll('the backup to be gone', async (bounded) => {
      const at = { namespace: veleroNamespace, name: 'old' };
      return world.client.get(backups, at, bounded).then(
        () => false,
        (error: unknown) => isStatus(error, 'NotFound'),
      );
    });
  });

  test('a schedule whose time comes -> a backup of its name; one that cannot be read says so', async () => {
    await out('schedule', 'create', 'often', '--schedule', '@every 1s', '--include-namespaces', 'shop', '--ttl', '24h');
    await poll('a backup of the schedule', async () =>
      /^often-\d{14} Completed .* 23h default/m.test(await out('backup', 'get')),
    );
    expect(await out('schedule', 'get')).toMatch(/^often Enabled .* @every 1s 24h0m0s \d+s ago <none> false/m);
    await out('schedule', 'delete', 'often', '--confirm');
    await out('schedule', 'create', 'never', '--schedule', 'every day');
    await poll('the schedule to be looked at', async () => (await out('schedule', 'get')).includes('FailedValidation'));
    const why = 'Validation errors: invalid schedule: expected exactly 5 fields, found 2: [every day]';
    expect(await out('schedule', 'describe', 'never')).toContain(why);
  });

  test('another location -> made, used, and its files are downloaded as those of the first', async () => {
    const path = join(world.cluster.kubeconfig, '../nas');
    const words = [
      'create',
      'nas',
      '--provider',
      'amarre.io/filesystem',
      '--bucket',
      'nas',
      '--config',
      `path=${path}`,
    ];
    await out('backup-location', ...words);
    await poll('the location to be available', async () =>
      /^nas amarre\.io\/filesystem nas Available /m.test(await out('backup-location', 'get')),
    );
    await out('backup', 'create', 'far', '--storage-location', 'nas', '--include-namespaces', 'default', '--wait');
    expect(await out('backup', 'logs', 'far')).toContain('Backup far to location nas started');
    expect(await out('backup-location', 'delete', 'nas', '--confirm')).toContain('deleted successfully');
  });

  test('a schedule -> created, described, paused, run on and deleted', async () => {
    expect(await out('schedule', 'create', 'nightly', '--schedule', '0 3 * * *', '--include-namespaces', 'shop')).toBe(
      'Schedule "nightly" created successfully.\n',
    );
    expect(await out('schedule', 'get')).toContain('nightly');
    expect(await out('schedule', 'describe', 'nightly')).toContain('Schedule: 0 3 * * *');
    const paused = async (): Promise<boolean | undefined> =>
      (await world.client.get(schedules, { namespace: veleroNamespace, name: 'nightly' }, signal)).spec?.paused;
    expect(await out('schedule', 'pause', 'nightly')).toBe('Schedule nightly paused successfully\n');
    expect(await paused()).toBe(true);
    expect(await out('schedule', 'unpause', 'nightly')).toBe('Schedule nightly unpaused successfully\n');
    expect(await paused()).not.toBe(true);
    expect(await out('schedule', 'delete', 'nightly', '--confirm')).toContain('Schedule deleted: nightly');
  });

  test('a backup that does not exist -> an error that names it, and exit code 1', async () => {
    const { code, stderr } = await run('backup', 'get', 'none');
    expect(code).toBe(1);
    expect(stderr).toContain('backups.velero.io "none" not found');
  });
});

async function* inOnePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** The status that a GET is answered with. */
function codeOf(url: string, ca: string | undefined): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, ...(ca && { ca }) }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    asked.on('error', reject).end();
  });
}
