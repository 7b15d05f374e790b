// What does a failed call to etcd mean for who made it? From gRPC's codes and etcd's texts to the store's errors.

import { status as codes, type ServiceError } from '@grpc/grpc-js';
import {
  StoreForbiddenError,
  StoreFullError,
  StoreUnavailableError,
  UnknownOutcomeError,
  ValueTooLargeError,
} from './errors.ts';

/** What to do about a failed call. */
export type Verdict =
  /** Refused for good: pass the error on. */
  | { type: 'refused'; error: Error }
  /** The revision asked for has been compacted. */
  | { type: 'compacted' }
  /** The revision asked for lies ahead. */
  | { type: 'future' }
  /** The call was certainly not carried out: try the next endpoint. */
  | { type: 'not-done'; why: string }
  /** Nobody knows whether it was carried out. Reads are made again; writes are not. */
  | { type: 'unknown'; why: string };

type Failure = Pick<ServiceError, 'code' | 'details'>;

/** Reads the failure of a call to `endpoint`. Source of the texts: etcd's rpctypes/error.go. */
export function verdictOn({ code, details }: Failure, endpoint: string): Verdict {
  const why = details || `gRPC status ${code}`;
  switch (code) {
    case codes.OUT_OF_RANGE:
      if (details.includes('has been compacted')) return { type: 'compacted' };
      if (details.includes('future revision')) return { type: 'future' };
      return { type: 'refused', error: new Error(`etcd at ${endpoint} refused: ${why}`) };
    case codes.RESOURCE_EXHAUSTED:
      if (details.includes('database space exceeded')) return { type: 'refused', error: noSpace(endpoint, why) };
      return { type: 'not-done', why };
    case codes.INVALID_ARGUMENT:
      if (details.includes('request is too large')) return { type: 'refused', error: new ValueTooLargeError(why) };
      return { type: 'refused', error: new Error(`etcd at ${endpoint} refused: ${why}`) };
    case codes.UNAUTHENTICATED:
    case codes.PERMISSION_DENIED:
      return { type: 'refused', error: refusedIdentity(endpoint, why) };
    case codes.UNAVAILABLE:
      // Refused before a proposal was made; the other texts may come after one.
      if (details.includes('etcdserver: no leader') || details.startsWith('No connection established'))
        return { type: 'not-done', why };
      return { type: 'unknown', why };
    default:
      return { type: 'unknown', why };
  }
}

function noSpace(endpoint: string, why: string): StoreFullError {
  return new StoreFullError(
    `${why}: etcd at ${endpoint} takes no writes. Compact and defragment it, then disarm its NOSPACE alarm`,
  );
}

function refusedIdentity(endpoint: string, why: string): StoreForbiddenError {
  return new StoreForbiddenError(
    `Cannot use etcd at ${endpoint}: it refuses this client (${why}). Check the client certificate and etcd's users`,
  );
}

/** TLS alerts by which a server refuses who connects. Source: RFC 8446, section 6.2. */
const alerts = new Map([
  [40, 'handshake failure'],
  [42, 'bad certificate'],
  [43, 'unsupported certificate'],
  [44, 'certificate revoked'],
  [45, 'certificate expired'],
  [46, 'certificate unknown'],
  [48, 'unknown authority'],
  [49, 'access denied'],
  [116, 'certificate required'],
]);

/** What Node says of a server that it does not take for the one that was meant. */
const untrusted =
  /unable to verify[^.;]*|unable to get (?:local )?issuer certificate|self.signed certificate[^.;]*|certificate (?:has expired|is not yet valid|signature failure|revoked)|Hostname\/IP does not match certificate's altnames[^;]*?(?=\. Resolution|$)|wrong version number/;

/** Why a connection will never stand, whoever tries again; undefined if that may pass. */
function forbidden(why: string): string | undefined {
  const number = Number(/SSL alert number (\d+)/.exec(why)?.[1]);
  const alert = alerts.get(number);
  if (alert !== undefined)
    return `it does not accept the client certificate (TLS alert ${number}: ${alert}). Check that it is valid now, and from the authority that etcd trusts`;
  const [problem] = untrusted.exec(why) ?? [];
  if (problem === undefined) return undefined;
  if (problem === 'wrong version number') return 'it does not speak TLS. Check the scheme and the port of the endpoint';
  return `its own certificate is not accepted (${problem}). Check the name in the endpoint, and the file with the authority of etcd`;
}

/** No endpoint could take the call. */
export function unreachable(attempts: { endpoint: string; why: string }[]): StoreUnavailableError {
  const refusals = attempts.flatMap(({ endpoint, why }) => {
    const refusal = forbidden(why);
    return refusal === undefined ? [] : [`Cannot use etcd at ${endpoint}: ${refusal}`];
  });
  // While one of them may come back, it is worth a wait.
  if (attempts.length > 0 && refusals.length === attempts.length)
    return new StoreForbiddenError([...new Set(refusals)].join('; '));
  const tried = attempts.map(({ endpoint, why }) => `${endpoint} (${why})`).join(', ');
  return new StoreUnavailableError(`Cannot reach etcd: tried ${tried}`);
}

/** A write was sent to `endpoint`, and its answer was lost. */
export function unknownOutcome(endpoint: string, why: string): UnknownOutcomeError {
  return new UnknownOutcomeError(
    `etcd at ${endpoint} did not confirm the write (${why}): it may have been done or not`,
  );
}
