// Which request do the decoded header fields make? Source: RFC 9113, 8.2 and 8.3.

import { errorCodes, StreamError } from './frames.ts';

/** Names in lower case, with the pseudo-headers among them (`:method`). */
export type RequestHeaders = Record<string, string>;

const pseudoHeaders = new Set([':method', ':scheme', ':path', ':authority']);
/** Fields of one connection of HTTP/1.1, which HTTP/2 does not have. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const upperCase = /[A-Z]/;

/**
 * An object without the names that every object has. V8 takes what Object.create(null) makes for a hash table, and is slow to
 * read it; what is made so is an object like others.
 */
const NoFields = function () {} as unknown as new () => RequestHeaders;
NoFields.prototype = Object.create(null);

/** Headers of a request from names and values in turn. Throws StreamError if they are malformed. */
export function requestHeaders(fields: readonly string[]): RequestHeaders {
  const headers = new NoFields();
  let isPastPseudo = false;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    if (name.startsWith(':')) {
      if (isPastPseudo || !pseudoHeaders.has(name) || headers[name] !== undefined)
        throw malformed(`The pseudo-header ${name} is unknown, repeated or late`);
      headers[name] = value;
      continue;
    }
    isPastPseudo = true;
    refuseField(name, value);
    const known = headers[name];
    headers[name] = known === undefined ? value : `${known}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  if (!headers[':method'] || !headers[':scheme'] || !headers[':path'])
    throw malformed('A pseudo-header of the request is missing');
  return headers;
}

/** Trailers are read and thrown away. Throws StreamError if they are malformed. */
export function checkTrailers(fields: readonly string[]): void {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (name.startsWith(':')) throw malformed(`The pseudo-header ${name} is in a trailer`);
    refuseField(name, fields[i + 1] as string);
  }
}

function refuseField(name: string, value: string): void {
  if (name === '' || upperCase.test(name)) throw malformed('The name of a header is empty or not in lower case');
  if (connectionHeaders.has(name)) throw malformed(`The header ${name} is one of HTTP/1.1`);
  if (name === 'te' && value !== 'trailers') throw malformed('The header te may only ask for trailers');
}

function malformed(message: string): StreamError {
  return new StreamError(errorCodes.protocolError, message);
}
