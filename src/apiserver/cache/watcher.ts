// What has one watcher not been sent yet? A bounded queue of references to shared frames, which nothing passes through
// while the client keeps up.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusBody } from '../status-body.ts';
import type { Outlet } from '../types.ts';
import type { CacheEvent, EventSink } from './collection.ts';
import type { StoredObject } from './stored-object.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Writes watch events in the form that the client asked for. */
export interface Frames {
  object(type: EventType, object: StoredObject): Uint8Array;
  bookmark(revision: number, annotations?: Record<string, string>): Uint8Array;
  error(status: StatusBody): Uint8Array;
}

export interface WatcherOptions {
  /** Only keys that start with this. */
  prefix: string;
  /** Undefined chooses all objects. */
  selection: ((object: KubeObject) => boolean) | undefined;
  /** The object in the form that the watched resource serves. */
  serve: (stored: StoredObject) => StoredObject;
  frames: Frames;
  bufferBytesMax: number;
  /** Told when the watcher closes because its client does not keep up. */
  onOverflow: () => void;
  wantsBookmarks: boolean;
  /** Where frames go while the reader waits for them; without one all are queued. */
  outlet?: Outlet | undefined;
}

/** Queues the frames of one watch. Closes itself when more is queued than the client may lag behind. */
export class Watcher implements EventSink {
  readonly wantsBookmarks: boolean;
  readonly #options: WatcherOptions;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;
  /** Does the reader wait, and has the outlet room? */
  #isDirect = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.wantsBookmarks = options.wantsBookmarks;
  }

  /** Of the keys that it watches. */
  get prefix(): string {
    return this.#options.prefix;
  }

  selects(stored: StoredObject): boolean {
    const { selection, serve } = this.#options;
    return selection?.(serve(stored).object) ?? true;
  }

  /** An object that leaves the selection is DELETED for this watcher, one that enters it ADDED. */
  offer(event: CacheEvent): void {
    if (this.#isClosed || !event.key.startsWith(this.#options.prefix)) return;
    const { current, previous } = event;
    const { frames, serve } = this.#options;
    const was = previous !== undefined && this.selects(previous);
    if (current && this.selects(current)) this.#push(frames.object(was ? 'MODIFIED' : 'ADDED', serve(current)));
    else if (was && event.tombstone) this.#push(frames.object('DELETED', serve(event.tombstone)));
  }

  /** Says that everything up to `revision` has been sent. */
  bookmark(revision: number): void {
    if (!this.#isClosed) this.#push(this.#options.frames.bookmark(revision));
  }

  /** The last event: why there will be no more. */
  fail(status: StatusBody): void {
    if (!this.#isClosed) this.#push(this.#options.frames.error(status));
  }

  /** Its client comes back, and is told that what it asks for is too old. */
  missed(): void {
    this.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#wakeReader();
  }

  /** Will nothing more be queued? */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What is queued now, in one piece; undefined if nothing is. */
  take(): Uint8Array | undefined {
    const queue = this.#queue;
    if (queue.length === 0) return undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
    return queue.length === 1 ? queue[0] : Buffer.concat(queue);
  }

  /** Resolves when something is queued, or the watcher has closed. For one reader, which has sent what it took. */
  changed(): Promise<void> {
    if (this.#queue.length > 0 || this.#isClosed) return Promise.resolve();
    this.#isDirect = this.#options.outlet !== undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #push(frame: Uint8Array): void {
    const { outlet, bufferBytesMax, onOverflow } = this.#options;
    if (outlet && this.#isDirect) {
      this.#isDirect = outlet.write(frame);
      return;
    }
    this.#queue.push(frame);
    this.#queuedBytes += frame.byteLength;
    if (this.#queuedBytes <= bufferBytesMax) {
      this.#wakeReader();
      return;
    }
    this.#queue = [];
    onOverflow();
    this.close();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
