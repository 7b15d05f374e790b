// How is the bare server started? As the real one is: a process of its own, with the same certificates, on the same disk.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TlsIdentity } from '../../src/base/tls.ts';
import type { DataFolder } from '../../src/localcluster/data-folder.ts';
import { readIdentity } from '../../src/localcluster/pki.ts';
import type { BareOrder } from './bare-server.ts';
import { processorMs } from './server-process.ts';

export interface BareServer {
  port: number;
  admin: TlsIdentity;
  cpuMs(): number;
  stop(): void;
}

/** Starts the bare server in the folder of a real one. Rejects if it ends before it listens. */
export async function startBareServer(
  { folder }: { folder: DataFolder },
  { answerBytes }: Pick<BareOrder, 'answerBytes'>,
): Promise<BareServer> {
  const [tls, admin] = await Promise.all([readIdentity(folder, 'apiserver'), readIdentity(folder, 'admin')]);
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The bare server ended early')));
  ended.catch(() => {});
  child.send({ tls, logFile: join(folder.root, 'bare-log'), answerBytes } satisfies BareOrder);
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number];
  return { port, admin, cpuMs: () => processorMs(child.pid ?? 0), stop: () => child.disconnect() };
}
