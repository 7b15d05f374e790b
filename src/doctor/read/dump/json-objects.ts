// Which objects does a stream of JSON hold? Finds them one by one, so that a dump of any size needs the memory of one:
// lists (`kubectl get -o json`), arrays, single objects, many of these after each other, with logs in between
// (`kubectl cluster-info dump`).

export interface FoundType {
  apiVersion: string | undefined;
  kind: string | undefined;
}

export interface JsonSink {
  /** Is an object of that type worth parsing? */
  /** `mentions` tells whether a word stands somewhere in the object's text. */
  wants: (type: FoundType, list: FoundType | undefined, mentions: (word: string) => boolean) => boolean;
  take: (object: unknown, list: FoundType | undefined) => void;
  /** A list has ended, however many objects it had. */
  endOfList: (list: FoundType) => void;
  /** An object that is no JSON, or that is too large to be one of Kubernetes. */
  malformed: (why: string) => void;
}

// etcd takes 1.5 MiB; ten times that is no object.
const objectBytesMax = 16 * 2 ** 20;

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const comma = 0x2c;
const newline = 0x0a;

type Mark = 'none' | 'object' | 'item';

/** Feeds on chunks of bytes; `end` says whether the last value was whole. */
export class JsonObjects {
  readonly #sink: JsonSink;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Depth right inside the list or array whose elements are objects to find; 0: in none. */
  #itemsDepth = 0;
  #isArray = false;
  /** What is being collected. */
  #mark: Mark = 'none';
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #startInChunk = 0;
  /** Depth at which the members of the object being collected stand. */
  #headDepth = 0;
  #stringStart = -1;
  #stringHead = '';
  #lastString = '';
  #key = '';
  #afterColon = false;
  #type: FoundType = { apiVersion: undefined, kind: undefined };
  #listType: FoundType = { apiVersion: undefined, kind: undefined };
  #line = '';
  #inLogs = false;
  #closers: number[] = [];
  /** Why the rest can't be read. */
  broken: string | undefined;

  constructor(sink: JsonSink) {
    this.#sink = sink;
  }

  write(chunk: Uint8Array): void {
    this.#startInChunk = 0;
    for (let at = 0; at < chunk.length && this.broken === undefined; at++) {
      const byte = chunk[at] as number;
      if (this.#inString) at = this.#throughString(chunk, at);
      else if (this.#depth === 0 && this.#inLogs) this.#skipLog(byte);
      else this.#structural(chunk, byte, at);
    }
    if (this.#mark !== 'none') this.#keep(chunk.subarray(this.#startInChunk));
    if (this.#stringStart >= 0) {
      this.#stringHead += text(chunk.subarray(this.#stringStart));
      this.#stringStart = 0;
    }
  }

  /** True if everything was whole. */
  end(): boolean {
    return this.broken === undefined && this.#depth === 0 && !this.#inString;
  }

  /** Index of the closing quote, or of the last byte. */
  #throughString(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) {
        this.#inString = false;
        if (this.#stringStart >= 0) {
          this.#lastString = this.#stringHead + text(chunk.subarray(this.#stringStart, at));
          this.#stringStart = -1;
          this.#stringHead = '';
          this.#endOfHeadString();
        }
        return at;
      }
    }
    return chunk.length;
  }

  #structural(chunk: Uint8Array, byte: number, at: number): void {
    switch (byte) {
      case quote:
        this.#inString = this.#depth > 0;
        if (this.#depth === this.#headDepth && this.#headDepth > 0) this.#stringStart = at + 1;
        break;
      case openBrace:
        this.#open(closeBrace, at);
        break;
      case openBracket:
        this.#openArray();
        break;
      case closeBrace:
      case closeBracket:
        this.#close(byte, chunk, at);
        break;
      case colon:
        if (this.#depth === this.#headDepth && this.#headDepth > 0) {
          this.#key = this.#lastString;
          this.#afterColon = true;
        }
        break;
      case comma:
        if (this.#depth === this.#headDepth) this.#afterColon = false;
        break;
      default:
        if (this.#depth === 0) this.#between(byte);
    }
  }

  /** A value that says what the object is. */
  #endOfHeadString(): void {
    if (!this.#afterColon) return;
    if (this.#key === 'kind') this.#type.kind = this.#lastString;
    else if (this.#key === 'apiVersion') this.#type.apiVersion = this.#lastString;
    if (this.#itemsDepth === 0 || this.#mark !== 'item') Object.assign(this.#listType, this.#type);
  }

  #open(closer: number, at: number): void {
    const isItem = this.#itemsDepth > 0 && this.#depth === this.#itemsDepth;
    this.#closers.push(closer);
    this.#depth += 1;
    if (this.#depth !== 1 && !isItem) return;
    this.#mark = isItem ? 'item' : 'object';
    this.#startInChunk = at;
    this.#headDepth = this.#depth;
    this.#afterColon = false;
    this.#type = { apiVersion: undefined, kind: undefined };
    if (!isItem) this.#listType = { apiVersion: undefined, kind: undefined };
  }

  #openArray(): void {
    const isList = this.#mark === 'object' && this.#depth === 1 && this.#afterColon && this.#key === 'items';
    this.#closers.push(closeBracket);
    this.#depth += 1;
    if (!isList && this.#depth !== 1) return;
    // What a list says of itself is noted; the rest of it need not be kept.
    this.#itemsDepth = this.#depth;
    this.#isArray = !isList;
    this.#drop();
    this.#headDepth = 0;
  }

  #close(byte: number, chunk: Uint8Array, at: number): void {
    if (this.#depth === 0) return;
    if (this.#closers.pop() !== byte) {
      this.broken = 'its brackets do not match';
      this.#drop();
      return;
    }
    this.#depth -= 1;
    if (this.#mark === 'item' && this.#depth === this.#itemsDepth) {
      this.#emit(chunk.subarray(this.#startInChunk, at + 1));
      this.#headDepth = 0;
    } else if (this.#itemsDepth > 0 && this.#depth === this.#itemsDepth - 1 && byte === closeBracket) {
      this.#endItems();
    } else if (this.#depth === 0) {
      if (this.#mark === 'object') this.#emit(chunk.subarray(this.#startInChunk, at + 1));
      else this.#sink.endOfList({ ...this.#listType });
      this.#headDepth = 0;
    }
  }

  #endItems(): void {
    this.#itemsDepth = 0;
    if (this.#isArray) return;
    // The members after `items` may name the kind.
    this.#headDepth = 1;
    this.#afterColon = false;
    this.#type = { ...this.#listType };
  }

  #emit(last: Uint8Array): void {
    const { apiVersion, kind } = this.#type;
    const list = this.#mark === 'item' && !this.#isArray ? this.#listType : undefined;
    const tooLarge = this.#partsBytes + last.length > objectBytesMax;
    if (tooLarge) this.#sink.malformed(`an object has more than ${objectBytesMax / 2 ** 20} MiB`);
    else {
      const parts = this.#parts;
      const whole = (): Uint8Array => (parts.length > 0 ? Buffer.concat([...parts, last]) : last);
      const mentions = (word: string): boolean => Buffer.from(whole()).includes(word);
      if (this.#sink.wants({ apiVersion, kind }, list, mentions)) this.#parse(text(whole()), list);
    }
    this.#drop();
  }

  #parse(json: string, list: FoundType | undefined): void {
    let object: unknown;
    try {
      object = JSON.parse(json);
    } catch (error) {
      this.#sink.malformed((error as Error).message);
      return;
    }
    this.#sink.take(object, list);
  }

  #keep(part: Uint8Array): void {
    this.#partsBytes += part.length;
    // What is too large is only counted from here on.
    if (this.#partsBytes <= objectBytesMax) this.#parts.push(Uint8Array.from(part));
    else this.#parts = [];
  }

  #drop(): void {
    this.#mark = 'none';
    this.#parts = [];
    this.#partsBytes = 0;
  }

  /** Between values: white space, or the lines around the logs of a `cluster-info dump`. */
  #between(byte: number): void {
    if (byte === newline) {
      this.#inLogs = this.#line.startsWith('==== START logs');
      this.#line = '';
    } else if (this.#line.length < 80) this.#line += String.fromCharCode(byte);
  }

  #skipLog(byte: number): void {
    if (byte !== newline) {
      if (this.#line.length < 80) this.#line += String.fromCharCode(byte);
      return;
    }
    this.#inLogs = !this.#line.startsWith('==== END logs');
    this.#line = '';
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
