// How does a command's input and output travel? As binary WebSocket frames of v5.channel.k8s.io: first byte is the channel.

import type { WebSocket } from 'ws';
import type { TerminalSize } from '../../base/kernel-terminal.ts';
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

/** Sends what `stream` has on the channel `id`, as fast as the client reads. */
export function forward(stream: NodeJS.ReadableStream, socket: WebSocket, id: number): void {
  stream.on('data', (chunk: Buffer) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(Buffer.concat([Buffer.from([id]), chunk]));
    if (socket.bufferedAmount <= backlogBytesMax) return;
    stream.pause();
    socket.send(Buffer.from([id]), () => stream.resume());
  });
}

/** The size of the client's window, as its resize channel says it; undefined if it makes no sense. Pure. */
export function readSize(data: Uint8Array): TerminalSize | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
    return isCount(columns) && isCount(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

/** Joins socket and session until the command has ended; kills it if the client leaves first. */
export async function pumpExec(socket: WebSocket, session: ExecSession): Promise<void> {
  forward(session.stdout, socket, channel.stdout);
  forward(session.stderr, socket, channel.stderr);
  socket.on('message', (data: Buffer) => {
    const [id, second] = data;
    if (id === channel.stdin) session.stdin.write(data.subarray(1));
    if (id === channel.close && second === channel.stdin) session.stdin.end();
    const size = id === channel.resize ? readSize(data.subarray(1)) : undefined;
    if (size) session.resize?.(size);
  });
  const onClose = (): void => session.kill();
  socket.on('close', onClose);
  socket.on('error', onClose);
  const exitCode = await session.exited;
  socket.off('close', onClose);
  if (socket.readyState === socket.OPEN)
    socket.send(Buffer.concat([Buffer.from([channel.error]), Buffer.from(JSON.stringify(exitStatus(exitCode)))]));
  socket.close(1000);
}

/** Tells the client that nothing was started. */
export function refuseExec(socket: WebSocket, message: string): void {
  socket.send(Buffer.concat([Buffer.from([channel.error]), Buffer.from(JSON.stringify(failedStatus(message)))]));
  socket.close(1000);
}
