// Where does a container's root come from, and how is it taken away again?

import { readdirSync, readlinkSync } from 'node:fs';
import { chmod, lstat, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { mustRun, runProgram } from '../program.ts';
import type { ContainerSpec } from '../types.ts';
import { type HostFolderEntry, planHostRoot } from './host-root.ts';
import { homeOf, hostsFile, withGroups, withUser } from './root-files.ts';
import type { FileBind, PreparedRoot } from './sandbox.ts';

export interface RootOptions {
  /** Folder of this container on the scratch file system. */
  folder: string;
  /** An overlay is possible with its upper layer in `folder`. */
  overlay: boolean;
  address: string;
  signal: AbortSignal;
}

export interface ContainerRoot {
  root: PreparedRoot;
  tmpPath: string;
  runPath: string;
  /** Home of the user, from passwd. */
  home: string | undefined;
  /** Mount points of the container with symbolic links resolved inside the root. */
  resolve: (containerPath: string) => Promise<string>;
}

/** Makes the writable layer, /tmp and /run, and the files that name the user and the host. */
export async function prepareRoot(spec: ContainerSpec, options: RootOptions): Promise<ContainerRoot> {
  const { folder } = options;
  const tmpPath = join(folder, 'tmp');
  const runPath = join(folder, 'run');
  for (const path of [tmpPath, runPath]) {
    await mkdir(path, { recursive: true });
    // mkdir's mode is cut by the umask. /run too is for any user: there is no package script to make folders in it.
    await chmod(path, 0o1777);
  }
  const passwd = await readFile('/etc/passwd', 'utf8');
  const files: Record<string, string> = {
    '/etc/passwd': withUser(passwd, spec.user),
    '/etc/group': withGroups(await readFile('/etc/group', 'utf8'), spec.user),
    '/etc/hosts': hostsFile(options.address, spec.hostname),
    '/etc/hostname': `${spec.hostname}\n`,
  };
  const home = homeOf(passwd, spec.user.uid);
  if (options.overlay) {
    const merged = await mountOverlay(folder, options.signal);
    for (const [path, text] of Object.entries(files)) await writeFile(join(merged, path), text);
    await makeParents(spec, { merged, tmpPath, runPath });
    return {
      root: { type: 'overlay', path: merged },
      tmpPath,
      runPath,
      home,
      resolve: (path) => resolveInRoot(merged, path),
    };
  }
  const resolved = await Promise.all(spec.mounts.map((mount) => resolveInRoot('/', mount.containerPath)));
  const entries = planHostRoot(resolved, listHostFolder);
  const root: PreparedRoot = { type: 'host', entries, files: await writeFiles(folder, files) };
  return { root, tmpPath, runPath, home, resolve: (path) => resolveInRoot('/', path) };
}

/** Mounts `lowerdir=/` with the upper layer in `folder`. The overlay does not cross into other file systems. */
export async function mountOverlay(folder: string, signal: AbortSignal): Promise<string> {
  const [upper, work, merged] = ['upper', 'work', 'root'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [upper, work, merged]) await mkdir(path, { recursive: true });
  await chmod(upper, 0o755);
  const layers = `lowerdir=/,upperdir=${upper},workdir=${work}`;
  // Without `volatile`, the unmount syncs the whole file system of the upper layer; what is in it is thrown away anyhow.
  const isMounted =
    (await runProgram(['mount', '-t', 'overlay', 'amarre', '-o', `${layers},volatile`, merged], { signal }))
      .exitCode === 0;
  if (!isMounted) await mustRun(['mount', '-t', 'overlay', 'amarre', '-o', layers, merged], { signal });
  return merged;
}

/** Unmounts and deletes a container's folder. OK if it is gone. */
export async function removeRoot(folder: string, signal: AbortSignal): Promise<void> {
  const merged = join(folder, 'root');
  if ((await isMountPoint(merged)) && (await runProgram(['umount', merged], { signal })).exitCode !== 0) {
    await mustRun(['umount', '-l', merged], { signal });
  }
  await rm(folder, { recursive: true, force: true });
}

/**
 * `path` with every symbolic link followed inside `root`, never out of it. Parts that do not exist stay as they
 * are: the sandbox makes them.
 */
export async function resolveInRoot(root: string, path: string, depth = 0): Promise<string> {
  if (depth > 40) return path;
  let resolved = '';
  const parts = normalize(`/${path}`).split('/').filter(Boolean);
  for (const [index, part] of parts.entries()) {
    const next = `${resolved}/${part}`;
    const target = await readlink(join(root, next)).catch(() => undefined);
    if (target !== undefined) {
      const rest = parts.slice(index + 1).join('/');
      const base = target.startsWith('/') ? target : `${resolved}/${target}`;
      return resolveInRoot(root, `${base}/${rest}`, depth + 1);
    }
    resolved = next;
  }
  return resolved === '' ? '/' : resolved;
}

// bwrap makes missing parents of mount points for root alone.
async function makeParents(
  spec: ContainerSpec,
  at: { merged: string; tmpPath: string; runPath: string },
): Promise<void> {
  for (const { containerPath } of spec.mounts) {
    const parent = dirname(await resolveInRoot(at.merged, containerPath));
    if (parent.startsWith('/dev')) continue;
    const hostPath = parent.startsWith('/tmp')
      ? join(at.tmpPath, parent.slice(4))
      : parent.startsWith('/run')
        ? join(at.runPath, parent.slice(4))
        : join(at.merged, parent);
    await mkdir(hostPath, { recursive: true, mode: 0o755 });
  }
}

async function isMountPoint(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([
    lstat(path).catch(() => undefined),
    lstat(join(path, '..')).catch(() => undefined),
  ]);
  return own !== undefined && parent !== undefined && own.dev !== parent.dev;
}

async function writeFiles(folder: string, files: Record<string, string>): Promise<FileBind[]> {
  await mkdir(join(folder, 'etc'), { recursive: true });
  const binds: FileBind[] = [];
  for (const [containerPath, text] of Object.entries(files)) {
    const hostPath = join(folder, containerPath);
    await writeFile(hostPath, text);
    const exists = await lstat(containerPath).then(
      () => true,
      () => false,
    );
    if (exists) binds.push({ hostPath, containerPath });
  }
  return binds;
}

function listHostFolder(path: string): HostFolderEntry[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true }).map((entry) =>
      entry.isSymbolicLink()
        ? { name: entry.name, symlinkTarget: readlinkSync(join(path, entry.name)) }
        : { name: entry.name },
    );
  } catch {
    return undefined;
  }
}
