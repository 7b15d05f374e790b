// Where does a test get a disk that fills up or takes no writes? A file with a file system, mounted.

import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  /** Where it is mounted. */
  path: string;
  /** Takes every byte that is left. May be called again. */
  fill(): Promise<void>;
  /** From now on nobody can write to it. */
  makeReadOnly(): Promise<void>;
  unmount(): Promise<void>;
}

// A large file first, then small ones: writing back what was delayed gives some blocks free again.
const fillScript = `
  cat /dev/zero >"$0/.filling" 2>/dev/null
  sync -f "$0"
  count=0
  while dd if=/dev/zero of="$0/.filling-$count" bs=1k count=1 conv=fsync 2>/dev/null; do count=$((count + 1)); done
`;

/** An ext4 file system of `size` bytes (`64M`), mounted at `path`, which is made. */
export async function mountSmall(path: string, size: string): Promise<SmallDisk> {
  const image = `${path}.img`;
  await mkdir(path);
  await writeFile(image, '');
  await run('truncate', ['--size', size, image]);
  // Nothing kept back for root: full means full.
  await run('mkfs.ext4', ['-q', '-m', '0', image]);
  await run('mount', ['-o', 'loop', image, path]);
  return {
    path,
    async fill() {
      await run('sh', ['-c', fillScript, path]);
    },
    async makeReadOnly() {
      await run('mount', ['-o', 'remount,ro', path]);
    },
    async unmount() {
      await run('umount', [path]);
      await rm(image);
    },
  };
}
