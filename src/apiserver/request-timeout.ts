// How long may a request take, by its own word? Source: apiserver/pkg/endpoints/filters/request_deadline.go.

import { GoDurationError, parseGoDuration } from '../apimachinery/go-duration.ts';
import { StatusError } from '../apimachinery/status-error.ts';
import type { RequestInfo } from './request-info.ts';

const streams = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** Throws BadRequest if `timeout` is no duration, unless the request is one that takes its time anyway. */
export function checkTimeout({ query, verb, subresource }: RequestInfo): void {
  const timeout = query.get('timeout');
  if (!timeout || verb === 'watch' || streams.has(subresource)) return;
  try {
    parseGoDuration(timeout);
  } catch (error) {
    if (!(error instanceof GoDurationError)) throw error;
    throw new StatusError('BadRequest', `invalid timeout specified in the request URL - ${error.message}`);
  }
}
