// How do a cluster's processes stay up? The launcher starts what is missing, adopts what an
// earlier launcher left running, and starts again what died. Its own death costs nothing:
// every process is a session of its own and outlives it.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { identify, isAlive, type ProcessRecord, readLiving } from './process-record.ts';

export interface Component {
  /** `apiserver`, `supervisor-node-1`: also the name of its record and its log file. */
  name: string;
  /** Program and arguments. */
  argv: string[];
  env?: Record<string, string>;
  /** Is it meant to run now? A node that was switched off is not. */
  isWanted: () => Promise<boolean>;
  /** Finds a running instance that leaves no record of itself. */
  find?: () => Promise<ProcessRecord | undefined>;
  /** Called before each start, to clear what an earlier instance left. */
  beforeStart?: (signal: AbortSignal) => Promise<void>;
}

export interface ProcessManagerDeps {
  runFolder: string;
  logFolder: string;
  clock: Clock;
  log: Logger;
}

const pollMs = 100;
// A process that lived this long was healthy: its next death starts a new series.
const healthyMs = 10_000;

/** Keeps every component running until `signal` aborts. The processes go on after that. */
export async function keepRunning(
  components: Component[],
  deps: ProcessManagerDeps,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(components.map((component) => keepOneRunning(component, deps, signal)));
}

async function keepOneRunning(component: Component, deps: ProcessManagerDeps, signal: AbortSignal): Promise<void> {
  const { clock, log } = deps;
  const find = component.find ?? (() => readLiving(deps.runFolder, component.name));
  let current: ProcessRecord | undefined = await find();
  if (current) log.info('adopted a running process', { component: component.name, pid: current.pid });
  let deaths = 0;
  let startedAt = clock.monotonic();
  while (!signal.aborted) {
    if (current && isAlive(current)) {
      await pause(clock, pollMs, signal);
      continue;
    }
    if (current) {
      log.warn('a process ended', { component: component.name, pid: current.pid });
      deaths = clock.monotonic() - startedAt > healthyMs ? 1 : deaths + 1;
      current = undefined;
      // The first restart is immediate: a crash should cost as little as it can.
      if (deaths > 1) await pause(clock, backoffMs(deaths - 1, { initialMs: 100, maxMs: 5000 }), signal);
    }
    if (signal.aborted || !(await component.isWanted())) {
      await pause(clock, pollMs, signal);
      continue;
    }
    current = await find();
    if (current) continue;
    await component.beforeStart?.(signal);
    startedAt = clock.monotonic();
    current = await start(component, deps);
    log.info('started a process', { component: component.name, pid: current?.pid });
  }
}

async function start(component: Component, deps: ProcessManagerDeps): Promise<ProcessRecord | undefined> {
  const [program = '', ...args] = component.argv;
  const output = openSync(join(deps.logFolder, `${component.name}.log`), 'a', 0o600);
  try {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...component.env },
    });
    child.on('error', (error) =>
      deps.log.error('a process could not be started', { component: component.name, error }),
    );
    child.unref();
    return child.pid === undefined ? undefined : identify(child.pid);
  } finally {
    closeSync(output);
  }
}

/** Sleeps, and takes an abort as the end of the sleep. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
