// How is a load client started and heard? As a process of its own, so that what it does costs the measuring one nothing.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TlsIdentity } from '../../src/base/tls.ts';
import type { Load, LoadReport } from './load.ts';

export interface Worker {
  report: Promise<LoadReport>;
  ready: Promise<void>;
}

/** Starts a load client; it begins at once, except for watches, which wait for events. */
export function startLoad(
  { port, admin }: { port: number; admin: TlsIdentity },
  order: { load: Load; connections: number; clients: number; seconds: number },
): Worker {
  const child: ChildProcess = fork(join(import.meta.dirname, 'load.ts'), { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('A load client ended early')));
  const waitFor = async (type: string): Promise<{ report: LoadReport }> => {
    for (;;) {
      const [message] = (await Promise.race([once(child, 'message'), ended])) as [
        { type: string; message?: string; report: LoadReport },
      ];
      if (message.type === 'failed') throw new Error(`A load client failed: ${message.message}`);
      if (message.type === type) return message;
    }
  };
  const report = waitFor('done').then(({ report: found }) => {
    child.disconnect();
    child.kill();
    return found;
  });
  // Whoever awaits the report hears of a failure; one that nobody awaits yet must not end the process.
  report.catch(() => {});
  ended.catch(() => {});
  const ready = waitFor('ready').then(() => {});
  ready.catch(() => {});
  child.send({ ...order, port, tls: admin });
  return { report, ready };
}
