// What does a client hear when a request fails?

import { QuantityError } from '../apimachinery/quantity.ts';
import { isStatus, StatusError } from '../apimachinery/status-error.ts';
import { internalError } from './status-body.ts';
import { storeRefusal } from './store-refusal.ts';

/** How an error is told to the client. Errors that nobody foresaw are the server's fault. */
export function refusalOf(error: unknown): { error: StatusError; isKnown: boolean } {
  const known = isStatus(error) ? error : (quantityRefusal(error) ?? storeRefusal(error));
  return { error: known ?? internalError(error), isKnown: known !== undefined };
}

/** A malformed quantity that defaulting met before validation could. Upstream refuses it in decoding. */
function quantityRefusal(error: unknown): StatusError | undefined {
  return error instanceof QuantityError
    ? new StatusError('BadRequest', `the object provided is unrecognized: ${error.message}`, { cause: error })
    : undefined;
}
