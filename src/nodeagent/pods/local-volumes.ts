// Which of a pod's volumes does the node itself provide, and are they there?

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { localKind, removePodFolder, setUpLocalVolume, tearDownLocalVolumes } from '../volumes/local-volumes.ts';
import { PayloadError } from '../volumes/payload.ts';
import type { MountedVolume } from '../volumes/pod-volume-state.ts';
import { ContainerConfigError } from './env.ts';
import { readReferences, volumeReferences } from './references.ts';
import { PodTokens } from './tokens.ts';

export interface LocalVolumesDeps {
  nodeDir: string;
  address: string;
  allocatable: { cpu: string; memory: string };
  client: Client;
  recorder: Recorder;
  clock: Clock;
}

/** Age at which files from the API are read again. Kubelet: syncFrequency. */
export const refreshMs = 60_000;

/** emptyDir, hostPath, secret, configMap, downwardAPI and projected volumes of one pod. */
export class LocalVolumes {
  readonly #podUID: string;
  readonly #deps: LocalVolumesDeps;
  /** By volume name. */
  readonly paths = new Map<string, MountedVolume>();
  #isSetUp = false;
  #refreshAtMs = 0;
  readonly #tokens: PodTokens;

  constructor(podUID: string, deps: LocalVolumesDeps) {
    this.#podUID = podUID;
    this.#deps = deps;
    this.#tokens = new PodTokens(deps);
  }

  get isReady(): boolean {
    return this.#isSetUp && this.#deps.clock.monotonic() < this.#refreshAtMs;
  }

  isRefreshable(pod: Pod | undefined): boolean {
    return (pod?.spec?.volumes ?? []).some((volume) => !['emptyDir', undefined].includes(localKind(volume)));
  }

  /**
   * Makes what is missing and refreshes files. Rejects, after an event FailedMount, if a source is missing; but what
   * stands already keeps standing, and is refreshed later.
   */
  async setUp(pod: Pod, signal: AbortSignal): Promise<void> {
    try {
      await this.#setUpAll(pod, signal);
      this.#isSetUp = true;
    } catch (error) {
      if (!this.#isSetUp || signal.aborted) throw error;
    }
    this.#refreshAtMs = this.isRefreshable(pod) ? this.#deps.clock.monotonic() + refreshMs : Number.POSITIVE_INFINITY;
  }

  async #setUpAll(pod: Pod, signal: AbortSignal): Promise<void> {
    const { client, recorder, clock, nodeDir, address, allocatable } = this.#deps;
    for (const volume of pod.spec?.volumes ?? []) {
      const objects = await readReferences(pod, volumeReferences(volume), { client, signal });
      const token = await this.#tokens.of(pod, volume, signal);
      try {
        const hostPath = await setUpLocalVolume(pod, volume, {
          nodeDir,
          signal,
          sources: { ...objects, token, address, allocatable },
          generation: String(Math.floor(clock.now())),
        });
        if (hostPath !== undefined) this.paths.set(volume.name, { hostPath, isBlock: false });
      } catch (error) {
        if (error instanceof PayloadError || error instanceof ContainerConfigError) {
          const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`;
          recorder.event(
            { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata },
            { type: 'Warning', reason: 'FailedMount', message },
          );
        }
        throw error;
      }
    }
  }

  release(signal: AbortSignal): Promise<void> {
    return tearDownLocalVolumes(this.#deps.nodeDir, this.#podUID, signal);
  }

  removeFolder(): Promise<void> {
    return removePodFolder(this.#deps.nodeDir, this.#podUID);
  }
}
