// What does `amarre down` do? Ends every process of the cluster and gives back what the machine lent:
// mounts, loop devices, network, cgroups. The data stays.

import { rm } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { sendSignal } from '../base/marked-processes.ts';
import { pollUntil } from '../base/poll.ts';
import { cgroup2Root, killCgroup, removeCgroup } from './cgroup.ts';
import { clusterCgroup, controlPlaneNames, supervisorName } from './components.ts';
import { type ClusterSpec, type DataFolder, DataFolderError, dataFolder, readClusterSpec } from './data-folder.ts';
import { markStopping } from './guard.ts';
import { removeNetwork } from './network.ts';
import { removeRecord } from './process-record.ts';
import { findProcesses } from './processes.ts';

export interface DownDeps {
  clock: Clock;
  /** Detaches every volume, unmounts the pool and frees its loop device. */
  closePool: (folder: DataFolder, spec: ClusterSpec, signal: AbortSignal) => Promise<void>;
}

export interface DownOptions {
  dataDir: string;
  /** Also delete the data folder. */
  purge: boolean;
}

const politeMs = 3000;

/** Stops a cluster. A cluster that is down already is no error; a folder that is none is. */
export async function takeDown({ dataDir, purge }: DownOptions, deps: DownDeps, signal: AbortSignal): Promise<void> {
  const folder = dataFolder(dataDir);
  const spec = await readClusterSpec(folder);
  if (!spec) throw new DataFolderError(`Cannot stop a cluster: there is none in ${dataDir}`);

  await markStopping(folder);
  // The launcher first: it would start the others again.
  const end = (isMeant: (program: string) => boolean): Promise<void> =>
    endProcesses({ folder, isMeant, clock: deps.clock }, signal);
  await end((program) => program === 'amarre-launcher');
  const root = await cgroup2Root();
  if (root) {
    const cgroup = clusterCgroup(root, spec);
    await end((program) => program === 'supervisor');
    await killCgroup(cgroup, deps.clock, signal);
    await removeCgroup(cgroup);
  }
  // The API servers say good-bye to a store that is there.
  await end((program) => program !== 'etcd');
  await end(() => true);
  // A pool that somebody else still holds must not keep the network: the rest goes first, and a repeat finishes.
  await removeNetwork(spec, signal);
  for (const name of [...controlPlaneNames(spec), ...spec.nodes.map(supervisorName)])
    await removeRecord(folder.run, name);
  await deps.closePool(folder, spec, signal);
  if (purge) await rm(folder.root, { recursive: true, force: true });
}

/** Asks the processes to end, and after a while no longer asks. */
async function endProcesses(
  { folder, isMeant, clock }: { folder: DataFolder; isMeant: (program: string) => boolean; clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const started = clock.monotonic();
  await pollUntil(
    async () => {
      const left = (await findProcesses(folder.root)).filter(
        (found) => isMeant(found.program) && found.pid !== process.pid,
      );
      const isPolite = clock.monotonic() - started < politeMs;
      for (const { pid, state } of left) sendSignal(pid, isPolite && state !== 'T' ? 'SIGTERM' : 'SIGKILL');
      return left.length === 0;
    },
    { clock, signal, intervalMs: 50 },
  );
}
