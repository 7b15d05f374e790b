// What is mounted in this process's mount namespace? Pure parsing of /proc/self/mountinfo.

import { readFile } from 'node:fs/promises';

export interface MountEntry {
  mountPoint: string;
  /** `7:4`: equal for all mounts of one file system. */
  device: string;
  /** Path within the mounted file system that shows at the mount point; `/` unless it is a bind mount. */
  root: string;
  readOnly: boolean;
  fsType: string;
  source: string;
}

/** The mounts of this namespace, in the order in which they were made; at one mount point the last one is what is seen. */
export async function readMounts(): Promise<MountEntry[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** proc(5): `36 35 98:0 /root /mount/point opts optional… - fstype source superopts`; blanks are octal escapes. */
export function parseMountInfo(text: string): MountEntry[] {
  const mounts: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const [head, tail] = line.split(' - ');
    if (head === undefined || tail === undefined) continue;
    const [, , device = '', root = '', mountPoint = '', options = ''] = head.split(' ');
    const [fsType = '', source = ''] = tail.split(' ');
    mounts.push({
      mountPoint: unescapeOctal(mountPoint),
      device,
      root: unescapeOctal(root),
      readOnly: options.split(',').includes('ro'),
      fsType,
      source: unescapeOctal(source),
    });
  }
  return mounts;
}

/** Mount points at or below `path`, deepest and latest first: the order in which they can be unmounted. */
export function mountsUnder(mounts: readonly MountEntry[], path: string): string[] {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  return mounts
    .map((mount) => mount.mountPoint)
    .filter((point) => point === path || point.startsWith(prefix))
    .reverse()
    .sort((a, b) => b.length - a.length);
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
