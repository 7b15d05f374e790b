// What does a client see that attaches to a container? What it writes from now on, and how it ends. What the client
// sends, the container reads, if its spec asks for input.

import { finished } from 'node:stream/promises';
import type { WebSocket } from 'ws';
import type { AttachSession } from '../runtime/types.ts';
import { channel, exitStatus, forward, readSize } from './exec-socket.ts';

/** Joins socket and session until the container ends or the client leaves. Never rejects. */
export async function pumpAttach(
  socket: WebSocket,
  session: AttachSession,
  wants: { stdout: boolean; stderr: boolean },
): Promise<void> {
  for (const name of ['stdout', 'stderr'] as const) {
    if (wants[name]) forward(session[name], socket, channel[name]);
    else session[name].resume();
  }
  socket.on('message', (data: Buffer) => {
    const [id, second] = data;
    if (id === channel.stdin) session.stdin?.write(data.subarray(1));
    if (id === channel.close && second === channel.stdin) session.stdin?.end();
    const size = id === channel.resize ? readSize(data.subarray(1)) : undefined;
    if (size) session.resize(size);
  });
  const onClose = (): void => {
    session.detach();
    session.stdout.resume();
    session.stderr.resume();
  };
  socket.on('close', onClose);
  socket.on('error', onClose);
  const [exitCode] = await Promise.all([session.exited, finished(session.stdout), finished(session.stderr)]);
  if (socket.readyState === socket.OPEN)
    socket.send(Buffer.concat([Buffer.from([channel.error]), Buffer.from(JSON.stringify(exitStatus(exitCode ?? 0)))]));
  socket.close(1000);
}
