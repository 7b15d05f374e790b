// Can a pod's containers use its CSI volumes? Pure: from what is wanted and what is published.

import type { HeldVolume } from '../runtime/types.ts';
import type { PodVolume } from './desired.ts';
import { isStale, type PublishedVolume } from './reconcile.ts';

/** A volume of a pod that containers can bind. */
export interface MountedVolume {
  hostPath: string;
  isBlock: boolean;
}

export interface PodVolumeState {
  /** CSI volumes only: `ready` if there is none. */
  state: 'ready' | 'waiting' | 'stale';
  /** Nothing is published to the pod. */
  isReleased: boolean;
  mounted: Map<string, MountedVolume>;
  held: HeldVolume[];
  /** Why the pod waits. */
  message: string | undefined;
}

export interface PodVolumeInputs {
  volumes: PodVolume[];
  /** To this pod. */
  published: PublishedVolume[];
  /** Has the node's mount table been read? */
  isKnown: boolean;
  pathOf: (pvName: string) => MountedVolume | undefined;
  /** What the last failed step of a volume said. */
  failureOf: (volumeHandle: string) => string | undefined;
}

/** `stale` outweighs `waiting`: containers on a stale mount must go, whatever else is missing. */
export function podVolumeState({ volumes, published, isKnown, pathOf, failureOf }: PodVolumeInputs): PodVolumeState {
  const state: PodVolumeState = {
    state: 'ready',
    isReleased: published.length === 0 && isKnown,
    mounted: new Map(),
    held: [],
    message: undefined,
  };
  if (!isKnown) return { ...state, state: 'waiting' };
  const wait = (message: string): void => {
    if (state.state === 'ready') state.state = 'waiting';
    state.message = message;
  };
  for (const volume of volumes) {
    if (volume.type === 'local') continue;
    if (volume.type === 'unresolved') {
      wait(volume.message);
      continue;
    }
    const mount = published.find(({ pvName }) => pvName === volume.pvName);
    const path = pathOf(volume.pvName);
    if (mount && isStale(mount, volume.desired)) {
      state.state = 'stale';
    } else if (!mount || mount.isUncertain || !path) {
      wait(failureOf(volume.desired.volumeHandle) ?? `volume "${volume.volumeName}" is not attached or mounted yet`);
    } else {
      state.mounted.set(volume.volumeName, path);
      state.held.push({ volumeHandle: mount.volumeHandle, epoch: mount.epoch });
    }
  }
  return state;
}
