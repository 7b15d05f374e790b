// Which volumes does the node make by itself, and how? emptyDir, hostPath, and those whose files come from the API.

import { chmod, chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { quantityToNumber } from '../../apimachinery/quantity.ts';
import type { EmptyDirVolumeSource, HostPathVolumeSource, Pod, Volume } from '../../apis/core/generated/v1.ts';
import { exists } from '../../base/exists.ts';
import { mountsUnder, readMounts } from '../../base/mountinfo.ts';
import { mustRun, runProgram } from '../runtime/program.ts';
import { writePayload } from './atomic-writer.ts';
import { type LocalVolumeKind, localVolumeFolder, podFolder } from './paths.ts';
import { PayloadError, type PayloadSources, payloadOf } from './payload.ts';

export interface LocalVolumeOptions {
  nodeDir: string;
  sources: PayloadSources;
  /** Suffix for a new generation of files. */
  generation: string;
  signal: AbortSignal;
}

/** Sets up (again) one volume and resolves with what containers bind; undefined if it is not of a local kind. */
export async function setUpLocalVolume(
  pod: Pod,
  volume: Volume,
  options: LocalVolumeOptions,
): Promise<string | undefined> {
  if (volume.hostPath) return checkHostPath(volume.hostPath);
  const kind = localKind(volume);
  if (!kind) return undefined;
  const folder = localVolumeFolder(options.nodeDir, pod.metadata.uid, { kind, name: volume.name });
  const fsGroup = pod.spec?.securityContext?.fsGroup;
  if (volume.emptyDir) {
    await makeEmptyDir(folder, volume.emptyDir, { fsGroup, signal: options.signal });
    return folder;
  }
  const payload = payloadOf(pod, volume, options.sources) ?? {};
  await writePayload(folder, payload, { generation: options.generation, fsGroup });
  return folder;
}

export function localKind(volume: Volume): LocalVolumeKind | undefined {
  return (['emptyDir', 'secret', 'configMap', 'downwardAPI', 'projected'] as const).find(
    (kind) => volume[kind] !== undefined,
  );
}

/** Unmounts emptyDirs in memory and subPaths of a pod. Its CSI volumes must be gone: any other mount is an error. */
export async function tearDownLocalVolumes(nodeDir: string, podUID: string, signal: AbortSignal): Promise<void> {
  const folder = podFolder(nodeDir, podUID);
  for (const mountPoint of mountsUnder(await readMounts(), folder)) {
    if (mountPoint.includes('/kubernetes.io~csi/')) continue;
    await mustRun(['umount', mountPoint], { signal });
  }
}

/** Deletes the pod's folder. Rejects while anything is mounted below it: deleting through a mount would delete data. */
export async function removePodFolder(nodeDir: string, podUID: string): Promise<void> {
  const folder = podFolder(nodeDir, podUID);
  const [left] = mountsUnder(await readMounts(), folder);
  if (left !== undefined) throw new Error(`Cannot remove the folder of pod ${podUID}: ${left} is still mounted`);
  await rm(folder, { recursive: true, force: true });
}

async function makeEmptyDir(
  folder: string,
  { medium, sizeLimit }: EmptyDirVolumeSource,
  options: { fsGroup: number | undefined; signal: AbortSignal },
): Promise<void> {
  const isMounted = (await readMounts()).some(({ mountPoint }) => mountPoint === folder);
  if ((medium !== 'Memory' || isMounted) && (await exists(folder))) return;
  await mkdir(folder, { recursive: true });
  if (medium === 'Memory') {
    const size = sizeLimit === undefined ? '50%' : String(quantityToNumber(sizeLimit));
    const result = await runProgram(['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], options);
    // Without the right to mount, the folder on disk is the next best: an emptyDir all the same.
    if (result.exitCode !== 0 && process.getuid?.() === 0)
      throw new PayloadError(`cannot mount emptyDir in memory: ${result.stderr.trim()}`);
  }
  await chmod(folder, options.fsGroup === undefined ? 0o777 : 0o2777);
  if (options.fsGroup !== undefined) await chown(folder, -1, options.fsGroup).catch(() => {});
}

async function checkHostPath({ path, type = '' }: HostPathVolumeSource): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found && type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  if (!found && type === 'FileOrCreate') await writeFile(path, '', { flag: 'a', mode: 0o644 });
  if (!found && type.endsWith('OrCreate')) return path;
  const checks: Record<string, (stats: NonNullable<typeof found>) => boolean> = {
    Directory: (stats) => stats.isDirectory(),
    DirectoryOrCreate: (stats) => stats.isDirectory(),
    File: (stats) => stats.isFile(),
    FileOrCreate: (stats) => stats.isFile(),
    Socket: (stats) => stats.isSocket(),
    CharDevice: (stats) => stats.isCharacterDevice(),
    BlockDevice: (stats) => stats.isBlockDevice(),
  };
  const check = checks[type];
  if (check && !(found && check(found))) throw new PayloadError(`hostPath type check failed: ${path} is not a ${type}`);
  if (!found) throw new PayloadError(`hostPath ${path} does not exist`);
  return path;
}
