// What goes in and out of the API server? HTTP's shapes without HTTP, so that a function call will do.

/** Who asks, as authentication found out. */
export interface UserInfo {
  name: string;
  groups: string[];
  /** Tells users of one name apart over time; service accounts have theirs. */
  uid?: string;
  extra?: Record<string, string[]>;
}

export interface ApiRequest {
  method: string;
  /** With query. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array | undefined;
  /** Undefined if the client did not authenticate; only the health endpoints answer then. */
  user: UserInfo | undefined;
  /** When the certificate that names the user expires; absent without one. */
  certificateExpiresAtMs?: number | undefined;
  /** IP address that the connection comes from; absent where there is none. */
  remoteAddress?: string | undefined;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  /** May be read once. A `FixedBody` where the whole answer is known. */
  body: AsyncIterable<Uint8Array>;
  /** Aborts when the answer is given up, because its client does not read it: the connection must not hold what is unsent. */
  givenUp?: AbortSignal | undefined;
  /** By which the exchange is found again; it stands in the head beside `headers`. */
  auditId?: string | undefined;
}

/** Takes the pieces of a body, in order. */
export interface Outlet {
  /** False if there is no room for more now. */
  write: (chunk: Uint8Array) => boolean;
}

/**
 * A body whose pieces come as things happen. Who sends it as it is reads it with an outlet: what comes while the reader
 * waits, and there is room, goes straight there, without an asynchronous step for each piece.
 */
export class LiveBody implements AsyncIterable<Uint8Array> {
  readonly #begin: (outlet: Outlet | undefined) => AsyncIterable<Uint8Array>;

  constructor(begin: (outlet: Outlet | undefined) => AsyncIterable<Uint8Array>) {
    this.#begin = begin;
  }

  /** What does not go to `outlet`. A reader that asks for the next piece has sent those before it, and has room. */
  read(outlet?: Outlet): AsyncIterable<Uint8Array> {
    return this.#begin(outlet);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.read()[Symbol.asyncIterator]();
  }
}

/** The same body; `onEnd` is called when its reader is done with it. */
export function followed(body: AsyncIterable<Uint8Array>, onEnd: () => void): AsyncIterable<Uint8Array> {
  return body instanceof LiveBody
    ? new LiveBody((outlet) => untilEnd(body.read(outlet), onEnd))
    : untilEnd(body, onEnd);
}

async function* untilEnd(body: AsyncIterable<Uint8Array>, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    onEnd();
  }
}

/** A body that is known as a whole: the HTTP server sends it in one piece, with its length. */
export class FixedBody implements AsyncIterable<Uint8Array> {
  readonly chunks: Uint8Array[];

  constructor(chunks: Uint8Array[]) {
    this.chunks = chunks;
  }

  get byteLength(): number {
    let total = 0;
    for (const chunk of this.chunks) total += chunk.byteLength;
    return total;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    yield* this.chunks;
  }
}
