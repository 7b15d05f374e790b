// What does a client see that attaches to a container? What it writes from now on, and how it ends. Containers
// have no standard input here, so that there is nothing to send them.

import type { WebSocket } from 'ws';
import type { ContainerRecord } from '../runtime/types.ts';
import { channel, exitStatus, failedStatus } from './exec-socket.ts';
import { type LogSource, readLog } from './log-reader.ts';

export interface Attachment {
  source: LogSource;
  /** The container as it is now; undefined once it is forgotten. */
  state: () => ContainerRecord | undefined;
  wants: { stdout: boolean; stderr: boolean };
}

/** Sends output until the container ends, the client leaves or `signal` aborts. Never rejects. */
export async function attachOutput(
  socket: WebSocket,
  { source, state, wants }: Attachment,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('close', onAbort);
  socket.on('error', onAbort);
  const send = async (id: number, data: string | Uint8Array): Promise<void> => {
    if (socket.readyState !== socket.OPEN) return;
    const frame = Buffer.concat([Buffer.from([id]), Buffer.from(data)]);
    await new Promise<void>((resolve) => socket.send(frame, () => resolve()));
  };
  const follow = async (stream: 'stdout' | 'stderr'): Promise<void> => {
    const options = {
      follow: true,
      timestamps: false,
      tailLines: 0,
      limitBytes: undefined,
      sinceMs: undefined,
      stream,
    };
    for await (const piece of readLog(source, options, stop.signal)) await send(channel[stream], piece);
  };
  try {
    await Promise.all((['stdout', 'stderr'] as const).filter((stream) => wants[stream]).map(follow));
    const exitCode = state()?.exitCode ?? 0;
    if (!stop.signal.aborted) await send(channel.error, JSON.stringify(exitStatus(exitCode)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await send(channel.error, JSON.stringify(failedStatus(why)));
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.close(1000);
  }
}
