// How does one of our processes begin and end? Arguments, the one-instance lock, its record, signals, exit codes.

import { dirname, join } from 'node:path';
import type { Logger } from '../base/log.ts';
import { systemClock } from '../base/system-clock.ts';
import { systemLogger } from '../base/system-log.ts';
import {
  type ClusterSpec,
  type DataFolder,
  dataFolder,
  type NodeSpec,
  readClusterSpec,
} from '../localcluster/data-folder.ts';
import { guardLauncher } from '../localcluster/guard.ts';
import { tryLock } from '../localcluster/lock.ts';
import { identify, writeRecord } from '../localcluster/process-record.ts';

export interface ProcessContext {
  folder: DataFolder;
  spec: ClusterSpec;
  /** Which of several of its kind this is: the name of its node, or the number of its control plane; empty for the first one's. */
  instance: string;
  log: Logger;
  clock: typeof systemClock;
}

/** The node that this process belongs to. */
export function nodeOf({ spec, instance }: ProcessContext): NodeSpec {
  const node = spec.nodes.find(({ name }) => name === instance);
  if (!node) throw new Error(`Cannot run for node "${instance}": the cluster has no such node`);
  return node;
}

/** A signal that aborts at SIGTERM or SIGINT. */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.once(name, () => controller.abort(new Error(`Got ${name}`)));
  return controller.signal;
}

/**
 * Runs `main` as the process `program` of the data folder in argv[2] (and which of several in argv[3]).
 * Exits with 0 after SIGTERM or if another instance runs already, with 1 after an error.
 */
export async function runProcess(
  program: string,
  main: (context: ProcessContext, signal: AbortSignal) => Promise<void>,
): Promise<never> {
  const [, , root = '', instance = ''] = process.argv;
  const name = instance ? `${program}-${instance}` : program;
  const log = systemLogger({ component: name, level: process.env['AMARRE_LOG_LEVEL'] ?? 'info' });
  const signal = terminationSignal();
  try {
    const folder = dataFolder(root);
    const spec = await readClusterSpec(folder);
    if (!spec) throw new Error(`Cannot run ${name}: there is no cluster in ${root}`);
    const lock = await tryLock(root, name);
    if (!lock) {
      log.info('another instance is running already');
      process.exit(0);
    }
    const record = identify(process.pid);
    if (record) await writeRecord(folder.run, name, record);
    if (!spec.nodes.some((node) => node.name === instance)) void guard(folder, log, signal);
    await main({ folder, spec, instance, log, clock: systemClock }, signal);
  } catch (error) {
    if (!signal.aborted) {
      log.error('stopped by an error', { error });
      process.exit(1);
    }
  }
  process.exit(0);
}

async function guard(folder: DataFolder, log: Logger, signal: AbortSignal): Promise<void> {
  const launcher = [process.execPath, join(dirname(process.argv[1] ?? ''), 'amarre-launcher.js'), folder.root];
  try {
    await guardLauncher({ folder, launcher, clock: systemClock, log }, signal);
  } catch (error) {
    log.error('nobody looks after the launcher any more from here', { error });
  }
}
