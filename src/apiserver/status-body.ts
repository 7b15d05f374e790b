// How does the server say what became of a request? As a meta/v1 Status.

import { type StatusDetails, StatusError } from '../apimachinery/status-error.ts';

/** Models meta/v1 Status. */
export interface StatusBody {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string; resourceVersion?: string };
  /** `Success` or `Failure`, unless a webhook says otherwise. */
  status: string;
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

export function failureStatus(error: StatusError): StatusBody {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: error.continueToken === undefined ? (error.answered?.metadata ?? {}) : { continue: error.continueToken },
    status: error.answered?.status ?? 'Failure',
    message: error.message,
    ...(error.answeredReason !== '' && { reason: error.answeredReason }),
    ...(error.details && { details: error.details }),
    code: error.code,
  };
}

/** Upstream's says its code where something was created, and not where something was deleted. */
export function successStatus({ code, details }: Pick<StatusBody, 'code' | 'details'>): StatusBody {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details && { details }),
    ...(code !== undefined && { code }),
  };
}

/** What a client is told about an error that is no StatusError. The cause stays in the log. */
export function internalError(error: unknown): StatusError {
  const why = error instanceof Error ? error.message : String(error);
  return new StatusError('InternalError', `Internal error occurred: ${why}`, {
    cause: error,
    details: { causes: [{ message: why }] },
  });
}
