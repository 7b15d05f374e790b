// Who may run here? One launcher per data folder and one process per component,
// held by a socket in the kernel's abstract namespace: it is gone the moment its holder is.

import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { isListening } from '../base/listening.ts';

export interface Lock {
  release(): void;
}

/** Takes the lock, or gives undefined if another living process has it. */
export async function tryLock(dataFolder: string, name: string): Promise<Lock | undefined> {
  const server = await listen(await addressOf(dataFolder, name));
  return server && { release: () => server.close() };
}

/** Does a living process hold the lock? Only processes in the same network namespace can tell. */
export async function isLocked(dataFolder: string, name: string): Promise<boolean> {
  return isListening({ path: await addressOf(dataFolder, name) });
}

async function addressOf(dataFolder: string, name: string): Promise<string> {
  const path = await realpath(dataFolder);
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return `\0amarre-${hash}-${name}`;
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Can `port` be listened on at `host`? */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
