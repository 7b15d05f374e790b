// Does the velero command, unmodified, do its work on a cluster? It speaks to Velero's kinds as to those of Velero itself.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStatus } from '../../src/apimachinery/status-error.ts';
import { configMaps, namespaces } from '../../src/apis/resources.ts';
import { backups, schedules } from '../../src/apis/velero/resources.ts';
import { veleroNamespace } from '../../src/apis/velero/types.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { goClient, whyNoGoClients } from '../fixtures/go-clients.ts';
import { type Kubectl, type KubectlResult, programWith } from '../fixtures/kubectl.ts';
import { poll, runningCluster } from './running-cluster.ts';

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
  });
  afterAll(() => velero.dispose());

  const run = (...words: string[]): Promise<KubectlResult> => velero(words, { timeoutMs: 90_000 });
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
