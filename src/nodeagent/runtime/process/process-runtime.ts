// How does a node run containers as plain processes of the host? A table of containers, each in its own sandbox.

import { EventEmitter } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import {
  type ContainerLimits,
  type ContainerRecord,
  type ContainerSpec,
  type ContainerUsage,
  type HeldVolume,
  NotRunningError,
  type RuntimeEvent,
  StartError,
} from '../types.ts';
import { type ContainerCgroup, changeLimits, createContainerCgroup, removeContainerCgroup } from './cgroups.ts';
import { type ContainerExit, launchContainer, type RunningContainer } from './container.ts';
import type { ContainerIo } from './container-io.ts';
import type { Detected } from './detect.ts';
import { type ExecPlan, execPlan } from './exec-plan.ts';
import { checkImage } from './image.ts';
import { joinsOf } from './joined-namespaces.ts';
import { lastWords } from './last-words.ts';
import { prepareLaunch } from './launch-plan.ts';
import { openContainerLog } from './log-writer.ts';
import { removeRoot } from './rootfs.ts';
import { containerAmounts } from './usage.ts';

export interface ProcessRuntimeOptions {
  nodeDir: string;
  scratchDir: string;
  address: string;
  hiddenPaths: string[];
  detected: Detected;
  clock: Clock;
  random: Random;
  log: Logger;
}

interface Entry {
  record: ContainerRecord;
  spec: ContainerSpec;
  cgroup: ContainerCgroup;
  folder: string;
  running: RunningContainer | undefined;
  ended: Promise<void>;
  /** Ends the wait for the end of the grace period. */
  graceTimer: AbortController | undefined;
  endReason: string | undefined;
}

export interface Attachment {
  io: ContainerIo;
  /** Does the first client that sends input end it? */
  stdinOnce: boolean;
  ended: Promise<ContainerExit>;
}

/** Owns the containers of one node: they die with the process that owns this. */
export class ProcessRuntime {
  readonly #options: ProcessRuntimeOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #starting = new Map<string, Promise<ContainerRecord>>();
  readonly #cleaning = new Set<Promise<void>>();
  readonly #events = new EventEmitter();

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.#events.setMaxListeners(0);
  }

  get detected(): Detected {
    return this.#options.detected;
  }

  list(): ContainerRecord[] {
    return [...this.#entries.values()].map((entry) => entry.record);
  }

  /** What the containers that run use. */
  async usage(): Promise<ContainerUsage[]> {
    const running = [...this.#entries.values()].flatMap(({ record, cgroup, running: process }) =>
      process ? { id: record.id, cgroup, pid: process.init.pid } : [],
    );
    const found = await Promise.all(
      running.map(async ({ id, cgroup, pid }) => ({ id, amounts: await containerAmounts(cgroup, pid) })),
    );
    return found.flatMap(({ id, amounts }) => (amounts ? { id, ...amounts } : []));
  }

  /** Calls `listener` for every change from now on; returns what stops that. */
  onEvent(listener: (event: RuntimeEvent) => void): () => void {
    this.#events.on('event', listener);
    return () => this.#events.off('event', listener);
  }

  emit(event: RuntimeEvent): void {
    this.#events.emit('event', event);
  }

  /** Rejects with StartError. The same (podUID, name, attempt) again gives the container that is there. */
  start(spec: ContainerSpec, signal: AbortSignal): Promise<ContainerRecord> {
    const key = `${spec.podUID}/${spec.name}/${spec.attempt}`;
    const found = this.list().find((record) => `${record.podUID}/${record.name}/${record.attempt}` === key);
    if (found) return Promise.resolve(found);
    const pending = this.#starting.get(key);
    if (pending) return pending;
    const started = this.#start(spec, signal).finally(() => this.#starting.delete(key));
    this.#starting.set(key, started);
    return started;
  }

  /** SIGTERM now, SIGKILL after `graceMs`. Returns at once; a repeat can only shorten the grace. */
  stop(id: string, graceMs: number): void {
    const entry = this.#entries.get(id);
    if (!entry?.running) return;
    const killAt = this.#options.clock.now() + graceMs;
    if (entry.record.killAt !== undefined && entry.record.killAt <= killAt) return;
    const isFirst = entry.record.killAt === undefined;
    this.#change(entry, { killAt });
    entry.graceTimer?.abort();
    if (graceMs > 0 && isFirst) this.#background(entry.running.terminate());
    if (graceMs <= 0) this.#background(entry.running.kill());
    else this.#background(this.#killAfter(entry, graceMs));
  }

  /** Changes the limits of a running container, as far as this host can. Rejects with NotRunningError. */
  async setLimits(id: string, limits: ContainerLimits): Promise<ContainerRecord> {
    const entry = this.#entries.get(id);
    if (!entry?.running) throw new NotRunningError(`container ${id} is not running`);
    await changeLimits(this.#options.detected.cgroups, entry.cgroup, {
      id,
      limits,
      init: entry.running.init.pid,
    });
    this.#change(entry, { limits });
    return entry.record;
  }

  /** Forgets an exited container. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.record.state === 'running') return;
    this.#entries.delete(id);
    this.emit({ type: 'removed', id });
  }

  /** What the caller must spawn to run `argv` inside. */
  execPlan(id: string, argv: readonly string[]): ExecPlan {
    const entry = this.#entries.get(id);
    if (!entry?.running) throw new NotRunningError(`container ${id} is not running`);
    const { nodeDir, detected } = this.#options;
    const { mode } = detected.description;
    const { procsFiles } = entry.cgroup;
    const target = { spec: entry.spec, mode, initPid: entry.running.init.pid, id, nodeDir, procsFiles };
    return execPlan(target, argv);
  }

  /** What a running container reads and writes, and how it ends. Throws NotRunningError. */
  attachment(id: string): Attachment {
    const entry = this.#entries.get(id);
    if (!entry?.running) throw new NotRunningError(`container ${id} is not running`);
    const { io, ended } = entry.running;
    return { io, stdinOnce: entry.spec.stdinOnce, ended };
  }

  /** Containers, running or being started, of pods that `isAffected` picks, are killed; resolves when all trees are empty. */
  async killWhere(
    isAffected: (record: Pick<ContainerRecord, 'podUID' | 'volumes'>) => boolean,
    reason: string,
  ): Promise<void> {
    await Promise.allSettled(this.#starting.values());
    const affected = [...this.#entries.values()].filter((entry) => entry.running && isAffected(entry.record));
    for (const entry of affected) entry.endReason = reason;
    await Promise.all(affected.map(async (entry) => entry.running?.kill()));
    await Promise.all(affected.map((entry) => entry.ended));
  }

  /** Kills everything and resolves when it is gone. */
  async close(): Promise<void> {
    await this.killWhere(() => true, 'Error');
    await Promise.all(this.#cleaning);
  }

  async #start(spec: ContainerSpec, signal: AbortSignal): Promise<ContainerRecord> {
    checkImage(spec);
    const { clock, random, log, scratchDir, nodeDir } = this.#options;
    const id = random.uuid();
    const folder = join(scratchDir, id);
    const cgroup = await createContainerCgroup(this.#options.detected.cgroups, id, spec.limits);
    let running: RunningContainer;
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const output = await openContainerLog(spec.logPath, clock);
      const joins = joinsOf(spec, this.#options.detected.description.mode, this.#entries.values());
      const launch = await prepareLaunch(spec, { ...this.#options, id, folder, signal });
      const { stdin, tty } = spec;
      running = await launchContainer({ ...launch, joins, id, folder, cgroup, stdin, tty, log: output, clock, signal });
    } catch (error) {
      await this.#cleanUp(folder, cgroup);
      if (error instanceof StartError || signal.aborted) throw error;
      throw new StartError('CreateContainerError', error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
    const record: ContainerRecord = {
      id,
      podUID: spec.podUID,
      podNamespace: spec.podNamespace,
      podName: spec.podName,
      name: spec.name,
      attempt: spec.attempt,
      image: spec.image,
      state: 'running',
      startedAt: clock.now(),
      logPath: spec.logPath,
      labels: spec.labels,
      limits: spec.limits,
      volumes: spec.volumes,
    };
    const entry: Entry = {
      record,
      spec,
      cgroup,
      folder,
      running,
      ended: Promise.resolve(),
      graceTimer: undefined,
      endReason: undefined,
    };
    entry.ended = this.#finish(entry, running);
    this.#entries.set(id, entry);
    log.info('started container', { pod: `${spec.podNamespace}/${spec.podName}`, container: spec.name, id, nodeDir });
    this.emit({ type: 'container', container: record });
    return record;
  }

  async #finish(entry: Entry, running: RunningContainer): Promise<void> {
    const { exitCode, outOfMemory } = await running.ended;
    entry.graceTimer?.abort();
    running.io.input?.destroy();
    entry.running = undefined;
    const reason = entry.endReason ?? (outOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error');
    const { speaksByLog, logPath } = entry.spec;
    const message = speaksByLog && exitCode !== 0 ? await lastWords(logPath) : '';
    this.#change(entry, {
      state: 'exited',
      finishedAt: this.#options.clock.now(),
      exitCode,
      reason,
      ...(message && { message }),
    });
    this.#options.log.info('container ended', { id: entry.record.id, container: entry.record.name, exitCode, reason });
    const cleaned = this.#cleanUp(entry.folder, entry.cgroup).finally(() => this.#cleaning.delete(cleaned));
    this.#cleaning.add(cleaned);
  }

  #change(entry: Entry, changes: Partial<ContainerRecord>): void {
    entry.record = { ...entry.record, ...changes };
    this.emit({ type: 'container', container: entry.record });
  }

  async #killAfter(entry: Entry, graceMs: number): Promise<void> {
    const timer = new AbortController();
    entry.graceTimer = timer;
    try {
      await this.#options.clock.sleep(graceMs, timer.signal);
    } catch {
      return;
    }
    await entry.running?.kill();
  }

  async #cleanUp(folder: string, cgroup: ContainerCgroup): Promise<void> {
    try {
      await removeContainerCgroup(cgroup);
      await removeRoot(folder, new AbortController().signal);
    } catch (error) {
      this.#options.log.warn('cannot remove the root of a container', { folder, error });
      await rm(join(folder, 'tmp'), { recursive: true, force: true });
    }
  }

  #background(task: Promise<unknown>): void {
    task.catch((error: unknown) => this.#options.log.error('cannot signal a container', { error }));
  }
}

/** The volumes in `records` that `isWanted` names, whatever the pod. */
export function holdsVolume(record: { volumes: HeldVolume[] }, volumeHandle: string): boolean {
  return record.volumes.some((volume) => volume.volumeHandle === volumeHandle);
}
