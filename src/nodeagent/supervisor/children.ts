// How do the agent and the CSI node plugin stay alive? Their parent starts them again, later each time they fail soon.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { killMarked, nodeMarker } from '../../base/marked-processes.ts';
import type { ChildConfig } from '../config.ts';

export interface ChildStatus {
  name: string;
  pid: number | undefined;
  restarts: number;
}

export interface ChildrenOptions {
  nodeDir: string;
  logsDir: string;
  /** setpriv is there: the children get SIGKILL when this process dies. */
  parentDeathSignal: boolean;
  /** Patient children start when this resolves. */
  settled: () => Promise<unknown>;
  clock: Clock;
  log: Logger;
}

/** Variable by which a child is found with all that it started. Containers do not get it. */
const childMarker = 'AMARRE_NODE_CHILD';
// A child that lived this long was healthy: the next start is immediate again.
const healthyMs = 10_000;

/** Keeps the configured programs running while `run` does. */
export class Children {
  readonly #configs: ChildConfig[];
  readonly #options: ChildrenOptions;
  readonly #running = new Map<string, ChildProcess>();
  readonly #restarts = new Map<string, number>();

  constructor(configs: ChildConfig[], options: ChildrenOptions) {
    this.#configs = configs;
    this.#options = options;
  }

  status(): ChildStatus[] {
    return this.#configs.map(({ name }) => ({
      name,
      pid: this.#running.get(name)?.pid,
      restarts: this.#restarts.get(name) ?? 0,
    }));
  }

  /** SIGKILL to all children and to what they started; resolves when they are gone. `run` starts new ones. */
  async killAll(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await Promise.all(
      [...this.#running].map(async ([name, child]) => {
        const marker = this.#marker(name);
        child.kill('SIGKILL');
        // A mount that a child began is finished by the program that it started for it.
        await killMarked(marker, clock, signal);
      }),
    );
  }

  /** Resolves when `signal` has aborted and the children are gone. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#configs.map((config) => this.#keepRunning(config, signal)));
  }

  /** Of the instance that runs now: the next start has another. */
  #marker(name: string): string {
    return `${childMarker}=${this.#markerValue(name)}`;
  }

  #markerValue(name: string): string {
    return `${this.#options.nodeDir} ${name} ${process.pid} ${this.#restarts.get(name) ?? 0}`;
  }

  async #keepRunning(config: ChildConfig, signal: AbortSignal): Promise<void> {
    const { clock, log, settled } = this.#options;
    if (config.isPatient) await settled();
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      const ending = await this.#runOnce(config, signal);
      if (signal.aborted) return;
      failures = clock.monotonic() - startedAt >= healthyMs ? 0 : failures + 1;
      this.#restarts.set(config.name, (this.#restarts.get(config.name) ?? 0) + 1);
      log.warn('child ended', { child: config.name, ...ending, failures });
      if (failures > 1)
        await clock.sleep(backoffMs(failures - 1, { initialMs: 100, maxMs: 5000 }), signal).catch(() => {});
    }
  }

  #runOnce(
    { name, argv, env }: ChildConfig,
    signal: AbortSignal,
  ): Promise<{ code: number | null; killedBy: string | null }> {
    const { nodeDir, logsDir, parentDeathSignal } = this.#options;
    const command = parentDeathSignal ? ['setpriv', '--pdeathsig', 'KILL', '--', ...argv] : argv;
    const [file = '', ...args] = command;
    const output = openSync(join(logsDir, `${name}.log`), 'a', 0o640);
    const child = spawn(file, args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env, [nodeMarker]: nodeDir, [childMarker]: this.#markerValue(name) },
    });
    closeSync(output);
    this.#running.set(name, child);
    const onAbort = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', onAbort, { once: true });
    return new Promise((resolve) => {
      const end = (code: number | null, killedBy: string | null): void => {
        signal.removeEventListener('abort', onAbort);
        this.#running.delete(name);
        resolve({ code, killedBy });
      };
      child.once('error', () => end(127, null));
      child.once('exit', end);
    });
  }
}
