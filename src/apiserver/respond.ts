// How does an answer become an ApiResponse?

import type { StatusError } from '../apimachinery/status-error.ts';
import { cutWarningLength, warningsLengthMax } from '../apis/warning-length.ts';
import { failureStatus } from './status-body.ts';
import { type ApiResponse, FixedBody } from './types.ts';

const json = 'application/json';

/** A JSON answer of one value. */
export function jsonResponse(status: number, value: unknown, headers?: Record<string, string>): ApiResponse {
  return bytesResponse(status, [Buffer.from(`${JSON.stringify(value)}\n`)], headers);
}

/** A JSON answer of a document, that ends without a new line as upstream's documents do. */
export function unendedResponse(
  document: unknown,
  { headers, indent }: { headers?: Record<string, string>; indent?: number } = {},
): ApiResponse {
  return bytesResponse(200, [Buffer.from(JSON.stringify(document, undefined, indent))], headers);
}

/** A JSON answer of bytes that are encoded already. */
export function bytesResponse(status: number, chunks: Uint8Array[], headers?: Record<string, string>): ApiResponse {
  const fields: Record<string, string> = headers ? { 'content-type': json, ...headers } : { 'content-type': json };
  return { status, headers: fields, body: new FixedBody(chunks) };
}

export function textResponse(status: number, text: string): ApiResponse {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers, body: new FixedBody([Buffer.from(text)]) };
}

export function errorResponse(error: StatusError): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds;
  const headers = retryAfter === undefined ? error.headers : { ...error.headers, 'retry-after': String(retryAfter) };
  return jsonResponse(error.code, failureStatus(error), headers);
}

/** A stream of newline-delimited JSON. */
export function streamResponse(body: AsyncIterable<Uint8Array>): ApiResponse {
  return { status: 200, headers: { 'content-type': json }, body };
}

/** A text that has one is no text of a header, and left out. */
const hasControls = /\p{Cc}/u;

/** One `Warning` header that carries all `warnings`, as upstream writes them. */
export function withWarnings(response: ApiResponse, warnings: string[]): ApiResponse {
  if (warnings.length === 0) return response;
  const warning = fitting([...new Set(warnings)].filter((text) => text !== '' && !hasControls.test(text)))
    .map((text) => `299 - "${text.replace(/["\\]/g, '\\$&')}"`)
    .join(', ');
  return warning === '' ? response : { ...response, headers: { ...response.headers, warning } };
}

/** All of them, or as many as fit with none longer than a short one. */
function fitting(warnings: string[]): string[] {
  const lengthOf = (text: string): number => Array.from(text).length;
  const total = warnings.reduce((sum, text) => sum + lengthOf(text), 0);
  if (total <= warningsLengthMax) return warnings;
  const kept: string[] = [];
  let written = 0;
  for (const text of warnings) {
    if (written >= warningsLengthMax) break;
    const cut = Array.from(text).slice(0, cutWarningLength).join('');
    kept.push(cut);
    written += lengthOf(cut);
  }
  return kept;
}
