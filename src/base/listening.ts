// Does a server answer at an address?

import { connect, type NetConnectOpts } from 'node:net';

/** Does somebody accept connections at `address`? It never takes the address itself. */
export function isListening(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
