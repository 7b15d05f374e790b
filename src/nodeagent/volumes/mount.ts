// How is a volume brought to a pod, and how do people hear that it could not be? Stage, publish, FailedMount.

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Recorder } from '../../client/types.ts';
import { describeRpcError } from '../../csi/describe-error.ts';
import type { CsiMounter } from './csi-mounter.ts';
import type { ResolvedVolume } from './desired.ts';
import type { PublishedVolume, StagedVolume } from './reconcile.ts';

export interface MountDeps {
  mounter: CsiMounter;
  recorder: Recorder;
  clock: Clock;
  log: Logger;
}

export interface VolumeOfPod {
  volume: ResolvedVolume;
  pod: Pod | undefined;
}

/** Mounts the volume on the node. Rejects, after an event FailedMount, if that failed. */
export function stageVolume(target: VolumeOfPod, deps: MountDeps, signal: AbortSignal): Promise<StagedVolume> {
  const stage = () => deps.mounter.stage(target.volume, signal);
  return told({ ...target, verb: 'MountVolume.MountDevice', task: stage }, deps, signal);
}

/** Mounts the volume into the pod's folder and gives it to the pod's fsGroup. Rejects as `stageVolume` does. */
export function publishVolume(target: VolumeOfPod, deps: MountDeps, signal: AbortSignal): Promise<PublishedVolume> {
  const { fsGroup, fsGroupChangePolicy } = target.pod?.spec?.securityContext ?? {};
  const policy = fsGroupChangePolicy === 'OnRootMismatch' ? 'OnRootMismatch' : 'Always';
  const publish = () => deps.mounter.publish(target.volume, { fsGroup, policy }, signal);
  return told({ ...target, verb: 'MountVolume.SetUp', task: publish }, deps, signal);
}

interface ToldTask<T> extends VolumeOfPod {
  verb: string;
  task: () => Promise<T>;
}

async function told<T>(
  { volume, pod, verb, task }: ToldTask<T>,
  { recorder, clock, log }: MountDeps,
  signal: AbortSignal,
): Promise<T> {
  const startedAt = clock.monotonic();
  try {
    const mount = await task();
    log.info('mounted', { step: verb, volume: volume.pvName, ms: Math.round(clock.monotonic() - startedAt) });
    return mount;
  } catch (error) {
    const message = `${verb} failed for volume "${volume.pvName}" : ${describeRpcError(error)}`;
    if (pod && !signal.aborted) {
      recorder.event(
        { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata },
        { type: 'Warning', reason: 'FailedMount', message },
      );
    }
    throw error;
  }
}
