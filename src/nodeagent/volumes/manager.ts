// Who brings this node's mounts to what its pods want? Models pkg/kubelet/volumemanager.

import type { Pod } from '../../apis/core/generated/v1.ts';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Client, EventTarget, Recorder } from '../../client/types.ts';
import { Wakeup } from '../wakeup.ts';
import type { HeldVolume } from '../runtime/types.ts';
import type { CsiMounter } from './csi-mounter.ts';
import { expansionOf, podVolumes, type PodVolume, type ResolvedVolume, type VolumeLookups } from './desired.ts';
import { expandVolume } from './expand.ts';
import { uniqueVolumeName } from './paths.ts';
import { type DesiredVolume, isStale, type PublishedVolume, reconcileVolumes, type StagedVolume, type VolumeStep } from './reconcile.ts';
import { findLostMounts, reconstructVolumes } from './volume-data.ts';

/** One pod that has a worker on this node. */
export interface ManagedPod {
  podUID: string;
  /** Undefined for a pod that vanished before this agent started. */
  pod: Pod | undefined;
  isLeaving: boolean;
  isRunning: boolean;
  /** All its containers are gone and its volumes are to be unmounted. */
  isReleasing: boolean;
}

export interface VolumeManagerDeps {
  nodeDir: string;
  mounter: CsiMounter;
  lookups: VolumeLookups;
  pods: () => ManagedPod[];
  /** Every list that the desired state depends on has been read. */
  isComplete: () => boolean;
  /** Something about these pods' volumes has changed. */
  onChange: (podUIDs: string[]) => void;
  onInUseChange: () => void;
  client: Client;
  recorder: Recorder;
  clock: Clock;
  log: Logger;
}

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

interface Failure {
  failures: number;
  message: string;
}

// More at once only make each slower: see the measurements of 200 volumes.
const stepsAtOnce = 4;
const retry = { initialMs: 200, maxMs: 122_000 };

/** Desired and actual state of one node's CSI volumes. */
export class VolumeManager {
  readonly #deps: VolumeManagerDeps;
  #staged: StagedVolume[] = [];
  #published: PublishedVolume[] = [];
  readonly #busy = new Set<string>();
  readonly #failures = new Map<string, Failure>();
  readonly #wakeup: Wakeup;
  readonly #paths = new Map<string, MountedVolume>();
  readonly #expanded = new Map<string, string>();
  #running = 0;
  #inUse = '';
  #isReconstructed = false;

  constructor(deps: VolumeManagerDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** Works until `signal` aborts. Reads what is mounted first. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#reconstruct();
    while (!signal.aborted) {
      this.#pass(signal);
      await this.#wakeup.wait(undefined, signal);
    }
  }

  /** Something that the desired state is made of has changed. */
  wake(): void {
    this.#wakeup.wake();
  }

  /**
   * Names for node.status.volumesInUse: what is mounted, and what will be. A volume whose attachment is being
   * deleted will not be: to list it would keep the attachment that must go before a new one can come.
   */
  volumesInUse(): string[] {
    const wanted = this.#resolved().flatMap(({ desired }) => (desired.attachment ? [desired] : []));
    const all = [...wanted, ...this.#staged, ...this.#published];
    return [...new Set(all.map(({ driver, volumeHandle }) => uniqueVolumeName(driver, volumeHandle)))].sort();
  }

  stateOf(podUID: string, pod: Pod | undefined): PodVolumeState {
    const published = this.#published.filter((mount) => mount.podUID === podUID);
    const state: PodVolumeState = { state: 'ready', isReleased: published.length === 0 && this.#isReconstructed, mounted: new Map(), held: [], message: undefined };
    if (!this.#isReconstructed) return { ...state, state: 'waiting' };
    for (const volume of pod ? this.#volumesOf(pod) : []) {
      if (volume.type === 'local') continue;
      if (volume.type === 'unresolved') {
        if (state.state !== 'stale') state.state = 'waiting';
        state.message = volume.message;
        continue;
      }
      const mount = published.find(({ pvName }) => pvName === volume.pvName);
      const path = this.#paths.get(`${podUID}/${volume.pvName}`);
      if (mount && isStale(mount, volume.desired)) {
        state.state = 'stale';
      } else if (!mount || mount.isUncertain || !path) {
        if (state.state !== 'stale') state.state = 'waiting';
        state.message = this.#failures.get(volume.desired.volumeHandle)?.message ?? `volume "${volume.volumeName}" is not attached or mounted yet`;
      } else {
        state.mounted.set(volume.volumeName, path);
        state.held.push({ volumeHandle: mount.volumeHandle, epoch: mount.epoch });
      }
    }
    return state;
  }

  /** The supervisor has unmounted volumes on its own: look at what is left. */
  async forgetLostMounts(): Promise<void> {
    const isLost = await findLostMounts(this.#deps.nodeDir);
    const mayBeThere = async (mount: StagedVolume & { podUID?: string }): Promise<boolean> =>
      this.#busy.has(mount.volumeHandle) || !(await isLost(mount));
    this.#published = await filterAsync(this.#published, mayBeThere);
    this.#staged = await filterAsync(this.#staged, mayBeThere);
    this.#deps.onChange(this.#deps.pods().map(({ podUID }) => podUID));
    this.wake();
  }

  async #reconstruct(): Promise<void> {
    const { staged, published } = await reconstructVolumes(this.#deps.nodeDir);
    this.#staged = staged;
    this.#published = published;
    for (const mount of published) await this.#learnPath(mount, { isBlock: false });
    this.#isReconstructed = true;
    this.#deps.log.info('reconstructed volumes', { staged: staged.length, published: published.length });
    this.#deps.onChange(this.#deps.pods().map(({ podUID }) => podUID));
  }

  #volumesOf(pod: Pod): PodVolume[] {
    const managed = this.#deps.pods().find(({ podUID }) => podUID === pod.metadata.uid);
    const phase = { isLeaving: managed?.isLeaving ?? false, isRunning: managed?.isRunning ?? false };
    return podVolumes(pod, phase, this.#deps.lookups);
  }

  #resolved(): ResolvedVolume[] {
    const wanted: ResolvedVolume[] = [];
    for (const { pod, isLeaving, isRunning, isReleasing } of this.#deps.pods()) {
      if (!pod || isReleasing) continue;
      for (const volume of podVolumes(pod, { isLeaving, isRunning }, this.#deps.lookups)) if (volume.type === 'csi') wanted.push(volume);
    }
    return wanted;
  }

  #pass(signal: AbortSignal): void {
    const resolved = this.#resolved();
    const desired = [...resolved.map((volume) => volume.desired), ...this.#kept(resolved)];
    this.#reportInUse();
    const steps = reconcileVolumes(
      { isComplete: this.#deps.isComplete(), volumes: desired },
      { staged: this.#staged, published: this.#published, busy: this.#busy },
    );
    for (const step of steps) {
      if (this.#running >= stepsAtOnce) return;
      this.#start(step.volumeHandle, () => this.#execute(step, resolved, signal), signal);
    }
    for (const volume of resolved) {
      if (this.#running >= stepsAtOnce || this.#busy.has(volume.desired.volumeHandle)) continue;
      const isMounted = this.#published.some(({ podUID, pvName, isUncertain }) => podUID === volume.desired.podUID && pvName === volume.pvName && !isUncertain);
      const isNew = this.#expanded.get(volume.pvName) !== volume.claim.metadata.resourceVersion;
      if (isMounted && isNew && expansionOf(volume) !== undefined) this.#start(volume.desired.volumeHandle, () => this.#expand(volume, signal), signal);
    }
  }

  // A managed pod keeps its mounts until it lets go of them itself, whatever became of its claims.
  #kept(resolved: ResolvedVolume[]): DesiredVolume[] {
    const keepers = new Set(this.#deps.pods().filter(({ isReleasing }) => !isReleasing).map(({ podUID }) => podUID));
    return this.#published
      .filter((mount) => keepers.has(mount.podUID) && !resolved.some(({ desired }) => desired.podUID === mount.podUID && desired.pvName === mount.pvName))
      .map((mount) => ({
        podUID: mount.podUID, pvName: mount.pvName, driver: mount.driver, volumeHandle: mount.volumeHandle, attachment: undefined,
        isReportedInUse: true, isSingleWriter: true, isLeaving: true, isRunning: true,
      }));
  }

  #reportInUse(): void {
    const names = this.volumesInUse().join('\n');
    if (names === this.#inUse) return;
    this.#inUse = names;
    this.#deps.onInUseChange();
  }

  #start(volumeHandle: string, task: () => Promise<void>, signal: AbortSignal): void {
    this.#busy.add(volumeHandle);
    this.#running += 1;
    void this.#runTask(volumeHandle, task, signal);
  }

  async #runTask(volumeHandle: string, task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    let waitMs = 0;
    try {
      await task();
      this.#failures.delete(volumeHandle);
    } catch (error) {
      if (signal.aborted) return;
      const failures = (this.#failures.get(volumeHandle)?.failures ?? 0) + 1;
      const message = error instanceof Error ? error.message : String(error);
      this.#failures.set(volumeHandle, { failures, message });
      waitMs = backoffMs(failures, retry);
      log.warn('volume step failed', { volumeHandle, failures, error });
    }
    this.#running -= 1;
    this.#deps.onChange(this.#deps.pods().map(({ podUID }) => podUID));
    if (waitMs > 0) {
      this.wake();
      await clock.sleep(waitMs, signal).catch(() => {});
    }
    this.#busy.delete(volumeHandle);
    this.wake();
  }

  async #execute(step: VolumeStep, resolved: ResolvedVolume[], signal: AbortSignal): Promise<void> {
    const { mounter } = this.#deps;
    const isStep = (mount: { volumeHandle: string }): boolean => mount.volumeHandle === step.volumeHandle;
    switch (step.type) {
      case 'Adopt':
        this.#staged = this.#staged.map((mount) => (isStep(mount) ? { ...mount, isUncertain: false } : mount));
        this.#published = this.#published.map((mount) => (isStep(mount) ? { ...mount, isUncertain: false } : mount));
        return;
      case 'Stage':
      case 'Publish': {
        const volume = resolved.find(({ desired }) => isStep(desired) && desired.podUID === step.podUID && desired.pvName === step.pvName);
        return volume && this.#mount(step.type, volume, signal);
      }
      case 'Unpublish':
        await mounter.unpublish(step, signal);
        this.#published = this.#published.filter((mount) => !(isStep(mount) && mount.podUID === step.podUID && mount.pvName === step.pvName));
        this.#paths.delete(`${step.podUID}/${step.pvName}`);
        return;
      case 'Unstage':
        await mounter.unstage(step, signal);
        this.#staged = this.#staged.filter((mount) => !isStep(mount));
        return;
      default:
        return step satisfies never;
    }
  }

  async #mount(type: 'Stage' | 'Publish', volume: ResolvedVolume, signal: AbortSignal): Promise<void> {
    const { mounter, recorder, clock, log } = this.#deps;
    const pod = this.#deps.pods().find(({ podUID }) => podUID === volume.desired.podUID)?.pod;
    const startedAt = clock.monotonic();
    try {
      if (type === 'Stage') {
        this.#staged = [...this.#staged, await mounter.stage(volume, signal)];
      } else {
        const security = pod?.spec?.securityContext;
        const policy = security?.fsGroupChangePolicy === 'OnRootMismatch' ? 'OnRootMismatch' : 'Always';
        const mount = await mounter.publish(volume, { fsGroup: security?.fsGroup, policy }, signal);
        await this.#learnPath(mount, volume);
        this.#published = [...this.#published, mount];
      }
      log.info('mounted', { step: type, volume: volume.pvName, ms: Math.round(clock.monotonic() - startedAt) });
    } catch (error) {
      const verb = type === 'Stage' ? 'MountVolume.MountDevice' : 'MountVolume.SetUp';
      const message = `${verb} failed for volume "${volume.pvName}" : ${error instanceof Error ? error.message : String(error)}`;
      if (pod && !signal.aborted) recorder.event(podTarget(pod), { type: 'Warning', reason: 'FailedMount', message });
      throw error;
    }
  }

  async #expand(volume: ResolvedVolume, signal: AbortSignal): Promise<void> {
    const pod = this.#deps.pods().find(({ podUID }) => podUID === volume.desired.podUID)?.pod;
    await expandVolume({ volume, pod }, this.#deps, signal);
    // The watch may be behind our own write: the same claim is not grown twice.
    this.#expanded.set(volume.pvName, volume.claim.metadata.resourceVersion);
  }

  async #learnPath({ podUID, pvName }: PublishedVolume, { isBlock }: { isBlock: boolean }): Promise<void> {
    this.#paths.set(`${podUID}/${pvName}`, { hostPath: await this.#deps.mounter.hostPath(podUID, pvName), isBlock });
  }
}

async function filterAsync<T>(items: T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, index) => kept[index]);
}

function podTarget(pod: Pod): EventTarget {
  return { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata };
}
