// How does the API refuse? With a meta/v1 Status; this is its error.

/** Reasons and HTTP codes of meta/v1 StatusReason. */
const httpCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  Gone: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof httpCodes;

/** Models meta/v1 StatusCause. */
export interface StatusCause {
  /** `FieldValueInvalid`, `FieldValueRequired`, `FieldValueForbidden`, `FieldValueNotSupported`, … */
  reason?: string;
  message?: string;
  /** Path of the field: `spec.resources.requests[storage]`. */
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** What an answer says beside its message and details. */
export interface Answered {
  code: number;
  reason: string;
  /** `Failure` unless told otherwise. */
  status?: string;
  metadata?: { resourceVersion?: string; continue?: string };
}

export interface StatusErrorOptions extends ErrorOptions {
  details?: StatusDetails;
  /** For Expired: how to go on with a list that can't be consistent any more. */
  continueToken?: string;
  /** What the answer says instead of `reason` and its code: a webhook refuses as it likes. */
  answered?: Answered;
  /** Headers that the answer has beside its own. */
  headers?: Record<string, string>;
}

/** A refusal by the API server. Callers test `reason`, never the message. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: StatusDetails | undefined;
  readonly continueToken: string | undefined;
  /** As the client is told it; empty if the answer names no reason. */
  readonly answeredReason: string;
  readonly answered: Answered | undefined;
  readonly headers: Record<string, string> | undefined;

  constructor(reason: StatusReason, message: string, options: StatusErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
    this.code = options.answered?.code ?? httpCodes[reason];
    this.answeredReason = options.answered?.reason ?? reason;
    this.answered = options.answered;
    this.details = options.details;
    this.headers = options.headers;
    this.continueToken = options.continueToken;
  }
}

/** Is `error` a StatusError with one of `reasons`? */
export function isStatus(error: unknown, ...reasons: StatusReason[]): error is StatusError {
  return error instanceof StatusError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** `persistentvolumeclaims "data" not found`. */
export function notFound(groupResource: string, name: string): StatusError {
  return new StatusError('NotFound', `${groupResource} "${name}" not found`, {
    details: detailsOf(groupResource, name),
  });
}

function detailsOf(groupResource: string, name: string): StatusDetails {
  const [kind = groupResource, ...group] = groupResource.split('.');
  return { name, ...(group.length > 0 && { group: group.join('.') }), kind };
}

/** `Operation cannot be fulfilled on pods "x": the object has been modified; …`. */
export function conflict(groupResource: string, name: string, why: string): StatusError {
  return new StatusError('Conflict', `Operation cannot be fulfilled on ${groupResource} "${name}": ${why}`, {
    details: detailsOf(groupResource, name),
  });
}
