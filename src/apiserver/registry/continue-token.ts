// Where does the next page of a list begin? The token that clients send back. Source: apiserver/pkg/storage/continue.go.

import { posix } from 'node:path';
import { StatusError } from '../../apimachinery/status-error.ts';

export interface Continuation {
  /** The revision that all pages show; undefined for "whatever is newest", after the first one's was compacted. */
  revision: number | undefined;
  /** The page holds keys greater than this one. */
  startAfter: string;
  /** Objects that are left from here on, if the pages before could count them. */
  remaining: number | undefined;
}

const tokenVersion = 'meta.k8s.io/v1';

/** The token of `continuation`, whose key is below `prefix`. */
export function encodeContinue({ revision, startAfter, remaining }: Continuation, prefix: string): string {
  // NUL makes it the smallest key after the last of this page, as upstream's tokens have it.
  const start = `${startAfter.slice(prefix.length)}\0`;
  const token = { v: tokenVersion, rv: revision ?? -1, start, ...(remaining !== undefined && { left: remaining }) };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Reads a token. Throws BadRequest with upstream's words. */
export function decodeContinue(text: string, prefix: string): Continuation {
  const { v = '', rv = 0, start = '', left } = parseToken(text);
  if (v !== tokenVersion) throw invalid(`: server does not recognize this encoded version ${String(v)}`);
  if (!Number.isSafeInteger(rv) || rv === 0) throw invalid(`: incorrect encoded start resourceVersion (version ${v})`);
  if (typeof start !== 'string' || start === '') throw invalid(`: encoded start key empty (version ${v})`);
  const key = start.startsWith('/') ? start : `/${start}`;
  // No token reads outside its collection.
  if (posix.normalize(key) !== key || key.endsWith('/')) throw invalid(`: ${start}`);
  const startAfter = prefix + key.slice(1).replace(/\0$/, '');
  const remaining = typeof left === 'number' && Number.isSafeInteger(left) && left >= 0 ? left : undefined;
  return { revision: rv > 0 ? rv : undefined, startAfter, remaining };
}

interface Token {
  v?: unknown;
  rv?: number;
  start?: unknown;
  left?: unknown;
}

function parseToken(text: string): Token {
  const badAt = text.search(/[^A-Za-z0-9_-]/);
  if (badAt >= 0) throw invalid(`: illegal base64 data at input byte ${badAt}`);
  if (text.length % 4 === 1) throw invalid(`: illegal base64 data at input byte ${text.length - 1}`);
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (typeof token === 'object' && token !== null) return token;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid(': the token is not JSON');
}

function invalid(why: string): StatusError {
  return new StatusError('BadRequest', `invalid continue token: continue key is not valid${why}`);
}
