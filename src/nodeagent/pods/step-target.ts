// What does a step of a pod act on? The worker as `execute` sees it, and what both are given.

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Recorder } from '../../client/types.ts';
import type { Prober } from '../probes/prober.ts';
import type { ContainerRecord } from '../runtime/types.ts';
import type { VolumeManager } from '../volumes/manager.ts';
import type { LocalVolumes } from './local-volumes.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import type { StartDeps } from './start-container.ts';
import type { ContainerMemory } from './view.ts';

export interface WorkerDeps extends StartDeps {
  cache: RuntimeCache;
  volumes: VolumeManager;
  prober: Prober;
  recorder: Recorder;
  clock: Clock;
  log: Logger;
  /** Pods of this node beside the named one. */
  otherPods: (podUID: string) => Pod[];
  /** The worker has nothing left to do. */
  onForget: (podUID: string) => void;
}

/** A pod's worker. */
export interface StepTarget {
  readonly podUID: string;
  readonly deps: WorkerDeps;
  /** By container name. */
  readonly memory: Map<string, ContainerMemory>;
  readonly local: LocalVolumes;
  records(): ContainerRecord[];
  wake(): void;
  release(signal: AbortSignal): Promise<void>;
  deleteFromApi(pod: Pod, signal: AbortSignal): Promise<void>;
  removeTraces(signal: AbortSignal): Promise<void>;
}
