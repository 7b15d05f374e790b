// How does a command's input and output travel? As binary WebSocket frames of v5.channel.k8s.io: first byte is the channel.

import type { WebSocket } from 'ws';
import type { ExecSession } from '../runtime/types.ts';

export const execProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
// Waiting output of one session; the command is held up beyond it.
const backlogBytesMax = 1024 * 1024;

/** The meta/v1 Status that channel 3 carries. Pure. */
export function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** A Status for a command that could not be started. Pure. */
export function failedStatus(message: string): object {
  return { metadata: {}, status: 'Failure', reason: 'InternalError', message, code: 500 };
}

/** Joins socket and session until the command has ended; kills it if the client leaves first. */
export async function pumpExec(socket: WebSocket, session: ExecSession): Promise<void> {
  const send = (id: number, data: Uint8Array): void => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([id]), data]));
  };
  for (const [name, stream] of [
    ['stdout', session.stdout],
    ['stderr', session.stderr],
  ] as const) {
    stream.on('data', (chunk: Buffer) => {
      send(channel[name], chunk);
      if (socket.bufferedAmount <= backlogBytesMax) return;
      stream.pause();
      socket.send(Buffer.from([channel[name]]), () => stream.resume());
    });
  }
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const frame = isBinary ? data : Buffer.from(data);
    const [id, second] = frame;
    if (id === channel.stdin) session.stdin.write(frame.subarray(1));
    if (id === channel.close && second === channel.stdin) session.stdin.end();
  });
  const onClose = (): void => session.kill();
  socket.on('close', onClose);
  socket.on('error', onClose);
  const exitCode = await session.exited;
  socket.off('close', onClose);
  send(channel.error, Buffer.from(JSON.stringify(exitStatus(exitCode))));
  socket.close(1000);
}

/** Tells the client that nothing was started. */
export function refuseExec(socket: WebSocket, message: string): void {
  socket.send(Buffer.concat([Buffer.from([channel.error]), Buffer.from(JSON.stringify(failedStatus(message)))]));
  socket.close(1000);
}
