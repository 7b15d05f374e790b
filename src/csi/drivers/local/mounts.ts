// What is mounted in this process's mount namespace?

import { readFile } from 'node:fs/promises';

export interface Mount {
  /** `7:4` */
  deviceNumber: string;
  /** Path within the mounted file system that shows at the mount point; `/` unless it is a bind mount. */
  root: string;
  mountPoint: string;
  readOnly: boolean;
  fsType: string;
}

/** The mounts, oldest first; at one mount point the last one is what is seen. */
export async function listMounts(): Promise<Mount[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Reads proc_pid_mountinfo(5). */
export function parseMountInfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [fields = '', tail = ''] = line.split(' - ');
      const [, , deviceNumber = '', root = '', mountPoint = '', options = ''] = fields.split(' ');
      const [fsType = ''] = tail.split(' ');
      return {
        deviceNumber,
        root: unescape(root),
        mountPoint: unescape(mountPoint),
        readOnly: options.split(',').includes('ro'),
        fsType,
      };
    });
}

// Space, tab, newline and backslash are written in octal.
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
