// What is a client told when the store can't do its part?

import { StatusError } from '../apimachinery/status-error.ts';
import { StoreFullError, StoreUnavailableError, UnknownOutcomeError, ValueTooLargeError } from '../kvstore/errors.ts';

const retryAfterSeconds = 1;

/** Does `error` say that the store can't be reached, or did not answer? That passes, unlike what is wrong with a state. */
export function isStoreAway(error: unknown): boolean {
  const cause = error instanceof StatusError ? error.cause : error;
  return cause instanceof StoreUnavailableError || cause instanceof UnknownOutcomeError;
}

/** The refusal that stands for an error of the store; undefined for any other error. */
export function storeRefusal(error: unknown): StatusError | undefined {
  if (error instanceof StoreUnavailableError) {
    return new StatusError('ServiceUnavailable', error.message, { cause: error, details: { retryAfterSeconds } });
  }
  // Not retryAfterSeconds: clients would repeat by themselves a write that may have been done.
  if (error instanceof UnknownOutcomeError) return new StatusError('Timeout', error.message, { cause: error });
  if (error instanceof ValueTooLargeError) {
    return new StatusError('RequestEntityTooLarge', `Request entity too large: ${error.message}`, { cause: error });
  }
  // Upstream's code for a full etcd; HTTP's own 507 is not among the reasons of a Status.
  if (error instanceof StoreFullError) {
    return new StatusError('InternalError', `Internal error occurred: ${error.message}`, { cause: error });
  }
  return undefined;
}
