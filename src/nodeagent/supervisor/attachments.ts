// How does the agent join a container's input and output? Two requests: one whose answer is the output, one whose body
// is the input.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeFrame } from '../runtime/attach-frames.ts';
import type { Attachment } from '../runtime/process/process-runtime.ts';

/** A client that has this much unread is let go: the container and its log do not wait for it. */
const unreadBytesMax = 16 * 1024 * 1024;

/** Sends what the container writes from now on, and at its end its exit code. */
export function streamOutput(response: ServerResponse, { io, ended }: Attachment): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  response.flushHeaders();
  const send = (frame: Buffer): void => {
    if (response.destroyed) return;
    response.write(frame);
    if (response.writableLength > unreadBytesMax) response.destroy();
  };
  const listeners = io.outputs.map(({ name, stream }) => {
    const onData = (chunk: Buffer): void => send(encodeFrame(name, chunk));
    stream.on('data', onData);
    return () => stream.off('data', onData);
  });
  response.on('close', () => {
    for (const leave of listeners) leave();
  });
  void ended.then(({ exitCode }) => {
    send(encodeFrame('exit', Buffer.from(String(exitCode))));
    response.end();
  });
}

/** Hands on what the client sends; resolves when it has ended, whichever way. */
export async function takeInput(request: IncomingMessage, { io, stdinOnce, ended }: Attachment): Promise<void> {
  const { input } = io;
  let isOver = false;
  void ended.then(() => {
    isOver = true;
    request.destroy();
  });
  try {
    for await (const chunk of request) {
      if (!input?.writable || input.write(chunk as Buffer)) continue;
      await Promise.race([ended, new Promise((resolve) => input.once('drain', resolve).once('close', resolve))]);
    }
  } catch (error) {
    // The client left, or the container did.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET' && !isOver) throw error;
  }
  if (stdinOnce) input?.end();
}
