// How long does a small server of this process live? As long as its signal.

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens until `signal` aborts, then breaks off what is open. Resolves with the port. Rejects if the address is taken. */
export async function listenUntil(
  server: Server,
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening', { signal });
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  signal.addEventListener('abort', close, { once: true });
  return (server.address() as AddressInfo).port;
}
