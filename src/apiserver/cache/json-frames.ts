// How does a watch event look as JSON? One frame per event, whoever watches.

import type { StatusBody } from '../status-body.ts';
import type { StoredObject } from './stored-object.ts';
import type { EventType, Frames } from './watcher.ts';

const openings: Record<EventType, Uint8Array> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const closing = Buffer.from('}\n');

/**
 * Frames of whole objects of one resource. The frame made last is kept: an event is offered to all
 * watchers in one go, so that they share it.
 */
export class JsonFrames implements Frames {
  readonly #identity: { kind: string; apiVersion: string };
  #lastObject: StoredObject | undefined;
  #lastType: EventType | undefined;
  #lastFrame: Uint8Array | undefined;
  #lastBookmark: { revision: number; frame: Uint8Array } | undefined;

  constructor({ kind, apiVersion }: { kind: string; apiVersion: string }) {
    this.#identity = { kind, apiVersion };
  }

  object(type: EventType, object: StoredObject): Uint8Array {
    if (this.#lastFrame && this.#lastObject === object && this.#lastType === type) return this.#lastFrame;
    const frame = Buffer.concat([openings[type], object.bytes, closing]);
    this.#lastObject = object;
    this.#lastType = type;
    this.#lastFrame = frame;
    return frame;
  }

  bookmark(revision: number, annotations?: Record<string, string>): Uint8Array {
    if (!annotations && this.#lastBookmark?.revision === revision) return this.#lastBookmark.frame;
    const metadata = { resourceVersion: String(revision), ...(annotations && { annotations }) };
    const frame = eventFrame('BOOKMARK', { ...this.#identity, metadata });
    if (!annotations) this.#lastBookmark = { revision, frame };
    return frame;
  }

  error(status: StatusBody): Uint8Array {
    return eventFrame('ERROR', status);
  }
}

/** One line of a watch. */
export function eventFrame(type: EventType | 'BOOKMARK' | 'ERROR', object: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}
