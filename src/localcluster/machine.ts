// What does this machine allow, and what follows from it? Facts are gathered at the edge; the choice is pure.

import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, release, totalmem } from 'node:os';
import { exists } from '../base/exists.ts';
import { findProgram } from './program.ts';

export interface MachineFacts {
  uid: number;
  /** CAP_SYS_ADMIN in the effective set: mounts and loop devices. */
  capSysAdmin: boolean;
  /** CAP_NET_ADMIN in the effective set: bridges and veth pairs. */
  capNetAdmin: boolean;
  loopControl: boolean;
  /** From /proc/filesystems. */
  filesystems: string[];
  /** Path by program name; undefined where it is missing. */
  programs: Record<string, string | undefined>;
  kernel: string;
  cpus: number;
  memoryBytes: number;
  freeDiskBytes: number;
}

/** Programs that the local mode uses, with the Debian package that has each. */
export const programPackages: Record<string, string> = {
  losetup: 'mount',
  mount: 'mount',
  'mkfs.xfs': 'xfsprogs',
  xfs_growfs: 'xfsprogs',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  bwrap: 'bubblewrap',
  restic: 'restic',
};

export interface MachineChoice {
  volumes: 'block' | 'directory';
  network: 'namespaces' | 'loopback';
  /** One sentence per thing that the user should know: what was chosen and why. */
  notes: string[];
}

const blockPrograms = ['losetup', 'mount', 'mkfs.xfs', 'xfs_growfs'];
const networkPrograms = ['ip', 'nsenter', 'unshare'];

/** Looks at the machine; `diskPath` is where the pool would be. */
export async function gatherMachineFacts(diskPath: string): Promise<MachineFacts> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const filesystems = (await readFile('/proc/filesystems', 'utf8'))
    .split('\n')
    .map((line) => line.split('\t')[1] ?? '');
  const programs: Record<string, string | undefined> = {};
  for (const name of Object.keys(programPackages)) programs[name] = await findProgram(name);
  const disk = await statfs(diskPath);
  return {
    uid: process.getuid?.() ?? -1,
    capSysAdmin: ((effective >> 21n) & 1n) === 1n,
    capNetAdmin: ((effective >> 12n) & 1n) === 1n,
    loopControl: await exists('/dev/loop-control'),
    filesystems,
    programs,
    kernel: release(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    freeDiskBytes: disk.bavail * disk.bsize,
  };
}

/** The strongest mode that the machine allows, with the reason for each weaker choice. */
export function chooseModes(facts: MachineFacts): MachineChoice {
  const notes: string[] = [];
  const lacking = (names: string[]): string[] => names.filter((name) => !facts.programs[name]);

  const whyNoBlock = blockObstacle(facts, lacking(blockPrograms));
  if (whyNoBlock) notes.push(`Volumes are directories, without size limit, growth or storage fence: ${whyNoBlock}.`);

  const whyNoNamespaces = networkObstacle(facts, lacking(networkPrograms));
  if (whyNoNamespaces) {
    notes.push(`Nodes are process groups on loopback addresses, not network namespaces: ${whyNoNamespaces}.`);
  }
  if (!facts.programs['bwrap']) {
    notes.push('Containers are plain processes: bwrap is missing; install the package bubblewrap.');
  }
  if (!facts.programs['restic']) {
    notes.push('Volume data can not be backed up: restic is missing; install the package restic.');
  }
  return {
    volumes: whyNoBlock ? 'directory' : 'block',
    network: whyNoNamespaces ? 'loopback' : 'namespaces',
    notes,
  };
}

function blockObstacle(facts: MachineFacts, missing: string[]): string | undefined {
  if (!facts.capSysAdmin)
    return facts.uid === 0 ? 'CAP_SYS_ADMIN is missing here' : 'this is not root; run as root for block volumes';
  if (!facts.loopControl) return '/dev/loop-control is missing';
  if (!facts.filesystems.includes('xfs')) return 'the kernel has no XFS loaded; run `modprobe xfs`';
  if (missing.length > 0) return `${missing.join(', ')} missing; ${installHint(missing)}`;
  return undefined;
}

function networkObstacle(facts: MachineFacts, missing: string[]): string | undefined {
  if (!facts.capNetAdmin || !facts.capSysAdmin) {
    return facts.uid === 0 ? 'CAP_NET_ADMIN or CAP_SYS_ADMIN is missing here' : 'this is not root';
  }
  if (missing.length > 0) return `${missing.join(', ')} missing; ${installHint(missing)}`;
  return undefined;
}

function installHint(programs: string[]): string {
  const packages = [...new Set(programs.map((name) => programPackages[name] ?? name))];
  return `install the package${packages.length > 1 ? 's' : ''} ${packages.join(', ')}`;
}
