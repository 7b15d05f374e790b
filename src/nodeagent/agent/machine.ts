// What is this machine? Read once at start.

import { readFile, statfs } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';
import type { MachineFacts } from './node-object.ts';

const architectures: Record<string, string> = { x64: 'amd64', ia32: '386' };

/** Facts for the Node object. `storageDir` is on the file system whose size is the ephemeral storage. */
export async function readMachine(storageDir: string): Promise<MachineFacts> {
  const [storage, osRelease, machineID] = await Promise.all([
    statfs(storageDir).catch(() => undefined),
    readFile('/etc/os-release', 'utf8').catch(() => ''),
    readFile('/etc/machine-id', 'utf8').catch(() => ''),
  ]);
  return {
    cpus: cpus().length,
    memoryBytes: totalmem(),
    storageBytes: storage ? storage.blocks * storage.bsize : 0,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? 'Linux',
    architecture: architectures[arch()] ?? arch(),
    machineID: machineID.trim(),
  };
}
