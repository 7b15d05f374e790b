// How is a load client started and heard? As a process of its own, so that what it does costs the measuring one nothing.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TlsIdentity } from '../../src/base/tls.ts';
import type { Load, LoadReport } from './load.ts';

export type Order = { load: Load; connections: number; clients: number; seconds: number };

export interface Worker {
  report: Promise<LoadReport>;
  ready: Promise<void>;
}

/** A process that takes one order after the other. */
export interface Loader {
  /** It begins at once, except for watches, which wait for events. */
  start(order: Order): Worker;
  stop(): void;
}

export function openLoader({ port, admin }: { port: number; admin: TlsIdentity }): Loader {
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
  // Whoever awaits these hears of a failure; one that nobody awaits yet must not end the process.
  ended.catch(() => {});
  return {
    start(order) {
      const report = waitFor('done').then((message) => message.report);
      report.catch(() => {});
      const ready = waitFor('ready').then(() => {});
      ready.catch(() => {});
      child.send({ ...order, port, tls: admin });
      return { report, ready };
    },
    stop() {
      child.disconnect();
      child.kill();
    },
  };
}

/** Starts a load client for one order. */
export function startLoad(server: { port: number; admin: TlsIdentity }, order: Order): Worker {
  const loader = openLoader(server);
  const { report, ready } = loader.start(order);
  return { report: report.finally(() => loader.stop()), ready };
}
