// Who brings this node's mounts to what its pods want? Models pkg/kubelet/volumemanager.

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { Wakeup } from '../wakeup.ts';
import { Attempts } from './attempts.ts';
import type { CsiMounter } from './csi-mounter.ts';
import { expansionOf, type PodVolume, podVolumes, type ResolvedVolume, type VolumeLookups } from './desired.ts';
import { expandVolume } from './expand.ts';
import { publishVolume, stageVolume } from './mount.ts';
import { uniqueVolumeName } from './paths.ts';
import { type MountedVolume, type PodVolumeState, podVolumeState } from './pod-volume-state.ts';
import {
  type DesiredVolume,
  type PublishedVolume,
  reconcileVolumes,
  type StagedVolume,
  type VolumeStep,
} from './reconcile.ts';
import { reconstructVolumes, withoutLostMounts } from './volume-data.ts';

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

// More at once only make each slower.
const stepsAtOnce = 4;

/** Desired and actual state of one node's CSI volumes. */
export class VolumeManager {
  readonly #deps: VolumeManagerDeps;
  #staged: StagedVolume[] = [];
  #published: PublishedVolume[] = [];
  readonly #busy = new Set<string>();
  readonly #attempts: Attempts;
  readonly #wakeup: Wakeup;
  readonly #paths = new Map<string, MountedVolume>();
  readonly #expanded = new Map<string, string>();
  #running = 0;
  #inUse = '';
  #isReconstructed = false;

  constructor(deps: VolumeManagerDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
    this.#attempts = new Attempts(deps.clock);
  }

  /** Works until `signal` aborts. Reads what is mounted first. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#reconstruct();
    while (!signal.aborted) {
      this.#pass(signal);
      await this.#wakeup.wait(undefined, signal);
    }
  }

  /** Something that is wanted may have changed. */
  wake(): void {
    this.#wakeup.wake();
  }

  /**
   * Names for node.status.volumesInUse: what is mounted, and what will be. One whose attachment is being deleted
   * will not be: to list it would keep the attachment that must go before a new one can come.
   */
  volumesInUse(): string[] {
    const wanted = this.#resolved().flatMap(({ desired }) => (desired.attachment ? [desired] : []));
    const all = [...wanted, ...this.#staged, ...this.#published];
    return [...new Set(all.map(({ driver, volumeHandle }) => uniqueVolumeName(driver, volumeHandle)))].sort();
  }

  stateOf(podUID: string, pod: Pod | undefined): PodVolumeState {
    return podVolumeState({
      volumes: pod ? this.#volumesOf(pod) : [],
      published: this.#published.filter((mount) => mount.podUID === podUID),
      isKnown: this.#isReconstructed,
      pathOf: (pvName) => this.#paths.get(`${podUID}/${pvName}`),
      failureOf: (volumeHandle) => this.#attempts.messageOf(volumeHandle),
    });
  }

  /** The supervisor has unmounted volumes on its own: look at what is left. */
  async forgetLostMounts(): Promise<void> {
    const isBusy = ({ volumeHandle }: StagedVolume): boolean => this.#busy.has(volumeHandle);
    this.#published = await withoutLostMounts(this.#published, { nodeDir: this.#deps.nodeDir, isBusy });
    this.#staged = await withoutLostMounts(this.#staged, { nodeDir: this.#deps.nodeDir, isBusy });
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
    const { isLeaving = false, isRunning = false } = this.#managed(pod.metadata.uid) ?? {};
    return podVolumes(pod, { isLeaving, isRunning }, this.#deps.lookups);
  }

  #resolved(): ResolvedVolume[] {
    const wanted: ResolvedVolume[] = [];
    for (const { pod, isReleasing } of this.#deps.pods()) {
      if (!pod || isReleasing) continue;
      for (const volume of this.#volumesOf(pod)) if (volume.type === 'csi') wanted.push(volume);
    }
    return wanted;
  }

  #pass(signal: AbortSignal): void {
    const resolved = this.#resolved();
    const desired = [...resolved.map((volume) => volume.desired), ...this.#kept(resolved)];
    this.#reportInUse();
    const busy = new Set([...this.#busy, ...this.#attempts.waiting((handle) => this.#wantedOf(handle))]);
    const steps = reconcileVolumes(
      { isComplete: this.#deps.isComplete(), volumes: desired },
      { staged: this.#staged, published: this.#published, busy },
    );
    for (const step of steps) {
      if (this.#running >= stepsAtOnce) return;
      this.#start(step.volumeHandle, () => this.#execute(step, resolved, signal), signal);
    }
    for (const volume of resolved) {
      const { volumeHandle } = volume.desired;
      if (this.#running >= stepsAtOnce || this.#busy.has(volumeHandle) || busy.has(volumeHandle)) continue;
      if (this.#mustExpand(volume)) this.#start(volumeHandle, () => this.#expand(volume, signal), signal);
    }
  }

  #mustExpand(volume: ResolvedVolume): boolean {
    const { podUID } = volume.desired;
    const mount = this.#published.find((one) => one.podUID === podUID && one.pvName === volume.pvName);
    const isNew = this.#expanded.get(volume.pvName) !== volume.claim.metadata.resourceVersion;
    return mount?.isUncertain === false && isNew && expansionOf(volume) !== undefined;
  }

  // A managed pod keeps its mounts until it lets go of them itself, whatever became of its claims.
  #kept(resolved: ResolvedVolume[]): DesiredVolume[] {
    const keepers = new Set(
      this.#deps
        .pods()
        .filter(({ isReleasing }) => !isReleasing)
        .map(({ podUID }) => podUID),
    );
    return this.#published
      .filter(
        (mount) =>
          keepers.has(mount.podUID) &&
          !resolved.some(({ desired }) => desired.podUID === mount.podUID && desired.pvName === mount.pvName),
      )
      .map((mount) => ({
        podUID: mount.podUID,
        pvName: mount.pvName,
        driver: mount.driver,
        volumeHandle: mount.volumeHandle,
        attachment: undefined,
        isReportedInUse: true,
        isSingleWriter: true,
        isLeaving: true,
        isRunning: true,
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
    const wanted = this.#wantedOf(volumeHandle);
    try {
      await task();
      this.#attempts.succeeded(volumeHandle);
    } catch (error) {
      if (signal.aborted) return;
      const { waitMs, failures } = this.#attempts.failed(volumeHandle, { error, wanted });
      log.warn('volume step failed', { volumeHandle, failures, error });
      void clock.sleep(waitMs, signal).then(
        () => this.wake(),
        () => {},
      );
    }
    this.#running -= 1;
    this.#busy.delete(volumeHandle);
    this.#deps.onChange(this.#deps.pods().map(({ podUID }) => podUID));
    this.wake();
  }

  // A new attachment, or another pod, is a new chance: it does not wait for the back-off of the last one.
  #wantedOf(volumeHandle: string): string {
    const wanted = this.#resolved().filter(({ desired }) => desired.volumeHandle === volumeHandle);
    return JSON.stringify(
      wanted.map(({ desired }) => [desired.podUID, desired.attachment, desired.isLeaving, desired.isRunning]),
    );
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
        const volume = resolved.find(
          ({ desired }) => isStep(desired) && desired.podUID === step.podUID && desired.pvName === step.pvName,
        );
        return volume && this.#mount(step.type, volume, signal);
      }
      case 'Unpublish':
        await mounter.unpublish(step, signal);
        this.#published = this.#published.filter(
          (mount) => !(isStep(mount) && mount.podUID === step.podUID && mount.pvName === step.pvName),
        );
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
    const pod = this.#podOf(volume);
    if (type === 'Stage') {
      this.#staged = [...this.#staged, await stageVolume({ volume, pod }, this.#deps, signal)];
      return;
    }
    const mount = await publishVolume({ volume, pod }, this.#deps, signal);
    await this.#learnPath(mount, volume);
    this.#published = [...this.#published, mount];
  }

  #podOf({ desired }: ResolvedVolume): Pod | undefined {
    return this.#managed(desired.podUID)?.pod;
  }

  #managed(podUID: string): ManagedPod | undefined {
    return this.#deps.pods().find((one) => one.podUID === podUID);
  }

  async #expand(volume: ResolvedVolume, signal: AbortSignal): Promise<void> {
    await expandVolume({ volume, pod: this.#podOf(volume) }, this.#deps, signal);
    // The watch may be behind our own write: the same claim is not grown twice.
    this.#expanded.set(volume.pvName, volume.claim.metadata.resourceVersion);
  }

  async #learnPath({ podUID, pvName }: PublishedVolume, { isBlock }: { isBlock: boolean }): Promise<void> {
    this.#paths.set(`${podUID}/${pvName}`, { hostPath: await this.#deps.mounter.hostPath(podUID, pvName), isBlock });
  }
}
