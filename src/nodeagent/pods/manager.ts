// Which pods have a worker? Those of the API, those that run, and those that left a folder.

import { readdir } from 'node:fs/promises';
import type { Pod } from '../../apis/core/generated/v1.ts';
import type { Change } from '../../client/types.ts';
import { nodePaths } from '../config.ts';
import type { ManagedPod } from '../volumes/manager.ts';
import type { WorkerDeps } from './step-target.ts';
import { PodWorker } from './worker.ts';

export type PodManagerDeps = Omit<WorkerDeps, 'onForget' | 'otherPods'>;

/** Workers by pod UID. */
export class PodManager {
  readonly #deps: PodManagerDeps;
  readonly #workers = new Map<string, PodWorker>();
  readonly #running = new Set<Promise<void>>();
  readonly #early: Change<Pod>[] = [];
  #signal: AbortSignal | undefined;

  constructor(deps: PodManagerDeps) {
    this.#deps = deps;
  }

  managed(): ManagedPod[] {
    return [...this.#workers.values()].map((worker) => ({
      podUID: worker.podUID,
      pod: worker.pod,
      isLeaving: worker.isLeaving,
      isRunning: worker.isRunning,
      isReleasing: worker.isReleasing,
    }));
  }

  find(namespace: string, name: string): PodWorker | undefined {
    const matches = [...this.#workers.values()].filter(
      ({ pod }) => pod?.metadata.namespace === namespace && pod.metadata.name === name,
    );
    return matches.find(({ isInApi }) => isInApi) ?? matches.at(-1);
  }

  workers(): PodWorker[] {
    return [...this.#workers.values()];
  }

  /** A change of the API's list of this node's pods. */
  take(change: Change<Pod>): void {
    if (!this.#signal) {
      this.#early.push(change);
      return;
    }
    const { uid } = change.object.metadata;
    // A pod that was replaced by one of the same name is told of only as a modification.
    if (change.previous && change.previous.metadata.uid !== uid)
      this.#workers.get(change.previous.metadata.uid)?.update(undefined);
    if (change.type === 'deleted') this.#workers.get(uid)?.update(undefined);
    else this.#worker(uid, change.object)?.update(change.object);
  }

  wake(podUIDs?: Iterable<string>): void {
    for (const uid of podUIDs ?? this.#workers.keys()) this.#workers.get(uid)?.wake();
  }

  /**
   * Runs the workers until `signal` aborts. Call when the first list of pods has arrived: what runs or lies on disk
   * and is not in it belongs to pods that are gone.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const change of this.#early.splice(0)) this.take(change);
    const onDisk = await readdir(nodePaths(this.#deps.nodeDir).pods).catch(() => []);
    for (const uid of new Set([...onDisk, ...this.#deps.cache.all().map(({ podUID }) => podUID)])) this.#worker(uid);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await Promise.all(this.#running);
  }

  /** What a pod leaves, another may have waited for. */
  #forget(uid: string): void {
    this.#workers.delete(uid);
    for (const worker of this.workers()) if (worker.isResizeDeferred) worker.wake();
  }

  #worker(uid: string, pod?: Pod): PodWorker | undefined {
    const known = this.#workers.get(uid);
    if (known || !this.#signal) return known;
    const worker = new PodWorker(
      { podUID: uid, pod },
      {
        ...this.#deps,
        otherPods: (podUID) => this.workers().flatMap((one) => (one.pod && one.podUID !== podUID ? [one.pod] : [])),
        onForget: (gone) => this.#forget(gone),
      },
    );
    this.#workers.set(uid, worker);
    const running = worker.run(this.#signal).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return worker;
  }
}
