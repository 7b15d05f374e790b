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
  /** IP address that the connection comes from; absent where there is none. */
  remoteAddress?: string | undefined;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  /** May be read once. A `FixedBody` where the whole answer is known. */
  body: AsyncIterable<Uint8Array>;
  /** Aborts when the answer is given up, because its client does not read it: the connection must not hold what is unsent. */
  givenUp?: AbortSignal;
}

/** A body that is known as a whole: the HTTP server sends it in one piece, with its length. */
export class FixedBody implements AsyncIterable<Uint8Array> {
  readonly chunks: Uint8Array[];

  constructor(chunks: Uint8Array[]) {
    this.chunks = chunks;
  }

  get byteLength(): number {
    return this.chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    yield* this.chunks;
  }
}
