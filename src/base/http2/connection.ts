// How does a server speak HTTP/2 on one connection? It reads frames, hands on requests, and sends what their streams
// have. Source: RFC 9113.

import type { Duplex } from 'node:stream';
import { type Frame, FrameReader } from './frame-reader.ts';
import {
  ConnectionError,
  type ErrorCode,
  errorCodes,
  flags,
  frame,
  frameTypes,
  protocolBroken,
  StreamError,
  selfDependency,
  settingIds,
  settingsPayload,
  sizeWrong,
  windowDefault,
  words,
} from './frames.ts';
import { assembleHeaders, type HeaderBlock, headersTooLarge } from './header-block.ts';
import { type AnswerHead, HpackDecoder } from './hpack.ts';
import { OpenedStreams } from './opened-streams.ts';
import { payloadOf } from './padding.ts';
import { checkTrailers, requestHeaders } from './request-head.ts';
import { ResetBudget } from './reset-budget.ts';
import { Sender } from './sender.ts';
import { PeerSettings } from './settings.ts';
import { Http2Stream, receiveWindow, type StreamHost } from './stream.ts';

const streamsMax = 1000;
const connectionWindow = 4 * receiveWindow;

export interface Http2Options {
  /** A request has come; its body may be on the way. */
  onStream: (stream: Http2Stream) => void;
  /** Milliseconds on a clock that never goes back. */
  monotonic: () => number;
}

/** The server's end of a connection whose client speaks HTTP/2. It lives until the socket closes. */
export class Http2Connection implements StreamHost {
  readonly #socket: Duplex;
  readonly #sender: Sender;
  readonly #streams = new Map<number, Http2Stream>();
  readonly #decoder = new HpackDecoder();
  readonly #peer = new PeerSettings();
  readonly #resets: ResetBudget;
  readonly #reader = new FrameReader();
  readonly #opened: OpenedStreams;
  #hasSettings = false;
  #headers: HeaderBlock | undefined;
  #lastStream = 0;
  #unacknowledged = 0;
  #isEnding = false;

  constructor(socket: Duplex, options: Http2Options) {
    this.#socket = socket;
    this.#opened = new OpenedStreams((stream) => options.onStream(stream));
    this.#sender = new Sender(socket, (stream) => this.#answered(stream));
    this.#resets = new ResetBudget(options.monotonic);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // Without a listener a connection that breaks would be an uncaught error; 'close' follows and says all.
    socket.on('error', () => {});
    socket.once('close', () => this.#closed());
    const settings = settingsPayload([
      [settingIds.maxConcurrentStreams, streamsMax],
      [settingIds.initialWindowSize, receiveWindow],
    ]);
    this.#sender.control(frame(frameTypes.settings, settings));
    this.#sender.control(frame(frameTypes.windowUpdate, words(connectionWindow - windowDefault)));
  }

  /** Takes no more requests; those that it has may end. */
  refuseMore(): void {
    if (!this.#isEnding) this.#goAway(errorCodes.noError, '');
  }

  /** Sends what can be sent now, and closes the connection. */
  end(): void {
    this.#sender.flush();
    this.#socket.end();
  }

  sendHead(stream: Http2Stream, head: AnswerHead): void {
    this.#sender.head(stream, head);
  }

  sendBody(stream: Http2Stream): void {
    this.#sender.body(stream);
  }

  sendReset(stream: Http2Stream, code: ErrorCode): void {
    this.#sender.control(frame(frameTypes.reset, words(code), { stream: stream.id }));
    this.#streams.delete(stream.id);
  }

  sendWindow(stream: Http2Stream, bytes: number): void {
    this.#sender.control(frame(frameTypes.windowUpdate, words(bytes), { stream: stream.id }));
  }

  /** The answer has left. Who still sends a body is told that nobody reads it. */
  #answered(stream: Http2Stream): void {
    if (stream.isBodyWhole) this.#drop(stream);
    else stream.reset(errorCodes.noError);
  }

  #drop(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    stream.close();
  }

  #closed(): void {
    for (const stream of this.#streams.values()) this.#drop(stream);
  }

  #receive(chunk: Buffer): void {
    if (this.#isEnding && this.#streams.size === 0) return;
    try {
      this.#reader.read(chunk, this.#accept);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail(error);
    }
    this.#opened.handOn();
  }

  readonly #accept = ({ stream: id, type, set, payload }: Frame): void => {
    if (!this.#hasSettings && type !== frameTypes.settings) throw protocolBroken('The first frame is not SETTINGS');
    if (this.#headers && (type !== frameTypes.continuation || id !== this.#headers.stream))
      throw protocolBroken('Another frame is in the midst of headers');
    try {
      this.#dispatch(id, type, { set, payload });
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#resets.spend();
      const stream = this.#streams.get(id);
      if (stream) stream.reset(error.code);
      else this.#sender.control(frame(frameTypes.reset, words(error.code), { stream: id }));
    }
  };

  #dispatch(id: number, type: number, { set, payload }: { set: number; payload: Buffer }): void {
    switch (type) {
      case frameTypes.headers:
      case frameTypes.continuation:
        this.#acceptHeaders(id, type, { set, payload });
        return;
      case frameTypes.data:
        this.#acceptData(id, set, payload);
        return;
      case frameTypes.windowUpdate:
        this.#acceptWindow(id, payload);
        return;
      case frameTypes.reset:
        this.#acceptReset(id, payload);
        return;
      case frameTypes.settings:
        this.#acceptSettings(id, set, payload);
        return;
      case frameTypes.ping:
        if (id !== 0) throw protocolBroken('A PING is of a stream');
        if (payload.length !== 8) throw sizeWrong('A PING has not 8 bytes');
        if ((set & flags.ack) === 0) this.#sender.control(frame(frameTypes.ping, payload, { set: flags.ack }));
        return;
      case frameTypes.priority:
        if (id === 0) throw protocolBroken('A PRIORITY is of no stream');
        if (payload.length !== 5) throw new StreamError(errorCodes.frameSizeError, 'A PRIORITY has not 5 bytes');
        if ((payload.readUInt32BE(0) & 0x7fffffff) === id) throw selfDependency();
        return;
      case frameTypes.pushPromise:
        throw protocolBroken('A client promises a push');
      case frameTypes.goAway:
        if (id !== 0) throw protocolBroken('A GOAWAY is of a stream');
        return;
      default:
        // Extensions that this server does not know.
        return;
    }
  }

  #acceptHeaders(id: number, type: number, { set, payload }: { set: number; payload: Buffer }): void {
    const block = assembleHeaders(this.#headers, { id, type, set, payload });
    if (!block.isWhole) {
      this.#headers = block;
      return;
    }
    this.#headers = undefined;
    const fields = this.#decoder.decode(block.bytes());
    const known = this.#streams.get(id);
    if (known) {
      if (known.isBodyWhole)
        throw new StreamError(errorCodes.streamClosed, 'There are headers after the end of a body');
      if (!block.endsStream) throw new StreamError(errorCodes.protocolError, 'Trailers do not end their stream');
      if (!fields) throw headersTooLarge();
      checkTrailers(fields);
      known.receiveEnd();
      return;
    }
    if (id % 2 === 0) throw protocolBroken('A stream of a client has an even number');
    if (id <= this.#lastStream) throw new ConnectionError(errorCodes.streamClosed, 'A stream is opened twice');
    if (this.#isEnding) return;
    this.#lastStream = id;
    if (block.dependsOnItself) throw selfDependency();
    if (block.isTooLarge || !fields) throw headersTooLarge();
    if (this.#streams.size >= streamsMax) throw new StreamError(errorCodes.refusedStream, 'There are too many streams');
    const headers = requestHeaders(fields);
    const sendWindow = this.#peer.initialWindow;
    const stream = new Http2Stream(this, { id, headers, hasBody: !block.endsStream, sendWindow });
    this.#streams.set(id, stream);
    this.#opened.add(stream);
  }

  #acceptData(id: number, set: number, payload: Buffer): void {
    if (id === 0 || id > this.#lastStream) throw protocolBroken('DATA is of no stream');
    // Padding counts, and so does what nobody reads.
    this.#unacknowledged += payload.length;
    if (this.#unacknowledged > connectionWindow)
      throw new ConnectionError(errorCodes.flowControlError, 'There is more data than the window allows');
    if (this.#unacknowledged >= connectionWindow / 2) {
      this.#sender.control(frame(frameTypes.windowUpdate, words(this.#unacknowledged)));
      this.#unacknowledged = 0;
    }
    const data = payloadOf(payload, set);
    const stream = this.#streams.get(id);
    if (!stream) throw new StreamError(errorCodes.streamClosed, 'DATA is of a stream that is over');
    stream.receive(data, payload.length);
    if ((set & flags.endStream) !== 0) stream.receiveEnd();
  }

  #acceptWindow(id: number, payload: Buffer): void {
    if (payload.length !== 4) throw sizeWrong('A WINDOW_UPDATE has not 4 bytes');
    if (id > this.#lastStream) throw protocolBroken('A WINDOW_UPDATE is of no stream');
    const bytes = payload.readUInt32BE(0) & 0x7fffffff;
    if (id === 0) {
      if (bytes === 0) throw protocolBroken('A window is to grow by nothing');
      this.#sender.widen(bytes);
      return;
    }
    if (bytes === 0) throw new StreamError(errorCodes.protocolError, 'A window is to grow by nothing');
    this.#widen(this.#streams.get(id), bytes);
  }

  #widen(stream: Http2Stream | undefined, bytes: number): void {
    if (!stream) return;
    stream.widen(bytes);
    if (stream.outgoing.bytes > 0 && stream.sendWindow > 0) this.#sender.body(stream);
  }

  #acceptReset(id: number, payload: Buffer): void {
    if (payload.length !== 4) throw sizeWrong('A RST_STREAM has not 4 bytes');
    if (id === 0 || id > this.#lastStream) throw protocolBroken('A RST_STREAM is of no stream');
    const stream = this.#streams.get(id);
    if (!stream) return;
    this.#resets.spend();
    this.#drop(stream);
  }

  #acceptSettings(id: number, set: number, payload: Buffer): void {
    if (id !== 0) throw protocolBroken('SETTINGS are of a stream');
    if ((set & flags.ack) !== 0) {
      if (payload.length > 0) throw sizeWrong('An acknowledgement has a payload');
      return;
    }
    this.#hasSettings = true;
    const { windowChange } = this.#peer.apply(payload);
    this.#sender.frameBytesMax = this.#peer.frameBytesMax;
    this.#sender.control(frame(frameTypes.settings, Buffer.alloc(0), { set: flags.ack }));
    if (windowChange === 0) return;
    try {
      for (const stream of this.#streams.values()) this.#widen(stream, windowChange);
    } catch (error) {
      throw new ConnectionError(errorCodes.flowControlError, (error as Error).message);
    }
  }

  /** The client can't be understood any more. */
  #fail({ code, message }: ConnectionError): void {
    this.#goAway(code, message);
    this.#closed();
    this.end();
  }

  #goAway(code: ErrorCode, message: string): void {
    this.#isEnding = true;
    const payload = Buffer.concat([words(this.#lastStream, code), Buffer.from(message)]);
    this.#sender.control(frame(frameTypes.goAway, payload));
  }
}
