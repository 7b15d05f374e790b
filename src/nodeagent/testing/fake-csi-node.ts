// A CSI node plugin for tests: volumes are folders, staged and published by bind mounts. Remembers its calls.

import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '../../base/log.ts';
import { readMounts } from '../../base/mountinfo.ts';
import { systemClock } from '../../base/system-clock.ts';
import { type DriverServices, serveDriver } from '../../csi/server.ts';
import { mustRun } from '../runtime/program.ts';

export const fakeDriverName = 'fake.csi.amarre.io';

export interface FakeCsiNode {
  /** `nodeStageVolume vol-1`, in order. */
  calls: string[];
  stop: () => Promise<void>;
}

const identity: DriverServices['identity'] = {
  getPluginInfo: async () => ({ name: fakeDriverName, vendorVersion: '1', manifest: {} }),
  getPluginCapabilities: async () => ({ capabilities: [] }),
  probe: async () => ({ ready: true }),
};

interface FakeVolumes {
  calls: string[];
  volumesDir: string;
  signal: AbortSignal;
}

function nodeService({ calls, volumesDir, signal }: FakeVolumes): NonNullable<DriverServices['node']> {
  const bind = async (source: string, target: string): Promise<void> => {
    await mkdir(target, { recursive: true });
    if (!(await isMounted(target))) await mustRun(['mount', '--bind', source, target], { signal });
  };
  const unmount = async (target: string): Promise<void> => {
    if (await isMounted(target)) await mustRun(['umount', target], { signal });
    await rmdir(target).catch(() => {});
  };
  const capabilities = (['STAGE_UNSTAGE_VOLUME', 'EXPAND_VOLUME', 'GET_VOLUME_STATS'] as const).map((type) => ({
    rpc: { type },
  }));
  return {
    async nodeStageVolume({ volumeId, stagingTargetPath }) {
      calls.push(`stage ${volumeId}`);
      await mkdir(join(volumesDir, volumeId), { recursive: true });
      await bind(join(volumesDir, volumeId), stagingTargetPath);
      return {};
    },
    async nodeUnstageVolume({ volumeId, stagingTargetPath }) {
      calls.push(`unstage ${volumeId}`);
      await unmount(stagingTargetPath);
      return {};
    },
    async nodePublishVolume({ volumeId, stagingTargetPath, targetPath }) {
      calls.push(`publish ${volumeId}`);
      await bind(stagingTargetPath, targetPath);
      return {};
    },
    async nodeUnpublishVolume({ volumeId, targetPath }) {
      calls.push(`unpublish ${volumeId}`);
      await unmount(targetPath);
      return {};
    },
    async nodeExpandVolume({ volumeId, capacityRange }) {
      calls.push(`expand ${volumeId} ${capacityRange?.requiredBytes}`);
      return { capacityBytes: capacityRange?.requiredBytes ?? 0 };
    },
    nodeGetVolumeStats: async () => ({ usage: [{ unit: 'BYTES', total: 100, used: 40, available: 60 }] }),
    nodeGetCapabilities: async () => ({ capabilities }),
    nodeGetInfo: async () => ({
      nodeId: 'node-1',
      maxVolumesPerNode: 0,
      accessibleTopology: { segments: { 'topology.fake/pool': 'local' } },
    }),
  };
}

/** Listens on `socketPath`; volume `v` is the folder `<volumesDir>/v`. */
export async function startFakeCsiNode(socketPath: string, volumesDir: string): Promise<FakeCsiNode> {
  const calls: string[] = [];
  const stop = new AbortController();
  const { signal } = stop;
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  const served = serveDriver(
    {
      socketPath,
      clock: systemClock,
      log: silentLogger,
      onReady: () => isReady(),
      services: {
        identity,
        node: nodeService({ calls, volumesDir, signal }),
      },
    },
    signal,
  );
  await ready;
  await writeFile(join(volumesDir, '.keep'), '');
  return {
    calls,
    async stop() {
      stop.abort();
      await served;
    },
  };
}

async function isMounted(path: string): Promise<boolean> {
  return (await readMounts()).some(({ mountPoint }) => mountPoint === path);
}
