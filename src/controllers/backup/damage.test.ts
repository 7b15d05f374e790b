// Does a store that damages what it holds end one backup, and not all?

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backups } from '../../apis/velero/resources.ts';
import { hasBackupEnded } from '../../backup/phase.ts';
import { BackupWorld } from '../../backup/testing/backup-world.ts';
import { backupController } from './controller.ts';

let world: BackupWorld;
beforeEach(() => {
  world = new BackupWorld();
});
afterEach(() => world.end());

async function phaseOf(name: string): Promise<string | undefined> {
  return vi.waitFor(
    async () => {
      const backup = await world.find(backups, name, 'velero');
      expect(hasBackupEnded(backup?.status?.phase)).toBe(true);
      return backup?.status?.phase;
    },
    { timeout: 60_000, interval: 5 },
  );
}

test('staged objects are damaged -> Failed, and the next backup has its turn', async () => {
  await world.addShop();
  let isDamaging = true;
  world.startProcess((deps, openStore) => [
    backupController(deps, {
      discoverer: { discover: () => Promise.resolve([]) },
      openStore: (path) => {
        const store = openStore(path);
        const get = store.get.bind(store);
        async function* damaged(): AsyncGenerator<Uint8Array> {
          yield Buffer.from('no tarball');
        }
        store.get = (key, signal) => (isDamaging ? Promise.resolve(damaged()) : get(key, signal));
        return store;
      },
    }),
  ]);
  const spec = { includedNamespaces: ['shop'], snapshotVolumes: false };
  await world.create(backups, { metadata: { name: 'one', namespace: 'velero' }, spec });
  expect(await phaseOf('one')).toBe('Failed');
  isDamaging = false;
  await world.create(backups, { metadata: { name: 'two', namespace: 'velero' }, spec });
  expect(await phaseOf('two')).toBe('Completed');
});
