// How is a document offered that clients keep? With its hash and its time, for those who ask whether it has changed, or for a
// part of it. Source: Go's net/http, ServeContent.

import { httpDate, httpDateMs } from '../../base/clock.ts';
import { type ApiRequest, type ApiResponse, FixedBody } from '../types.ts';

export interface Content {
  bytes: Uint8Array;
  /** With its quotes. A document without one has no time of its own, and is given anew to all who ask. */
  etag?: string;
  /** In milliseconds since the epoch: when it became what it is; now, without a hash. */
  modifiedAtMs: number;
  /** `content-type` and what else stands in the head. */
  headers: Record<string, string>;
}

/** The answer to a GET or HEAD of `content`. */
export function contentResponse(
  { headers: asked }: Pick<ApiRequest, 'headers'>,
  { bytes, etag, modifiedAtMs, headers: given }: Content,
): ApiResponse {
  const lastModified = httpDate(modifiedAtMs);
  const about = { ...given, ...(etag && { etag }), 'last-modified': lastModified };
  const state = { etag, modifiedAtMs };
  if (isOutdated(asked, state)) return { status: 412, headers: about, body: new FixedBody([]) };
  if (isKnown(asked, state)) {
    const { 'content-type': _type, ...kept } = given;
    // The hash says more than the time.
    const sameness: Record<string, string> = etag ? { etag } : { 'last-modified': lastModified };
    return { status: 304, headers: { ...kept, ...sameness }, body: new FixedBody([]) };
  }
  const headers = { ...about, 'accept-ranges': 'bytes' };
  const range = isRangeMeant(asked, state) ? rangeOf(asked['range'], bytes.byteLength) : undefined;
  if (range === undefined) return { status: 200, headers, body: new FixedBody([bytes]) };
  const size = bytes.byteLength;
  if (range === 'unsatisfiable') {
    const { 'cache-control': _caching, ...kept } = given;
    const refused = { ...kept, 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
    const text = Buffer.from('invalid range: failed to overlap\n');
    return { status: 416, headers: { ...refused, 'content-range': `bytes */${size}` }, body: new FixedBody([text]) };
  }
  const [from, to] = range;
  const part = { ...headers, 'content-range': `bytes ${from}-${to}/${size}` };
  return { status: 206, headers: part, body: new FixedBody([bytes.subarray(from, to + 1)]) };
}

interface State {
  etag: string | undefined;
  modifiedAtMs: number;
}

type Headers = Record<string, string>;

const secondsOf = (ms: number): number => Math.floor(ms / 1000);

function isOutdated(asked: Headers, { etag, modifiedAtMs }: State): boolean {
  const match = asked['if-match'];
  if (match !== undefined) return !names(match, etag, { isWeak: false });
  const since = httpDateMs(asked['if-unmodified-since']);
  return !Number.isNaN(since) && secondsOf(modifiedAtMs) > secondsOf(since);
}

function isKnown(asked: Headers, { etag, modifiedAtMs }: State): boolean {
  const match = asked['if-none-match'];
  if (match !== undefined) return names(match, etag, { isWeak: true });
  const since = secondsOf(httpDateMs(asked['if-modified-since']));
  if (Number.isNaN(since)) return false;
  // Without a hash, what was given earlier in this second may be another document.
  return etag === undefined ? secondsOf(modifiedAtMs) < since : secondsOf(modifiedAtMs) <= since;
}

/** A client that has an older state wants the whole. */
function isRangeMeant(asked: Headers, { etag, modifiedAtMs }: State): boolean {
  const condition = asked['if-range'];
  if (condition === undefined) return true;
  if (/^(?:W\/)?"/.test(condition)) return names(condition, etag, { isWeak: false });
  return secondsOf(httpDateMs(condition)) === secondsOf(modifiedAtMs);
}

/** Is `etag` among those of a list, or is the list a star? */
function names(list: string, etag: string | undefined, { isWeak }: { isWeak: boolean }): boolean {
  if (list.trim() === '*') return true;
  const tags = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => (isWeak ? tag.replace(/^W\//, '') : tag) === etag);
}

/** First and last byte. Several parts at once are not offered: who asks for them gets the whole. */
function rangeOf(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : [size - length, size - 1];
  }
  if (Number(first) >= size) return 'unsatisfiable';
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return to < Number(first) ? undefined : [Number(first), to];
}
