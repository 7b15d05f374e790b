// What does a service account token say, and is it still true? Pure. Source: pkg/serviceaccount/claims.go.

import type { ObjectMeta } from '../../../apimachinery/meta.ts';
import { epochMsOf } from '../../../base/clock.ts';
import type { UserInfo } from '../../types.ts';
import { serviceAccountGroups, serviceAccountUser } from '../service-account-user.ts';

interface Ref {
  name: string;
  uid: string;
}

/** Registered claims and upstream's private ones. */
export interface TokenClaims {
  iss: string;
  sub: string;
  aud: string[];
  /** Seconds since the epoch. */
  iat: number;
  nbf: number;
  exp: number;
  jti: string;
  'kubernetes.io': {
    namespace: string;
    serviceaccount: Ref;
    pod?: Ref;
    secret?: Ref;
    node?: Ref;
    /** Seconds since the epoch: from then on, who still uses it should have asked for another. */
    warnafter?: number;
  };
}

export interface ClaimsInput {
  issuer: string;
  audiences: string[];
  serviceAccount: ObjectMeta;
  /** At most one of pod and secret; the pod's node goes with it. */
  pod?: ObjectMeta | undefined;
  secret?: ObjectMeta | undefined;
  node?: Ref | undefined;
  nowMs: number;
  expirationSeconds: number;
  /** When it should be given up, where that is before it expires. */
  warnAfterSeconds?: number | undefined;
  id: string;
}

/** The claims of a new token. */
export function tokenClaims(input: ClaimsInput): TokenClaims {
  const { issuer, audiences, serviceAccount, pod, secret, node, nowMs, id } = input;
  const { expirationSeconds, warnAfterSeconds } = input;
  const iat = Math.floor(nowMs / 1000);
  const namespace = serviceAccount.namespace ?? '';
  return {
    aud: audiences,
    exp: iat + expirationSeconds,
    iat,
    iss: issuer,
    jti: id,
    'kubernetes.io': {
      namespace,
      ...(node && { node: refOf(node) }),
      ...(pod && { pod: refOf(pod) }),
      ...(secret && { secret: refOf(secret) }),
      serviceaccount: refOf(serviceAccount),
      ...(warnAfterSeconds !== undefined && { warnafter: iat + warnAfterSeconds }),
    },
    nbf: iat,
    sub: serviceAccountUser(namespace, serviceAccount.name),
  };
}

/** Of what is not there only the name is known. */
function refOf({ name, uid }: Ref): Ref {
  return uid === '' ? ({ name } as Ref) : { name, uid };
}

/** The objects that a token is bound to, as they are now. */
export interface TokenObjects {
  serviceAccount(namespace: string, name: string): ObjectMeta | undefined;
  pod(namespace: string, name: string): ObjectMeta | undefined;
  secret(namespace: string, name: string): ObjectMeta | undefined;
  node(name: string): ObjectMeta | undefined;
}

// A clock that runs ahead by less than this does no harm. Source: go-jose's DefaultLeeway.
const leewayMs = 60_000;

/** Why a token with a good signature is refused; undefined if it holds. */
export function claimsRefusal(claims: TokenClaims, objects: TokenObjects, nowMs: number): string | undefined {
  if (nowMs > claims.exp * 1000 + leewayMs) return 'service account token has expired';
  if (nowMs < claims.nbf * 1000 - leewayMs) return 'service account token is not valid yet';
  const { namespace, serviceaccount, pod, secret, node } = claims['kubernetes.io'];
  const account = objects.serviceAccount(namespace, serviceaccount.name);
  if (!account) return `serviceaccounts "${serviceaccount.name}" not found`;
  if (isDeleted(account, nowMs)) return `service account ${namespace}/${serviceaccount.name} has been deleted`;
  if (account.uid !== serviceaccount.uid)
    return `service account UID (${account.uid}) does not match claim (${serviceaccount.uid})`;
  if (secret) return boundRefusal('secret', { ref: secret, found: objects.secret(namespace, secret.name) }, nowMs);
  if (pod) return boundRefusal('pod', { ref: pod, found: objects.pod(namespace, pod.name) }, nowMs);
  return node && boundRefusal('node', { ref: node, found: objects.node(node.name) }, nowMs);
}

/** What is noted of a token that should have been replaced by now; undefined of any other. */
export function staleNote({ sub, 'kubernetes.io': { warnafter = 0 } }: TokenClaims, nowMs: number): string | undefined {
  if (warnafter === 0 || nowMs <= warnafter * 1000) return undefined;
  return `subject: ${sub}, seconds after warning threshold: ${Math.floor(nowMs / 1000) - warnafter}`;
}

function boundRefusal(
  kind: 'secret' | 'pod' | 'node',
  { ref, found }: { ref: Ref; found: ObjectMeta | undefined },
  nowMs: number,
): string | undefined {
  if (!found || isDeleted(found, nowMs)) return 'service account token has been invalidated';
  if (found.uid === ref.uid) return undefined;
  const title = { secret: 'secret', pod: 'pod', node: 'node' }[kind];
  const label = kind === 'pod' ? 'pod UID' : `${title} UID`;
  return `${label} (${found.uid}) does not match service account ${title} ref claim (${ref.uid})`;
}

function isDeleted({ deletionTimestamp }: ObjectMeta, nowMs: number): boolean {
  return deletionTimestamp !== undefined && epochMsOf(deletionTimestamp) < nowMs - leewayMs;
}

/** Who a token stands for. */
export function userOfClaims(claims: TokenClaims): UserInfo {
  const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
  const extra = {
    'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
    ...(node && {
      'authentication.kubernetes.io/node-name': [node.name],
      ...(node.uid && { 'authentication.kubernetes.io/node-uid': [node.uid] }),
    }),
    ...(pod && {
      'authentication.kubernetes.io/pod-name': [pod.name],
      'authentication.kubernetes.io/pod-uid': [pod.uid],
    }),
  };
  return {
    name: serviceAccountUser(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
    extra,
  };
}
