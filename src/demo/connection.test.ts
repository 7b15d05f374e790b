import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock as clock } from '../base/system-clock.ts';
import { connectDatabase } from './connection.ts';

/** AuthenticationOk and ReadyForQuery: what a server says before it is asked something. */
const greeting = Buffer.from([...Buffer.from('R'), 0, 0, 0, 8, 0, 0, 0, 0, ...Buffer.from('Z'), 0, 0, 0, 5, 0x49]);

test('a server that dies after it has let the client in -> given up within a second, and its connection is closed', async () => {
  let accepted: Socket | undefined;
  const fakePostgres = createServer((socket) => {
    accepted = socket;
    socket.once('data', () => socket.write(greeting));
  });
  await once(fakePostgres.listen(0, '127.0.0.1'), 'listening');
  const { address, port } = fakePostgres.address() as AddressInfo;
  try {
    const endpoint = { podUid: 'a', address, port };
    await expect(connectDatabase({ endpoint, password: 'b', clock, assertDurable: true })).rejects.toThrow(
      'the first answer of PostgreSQL at 127.0.0.1',
    );
    if (accepted && !accepted.closed) await once(accepted, 'close');
  } finally {
    fakePostgres.close();
  }
}, 10_000);
