// How full are the volumes of this node's pods, and what do its containers use? The parts of the kubelet's stats/summary
// that storage and kubectl top need.

import type { Clock } from '../../base/clock.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { CsiDriver } from '../../csi/client.ts';
import type { PodWorker } from '../pods/worker.ts';
import { claimNameOf } from '../volumes/desired.ts';
import { publishFolder, publishPath, stagingFolder, stagingPath } from '../volumes/paths.ts';
import { type CpuAndMemory, total } from './usage-sampler.ts';

export interface VolumeStats {
  name: string;
  pvcRef: { name: string; namespace: string };
  time: string;
  capacityBytes?: number;
  usedBytes?: number;
  availableBytes?: number;
  inodes?: number;
  inodesUsed?: number;
  inodesFree?: number;
}

export interface StatsSummary {
  node: { nodeName: string } & Partial<CpuAndMemory>;
  pods: {
    podRef: { name: string; namespace: string | undefined; uid: string };
    volume: VolumeStats[];
    containers: ({ name: string } & CpuAndMemory)[];
  }[];
}

export interface StatsDeps {
  nodeName: string;
  nodeDir: string;
  driver: CsiDriver;
  driverName: () => string | undefined;
  workers: () => PodWorker[];
  /** PersistentVolume and volume handle behind a pod's volume. */
  volumeOf: (worker: PodWorker, volumeName: string) => { pvName: string; volumeHandle: string } | undefined;
  clock: Clock;
  /** What a container uses; undefined until that is known. */
  usageOf: (containerId: string) => CpuAndMemory | undefined;
}

const callTimeoutMs = 10_000;

/**
 * `{ node, pods: [{ podRef, volume, containers }] }`. A volume that cannot be asked is left out, and so is a container
 * that was not measured yet. A node uses what its containers use: several nodes may share one machine.
 */
export async function statsSummary(deps: StatsDeps, signal: AbortSignal): Promise<StatsSummary> {
  const pods = await Promise.all(
    deps.workers().map(async (worker) => {
      const { pod } = worker;
      if (!pod) return undefined;
      const stats = await Promise.all(
        (pod.spec?.volumes ?? []).map((volume) => volumeStats({ worker, volumeName: volume.name }, deps, signal)),
      );
      const { name, namespace, uid } = pod.metadata;
      const containers = worker
        .records()
        .filter(({ state }) => state === 'running')
        .flatMap((record) => {
          const usage = deps.usageOf(record.id);
          return usage ? { name: record.name, ...usage } : [];
        });
      return { podRef: { name, namespace, uid }, volume: stats.filter((one) => one !== undefined), containers };
    }),
  );
  const known = pods.filter((one) => one !== undefined);
  const usage = total(known.flatMap(({ containers }) => containers));
  return { node: { nodeName: deps.nodeName, ...usage }, pods: known };
}

async function volumeStats(
  { worker, volumeName }: { worker: PodWorker; volumeName: string },
  deps: StatsDeps,
  signal: AbortSignal,
): Promise<VolumeStats | undefined> {
  const { pod } = worker;
  const volume = pod?.spec?.volumes?.find(({ name }) => name === volumeName);
  const found = deps.volumeOf(worker, volumeName);
  const driverName = deps.driverName();
  if (!pod || !volume || !found || !driverName) return undefined;
  const request = {
    volumeId: found.volumeHandle,
    volumePath: publishPath(publishFolder(deps.nodeDir, worker.podUID, found.pvName)),
    stagingTargetPath: stagingPath(stagingFolder(deps.nodeDir, driverName, found.volumeHandle)),
  };
  const answer = await deps.driver.node
    .nodeGetVolumeStats(request, { signal, timeoutMs: callTimeoutMs })
    .catch(() => undefined);
  if (!answer) return undefined;
  const bytes = answer.usage.find(({ unit }) => unit === 'BYTES');
  const inodes = answer.usage.find(({ unit }) => unit === 'INODES');
  return {
    name: volumeName,
    pvcRef: { name: claimNameOf(pod, volume) ?? '', namespace: pod.metadata.namespace ?? '' },
    time: rfc3339(deps.clock.now()),
    ...(bytes && { capacityBytes: bytes.total, usedBytes: bytes.used, availableBytes: bytes.available }),
    ...(inodes && { inodes: inodes.total, inodesUsed: inodes.used, inodesFree: inodes.available }),
  };
}
