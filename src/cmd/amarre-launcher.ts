// The launcher: keeps the processes of a local cluster running. Started by `amarre up`,
// which it tells over IPC that it has begun, or why it could not.

import { join } from 'node:path';
import { systemClock } from '../base/system-clock.ts';
import { systemLogger } from '../base/system-log.ts';
import { systemRandom, systemRandomBytes } from '../base/system-random.ts';
import { launch } from '../localcluster/launch.ts';
import type { UpOptions } from '../localcluster/plan.ts';
import type { LauncherMessage } from './launcher-message.ts';
import { checkOwnFiles } from './own-files.ts';
import { openClusterPool } from './pool.ts';
import { terminationSignal } from './process.ts';

// Started by a guard it has no options: the cluster exists and keeps its shape.
const options = (process.argv[3] ? JSON.parse(process.argv[3]) : { dataDir: process.argv[2] }) as UpOptions;
const log = systemLogger({ component: 'launcher' });
const signal = terminationSignal();

void main();

async function main(): Promise<void> {
  try {
    await launch(
      options,
      {
        programs: { node: process.execPath, script: (name) => join(import.meta.dirname, `${name}.js`) },
        clock: systemClock,
        random: systemRandom,
        randomBytes: systemRandomBytes,
        log,
        openPool: openClusterPool,
        // Started by a guard it has the nodes to look after, whatever the API server says of its files.
        checkFiles: process.argv[3] ? checkOwnFiles : () => Promise.resolve(),
        async checkState(folder, spec) {
          // Loaded here because only a cluster that exists needs it.
          const { openStore } = await import('./open-store.ts');
          await (await openStore({ folder, spec }, { clock: systemClock, log })).close();
        },
        onStarted: ({ spec, machine }) => tell({ type: 'started', spec, notes: machine.notes }),
      },
      signal,
    );
  } catch (error) {
    log.error('stopped by an error', { error });
    tell({ type: 'failed', message: (error as Error).message });
    process.exitCode = 1;
  }
  process.disconnect?.();
}

function tell(message: LauncherMessage): void {
  // No parent: an earlier `amarre up` started this launcher and has ended.
  if (process.connected) process.send?.(message);
}
