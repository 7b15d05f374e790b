// What does the query of a list or watch ask for? ListOptions of meta/v1, checked against each other.
// Source: apimachinery/pkg/apis/internalversion (defaults and validation).

import { forbidden, notSupported } from '../../apimachinery/field-error.ts';
import { type StatusCause, StatusError } from '../../apimachinery/status-error.ts';
import { isTrue } from '../request-info.ts';

/** Parsed ListOptions; selectors are read by `selectionOf`. */
export interface ListOptions {
  /** As sent; empty if absent. */
  resourceVersion: string;
  match: 'Exact' | 'NotOlderThan' | undefined;
  /** Undefined where neither the client nor upstream's default for watches from nothing sets it. */
  sendInitialEvents: boolean | undefined;
  allowWatchBookmarks: boolean;
  /** Infinity without one. */
  limit: number;
  continueToken: string;
  /** 0 without one. */
  timeoutSeconds: number;
}

/** Reads the options of a list (or deletecollection). Throws BadRequest or Invalid. */
export function listOptionsOf(query: URLSearchParams): ListOptions {
  const options = readOptions(query);
  const { continueToken, match, resourceVersion, sendInitialEvents } = options;
  const causes: StatusCause[] = [];
  if (match !== '') {
    if (resourceVersion === '')
      causes.push(matchForbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (continueToken !== '')
      causes.push(matchForbidden('resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      causes.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0')
      causes.push(matchForbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined)
    causes.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return checked(options, causes);
}

/** Reads the options of a watch. Throws BadRequest or Invalid. */
export function watchOptionsOf(query: URLSearchParams): ListOptions {
  const options = readOptions(query);
  const isFromNothing = options.resourceVersion === '' || options.resourceVersion === '0';
  if (options.sendInitialEvents === undefined && options.match === '' && isFromNothing) {
    options.sendInitialEvents = true;
    options.match = 'NotOlderThan';
  }
  const { continueToken, match, sendInitialEvents } = options;
  const causes: StatusCause[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    causes.push(matchForbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (match !== '') {
    if (sendInitialEvents === undefined)
      causes.push(matchForbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
    if (match !== 'NotOlderThan') causes.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']));
    if (continueToken !== '')
      causes.push(matchForbidden('resourceVersionMatch is forbidden when continue is provided'));
  }
  return checked(options, causes);
}

/** The revision that a resourceVersion stands for; 0 if empty. Throws BadRequest. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  const revision = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision;
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  const quoted = JSON.stringify(text);
  throw new StatusError(
    'BadRequest',
    `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`,
  );
}

type RawOptions = Omit<ListOptions, 'match'> & { match: string };

function readOptions(query: URLSearchParams): RawOptions {
  const limit = readInteger(query, 'limit');
  const initial = query.get('sendInitialEvents');
  return {
    resourceVersion: query.get('resourceVersion') ?? '',
    match: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    limit: limit > 0 ? limit : Number.POSITIVE_INFINITY,
    continueToken: query.get('continue') ?? '',
    timeoutSeconds: readInteger(query, 'timeoutSeconds'),
  };
}

/** An integer parameter; 0 if absent or empty. Throws BadRequest in the words of Go's strconv. */
export function readInteger(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  const why = /^[+-]?\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw new StatusError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
}

function matchForbidden(detail: string): StatusCause {
  return forbidden('resourceVersionMatch', detail);
}

function checked(options: RawOptions, causes: StatusCause[]): ListOptions {
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  parseRevision(options.resourceVersion);
  return { ...options, match: options.match === '' ? undefined : (options.match as 'Exact' | 'NotOlderThan') };
}

/** `ListOptions.meta.k8s.io "" is invalid: …`: upstream's refusal of options that contradict each other. */
export function invalidOptions(kind: string, causes: StatusCause[]): StatusError {
  const lines = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new StatusError('Invalid', `${kind}.meta.k8s.io "" is invalid: ${text}`, {
    details: { group: 'meta.k8s.io', kind, causes },
  });
}
