// What does the machine allow? A process that serves the same loads with TLS, HTTP/2 frames, JSON and one log that is
// flushed, and knows nothing else: no users, no rules, no history. What a real server does comes on top of it.

import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type TLSSocket } from 'node:tls';
import {
  flags,
  frame,
  headBytes,
  preface,
  frameTypes as types,
  words,
  writeFrameHead,
} from '../../src/base/http2/frames.ts';
import type { TlsIdentity } from '../../src/base/tls.ts';
import { FrameCutter } from './frame-cutter.ts';

/** What the process is told first. It answers with its port. */
export interface BareOrder {
  tls: TlsIdentity;
  /** Where writes go. */
  logFile: string;
  /** Answer to every GET. */
  answerBytes: number;
}

/** The one that our server takes as well. */
const cipher = 'TLS_AES_128_GCM_SHA256';
const frameBytes = 16_384;
/** Answers leave in pieces, so that several connections have their turn. */
const framesPerWrite = 15;
const pieceBytes = framesPerWrite * (headBytes + frameBytes);
/** Pieces that nobody uses now: a fresh one would cost as much as filling it. */
const spare: Buffer[] = [];
/** A client that has sent so much is allowed to send on. */
const windowStep = 16_384;
const logBytes = 8 * 1024 * 1024;

process.once('message', ({ tls, logFile, answerBytes }: BareOrder) => {
  const answer = Buffer.alloc(answerBytes, 'x');
  void open(logFile, 'w').then((file) => {
    const log = new Log(file);
    const server = createServer({ ...tls, ALPNProtocols: ['h2'], ciphers: cipher }, (socket) =>
      serve(socket, { log, answer }),
    );
    server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
    // Nothing keeps the process then: whoever loaded it has left.
    process.once('disconnect', () => {
      server.close();
      void file.close();
    });
  });
});

/** Everything that comes up while it is flushed goes into the next write. */
class Log {
  readonly #file: FileHandle;
  #waiting: { bytes: Buffer; done: () => void }[] = [];
  #end = 0;
  #isWriting = false;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  append(bytes: Buffer, done: () => void): void {
    this.#waiting.push({ bytes, done });
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      const bytes = Buffer.concat(batch.map((each) => each.bytes));
      await this.#file.write(bytes, 0, bytes.length, this.#end);
      this.#end = (this.#end + bytes.length) % logBytes;
      await this.#file.datasync();
      for (const { done } of batch) done();
    }
    this.#isWriting = false;
  }
}

let revision = 0;

function serve(socket: TLSSocket, { log, answer }: { log: Log; answer: Buffer }): void {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  const out = new Outlet(socket);
  const bodies = new Map<number, Buffer[]>();
  let received = 0;
  const cutter = new FrameCutter({
    onFrame({ type, flag, stream }) {
      if (type === types.headers && (flag & flags.endStream) !== 0) out.answer(stream, answer);
    },
    onData(stream, data, isEnd) {
      received += data.length;
      if (received >= windowStep) {
        out.send(frame(types.windowUpdate, words(received)));
        received = 0;
      }
      const chunks = [...(bodies.get(stream) ?? []), Buffer.from(data)];
      bodies.set(stream, chunks);
      if (!isEnd) return;
      bodies.delete(stream);
      const object = JSON.parse(Buffer.concat(chunks).toString()) as { metadata: { resourceVersion?: string } };
      revision += 1;
      object.metadata.resourceVersion = String(revision);
      const bytes = Buffer.from(JSON.stringify(object));
      log.append(bytes, () => out.answer(stream, bytes));
    },
  });
  let isFirst = true;
  socket.on('data', (bytes) => {
    cutter.read(Buffer.from(isFirst ? bytes.subarray(preface.length) : bytes));
    isFirst = false;
  });
  out.send(frame(types.settings, Buffer.alloc(0)));
}

/** All small answers of one turn of the event loop leave together. */
class Outlet {
  readonly #socket: TLSSocket;
  readonly #unsent: Buffer[] = [];

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  send(bytes: Buffer): void {
    if (this.#unsent.push(bytes) > 1) return;
    setImmediate(() => this.#socket.write(Buffer.concat(this.#unsent.splice(0))));
  }

  answer(stream: number, body: Buffer): void {
    this.send(headOf(stream, body.length));
    if (body.length <= frameBytes) this.send(frame(types.data, body, { set: flags.endStream, stream }));
    else this.#sendLarge(stream, body, 0);
  }

  #sendLarge(stream: number, body: Buffer, from: number): void {
    const piece = spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
    let length = 0;
    let at = from;
    for (let frames = 0; at < body.length && frames < framesPerWrite; frames++) {
      const end = Math.min(at + frameBytes, body.length);
      const set = end === body.length ? flags.endStream : 0;
      writeFrameHead(piece, length, { length: end - at, type: types.data, flags: set, stream });
      body.copy(piece, length + headBytes, at, end);
      length += headBytes + end - at;
      at = end;
    }
    setImmediate(() =>
      this.#socket.write(piece.subarray(0, length), () => {
        spare.push(piece);
        if (at < body.length) this.#sendLarge(stream, body, at);
      }),
    );
  }
}

/** `:status: 200`, and how long the body is: the 28th name of HPACK's static table. */
function headOf(stream: number, bodyBytes: number): Buffer {
  const length = Buffer.from(String(bodyBytes));
  const block = Buffer.concat([Buffer.from([0x88, 0x0f, 28 - 15, length.length]), length]);
  return frame(types.headers, block, { set: flags.endHeaders, stream });
}
