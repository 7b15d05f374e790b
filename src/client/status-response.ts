// Which StatusError does a meta/v1 Status in an answer stand for?

import { type StatusDetails, StatusError, type StatusReason } from '../apimachinery/status-error.ts';

/** Models meta/v1 Status. */
export interface StatusBody {
  kind?: string;
  status?: string;
  reason?: string;
  message?: string;
  code?: number;
  details?: StatusDetails;
}

const knownReasons: Record<StatusReason, true> = {
  BadRequest: true,
  Unauthorized: true,
  Forbidden: true,
  NotFound: true,
  MethodNotAllowed: true,
  NotAcceptable: true,
  AlreadyExists: true,
  Conflict: true,
  Expired: true,
  Gone: true,
  RequestEntityTooLarge: true,
  UnsupportedMediaType: true,
  Invalid: true,
  TooManyRequests: true,
  InternalError: true,
  ServiceUnavailable: true,
  Timeout: true,
};

const reasonsByCode: Record<number, StatusReason> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The error of a Status object; an unknown reason is judged by its code. */
export function statusErrorOf(status: StatusBody): StatusError {
  const code = status.code ?? 500;
  const reason = isKnownReason(status.reason) ? status.reason : (reasonsByCode[code] ?? 'InternalError');
  return new StatusError(reason, status.message ?? `The server answered with code ${code}`, {
    ...(status.details && { details: status.details }),
  });
}

/** The error of an HTTP answer that is not 2xx; `text` is its body, a Status or anything a proxy wrote. */
export function statusErrorOfAnswer(code: number, text: string): StatusError {
  const body = parseStatus(text);
  return statusErrorOf({ code, message: text.slice(0, 300), ...body });
}

function parseStatus(text: string): StatusBody | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const body = JSON.parse(text) as StatusBody;
    return body.kind === 'Status' ? body : undefined;
  } catch (error) {
    // A body that is no JSON is not a Status: its text becomes the message.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isKnownReason(reason: string | undefined): reason is StatusReason {
  return reason !== undefined && Object.hasOwn(knownReasons, reason);
}
