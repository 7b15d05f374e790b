// Who starts the launcher again? Every process of the control plane looks after it, so that the death of any one
// process, the launcher's included, is mended by another.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { exists } from '../base/exists.ts';
import type { Logger } from '../base/log.ts';
import type { DataFolder } from './data-folder.ts';
import { isLocked } from './lock.ts';

const lookMs = 500;

/** Says that the cluster is meant to be down: nobody starts its launcher again. */
export async function markStopping({ run }: DataFolder): Promise<void> {
  await writeFile(join(run, 'stopping'), '');
}

/** Takes the mark back: the cluster is meant to run. */
export async function clearStopping({ run }: DataFolder): Promise<void> {
  await rm(join(run, 'stopping'), { force: true });
}

export interface GuardOptions {
  folder: DataFolder;
  /** Program and arguments of the launcher. */
  launcher: string[];
  clock: Clock;
  log: Logger;
}

/** Looks after the launcher until `signal` aborts. Several guards may start it at once: its lock lets one in. */
export async function guardLauncher(
  { folder, launcher, clock, log }: GuardOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal).catch(() => {});
    if (signal.aborted || (await isStopping(folder)) || (await isLocked(folder.root, 'launcher'))) continue;
    log.warn('the launcher is gone; starting it again');
    start(folder, launcher);
  }
}

function start({ log }: DataFolder, [program = '', ...args]: string[]): void {
  const output = openSync(join(log, 'launcher.log'), 'a', 0o600);
  try {
    spawn(program, args, { detached: true, stdio: ['ignore', output, output] }).unref();
  } finally {
    closeSync(output);
  }
}

function isStopping({ run }: DataFolder): Promise<boolean> {
  return exists(join(run, 'stopping'));
}
