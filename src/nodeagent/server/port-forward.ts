// How does a client reach a port of a pod? SPDY/3.1 inside a WebSocket: a stream for data and one for errors per
// connection. Source: k8s.io/kubelet/pkg/cri/streaming/portforward.

import { connect, type Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { SpdyConnection } from './spdy/connection.ts';
import { SpdyError } from './spdy/frames.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** The WebSocket subprotocol between API server and agent; clients say `SPDY/3.1+portforward.k8s.io`. */
export const portForwardProtocol = 'tunnel.portforward.k8s.io';

export interface PortForwardTarget {
  /** `shop/web-0`, for messages. */
  pod: string;
  uid: string;
  /** Where the pod's ports are: its node's addresses, tried in this order. */
  hosts: string[];
}

/** Forwards until the client closes the socket. */
export function serveForwarding(socket: WebSocket, target: PortForwardTarget): void {
  const pairs = new StreamPairs((pair) => void forward(pair, target));
  const connection = new SpdyConnection({
    send: (bytes, done) => {
      if (socket.readyState === socket.OPEN) socket.send(bytes, done);
      else done();
    },
    onStream: (stream) => pairs.add(stream),
    onCongestion: (isCongested) => {
      if (isCongested) socket.pause();
      else if (socket.isPaused) socket.resume();
    },
  });
  socket.on('message', (data: RawData) => {
    try {
      connection.receive(Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer));
    } catch (error) {
      if (!(error instanceof SpdyError)) throw error;
      // 1002 is a protocol error.
      socket.close(1002, error.message.slice(0, 100));
    }
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => connection.close());
}

interface Pair {
  data: SpdyStream;
  error: SpdyStream;
  port: number;
}

/** Brings the two streams of one request together. */
class StreamPairs {
  readonly #onPair: (pair: Pair) => void;
  readonly #waiting = new Map<string, SpdyStream>();

  constructor(onPair: (pair: Pair) => void) {
    this.#onPair = onPair;
  }

  add(stream: SpdyStream): void {
    const { streamtype: type = '', requestid: requestId = '', port: text = '' } = stream.headers;
    const port = Number(text);
    const isValid = (type === 'data' || type === 'error') && Number.isInteger(port) && port > 0 && port < 65_536;
    if (!isValid) {
      stream.destroy();
      return;
    }
    const other = type === 'data' ? 'error' : 'data';
    const partner = this.#waiting.get(`${other} ${requestId}`);
    if (!partner) {
      this.#waiting.set(`${type} ${requestId}`, stream);
      stream.once('close', () => this.#waiting.delete(`${type} ${requestId}`));
      return;
    }
    this.#waiting.delete(`${other} ${requestId}`);
    this.#onPair(type === 'data' ? { data: stream, error: partner, port } : { data: partner, error: stream, port });
  }
}

async function forward({ data, error, port }: Pair, { pod, uid, hosts }: PortForwardTarget): Promise<void> {
  // The client says nothing on the error stream; its end must be read all the same.
  error.resume();
  try {
    const socket = await connectAny(hosts, port);
    await join(data, socket);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    error.write(`error forwarding port ${port} to pod ${pod}, uid ${uid}: ${why}`);
    data.resume();
    data.end();
  }
  error.end();
}

async function connectAny(hosts: string[], port: number): Promise<Socket> {
  let failure = new Error(`failed to connect to port ${port}: the node has no address`);
  for (const host of hosts) {
    try {
      return await connectTo(host, port);
    } catch (error) {
      failure = new Error(`failed to connect to ${host}:${port}: ${(error as Error).message}`, { cause: error });
    }
  }
  throw failure;
}

function connectTo(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Copies both ways until both have ended. Rejects if the pod breaks the connection. */
function join(data: SpdyStream, socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      data.destroy();
      reject(error);
    });
    socket.once('close', () => {
      data.end();
      resolve();
    });
    data.once('close', () => socket.destroy());
    data.pipe(socket);
    socket.pipe(data);
  });
}
