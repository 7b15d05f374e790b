// Who asks one of our own servers? A client certificate says it, or a token that the API server knows; else nobody.
// Source: apiserver/pkg/authentication/authenticatorfactory/delegating.go.

import type { TLSSocket } from 'node:tls';
import type { Resource } from '../../apimachinery/meta.ts';
import type { TokenReview } from '../../apis/authentication/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../types.ts';
import { ShortMemory } from './short-memory.ts';

export interface Caller {
  name: string;
  uid?: string | undefined;
  groups: string[];
}

const tokenReviews: Resource<TokenReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
};
const authenticated = 'system:authenticated';
const anonymous: Caller = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
/** Source: authentication-token-webhook-cache-ttl. */
const rememberMs = 10_000;

export interface Credentials {
  socket: Pick<TLSSocket, 'authorized' | 'getPeerCertificate'>;
  /** The header `authorization`. */
  authorization: string | undefined;
}

/** Finds out who callers are. */
export class Authenticator {
  readonly #client: Pick<Client, 'create'>;
  readonly #tokens: ShortMemory<Caller | undefined>;

  constructor(client: Pick<Client, 'create'>, clock: Clock) {
    this.#client = client;
    this.#tokens = new ShortMemory(clock, rememberMs);
  }

  /** Undefined for credentials that are no good. Rejects if the API server could not be asked. */
  async callerOf({ socket, authorization }: Credentials, signal: AbortSignal): Promise<Caller | undefined> {
    const { subject } = socket.getPeerCertificate();
    const { CN: name, O: groups } = (socket.authorized ? subject : {}) as {
      CN?: string | string[];
      O?: string | string[];
    };
    const [first] = [name ?? []].flat();
    if (first) return { name: first, groups: [...[groups ?? []].flat(), authenticated] };
    if (authorization === undefined) return isShown(subject) ? undefined : anonymous;
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    return token === undefined ? undefined : this.#tokens.of(token, () => this.#review(token, signal));
  }

  async #review(token: string, signal: AbortSignal): Promise<Caller | undefined> {
    const { status } = await this.#client.create(tokenReviews, { metadata: { name: '' }, spec: { token } }, signal);
    const { username, uid, groups = [] } = status?.user ?? {};
    return status?.authenticated && username ? { name: username, uid, groups } : undefined;
  }
}

/** A certificate of another authority is worse than none. */
function isShown(subject: object | undefined): boolean {
  return subject !== undefined;
}
