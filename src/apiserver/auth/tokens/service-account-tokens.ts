// How are service account tokens made and recognised? Signed JSON Web Tokens, checked against the objects they are bound to.

import type { JWTPayload } from 'jose';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import type { Clock } from '../../../base/clock.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';
import { cachedObject } from '../../registry/cached-objects.ts';
import type { UserInfo } from '../../types.ts';
import { claimsRefusal, staleNote, type TokenClaims, type TokenObjects, userOfClaims } from './claims.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Tokens verified lately; the signature of one is checked once. */
const verifiedMax = 4096;
/** A token is counted again after that time. Source: kube-apiserver remembers for as long who a token belongs to. */
const countedAgainMs = 10_000;

export interface TokenSettings {
  issuer: string;
  /** Audiences of the API server: who presents a token to it must have one of them in it. */
  audiences: string[];
  /** Asked for every token, so that a rotation takes effect without a restart. */
  keys: () => SigningKeys;
  /** Where others reach the server, as `https://host:port`; the address they asked at if absent. */
  externalUrl?: string;
}

/** The token is not good; the message says why, for the log and for TokenReviews. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

export interface AuthenticatedToken {
  user: UserInfo;
  /** Those of the audiences asked for that the token is for. */
  audiences: string[];
  /** What the audit log should say if another token should have been asked for by now. */
  staleToken: string | undefined;
}

interface VerifiedToken {
  claims: TokenClaims;
  keyId: string;
  /** When a use of it was counted. */
  countedMs: number;
}

/** Issues and checks the tokens of one API server. */
export class ServiceAccountTokens {
  readonly settings: TokenSettings;
  readonly #clock: Clock;
  readonly #objects: TokenObjects;
  readonly #verified = new Map<string, VerifiedToken>();
  /** How often tokens were used that say when they should be given up: before that time, and after it. */
  readonly uses = { valid: 0, stale: 0 };

  constructor(settings: TokenSettings, { clock, cache }: { clock: Clock; cache: WatchCache }) {
    this.settings = settings;
    this.#clock = clock;
    this.#objects = tokenObjects(cache);
  }

  /** The token of `claims`, signed. */
  async sign(claims: TokenClaims): Promise<string> {
    const { SignJWT } = await import('jose');
    const { id, algorithm, privateKey } = this.settings.keys().signer;
    const payload = { ...claims } as unknown as JWTPayload;
    return new SignJWT(payload).setProtectedHeader({ alg: algorithm, kid: id }).sign(privateKey);
  }

  /** Who presents `token`, meant for one of `audiences`. Rejects with TokenError. */
  async authenticate(token: string, audiences: string[] = this.settings.audiences): Promise<AuthenticatedToken> {
    const verified = await this.#verify(token);
    const { claims } = verified;
    const meant = audiences.filter((audience) => claims.aud.includes(audience));
    if (meant.length === 0)
      throw new TokenError(
        `token audiences [${claims.aud.map((each) => JSON.stringify(each)).join(' ')}] is invalid for the target audiences [${audiences.map((each) => JSON.stringify(each)).join(' ')}]`,
      );
    const nowMs = this.#clock.now();
    const why = claimsRefusal(claims, this.#objects, nowMs);
    if (why !== undefined) throw new TokenError(why);
    this.#count(verified);
    return { user: userOfClaims(claims), audiences: meant, staleToken: staleNote(claims, nowMs) };
  }

  /** The claims of a token with a good signature. Time and objects are not looked at. */
  async #verify(token: string): Promise<VerifiedToken> {
    const { verifiers } = this.settings.keys();
    const known = this.#verified.get(token);
    if (known && verifiers.some(({ id }) => id === known.keyId)) return known;
    const { compactVerify, decodeProtectedHeader } = await import('jose');
    try {
      const { kid } = decodeProtectedHeader(token);
      const key = verifiers.find(({ id }) => id === kid);
      if (!key) throw new TokenError('token was signed by an unknown key');
      // Only the signature: time is ours to check, with our clock and upstream's texts.
      const { payload } = await compactVerify(token, key.publicKey, { algorithms: [key.algorithm] });
      const claims = claimsOf(JSON.parse(new TextDecoder().decode(payload)) as JWTPayload, this.settings.issuer);
      return this.#remember(token, { claims, keyId: key.id, countedMs: Number.NEGATIVE_INFINITY });
    } catch (cause) {
      if (cause instanceof TokenError) throw cause;
      throw new TokenError(`invalid bearer token: ${(cause as Error).message}`, { cause });
    }
  }

  #count(verified: VerifiedToken): void {
    const { warnafter } = verified.claims['kubernetes.io'];
    const nowMs = this.#clock.now();
    if (warnafter === undefined || nowMs < verified.countedMs + countedAgainMs) return;
    verified.countedMs = nowMs;
    this.uses[nowMs > warnafter * 1000 ? 'stale' : 'valid'] += 1;
  }

  #remember(token: string, verified: VerifiedToken): VerifiedToken {
    if (this.#verified.size >= verifiedMax) {
      const [oldest] = this.#verified.keys();
      this.#verified.delete(oldest as string);
    }
    this.#verified.set(token, verified);
    return verified;
  }
}

function claimsOf(payload: JWTPayload, issuer: string): TokenClaims {
  if (payload.iss !== issuer) throw new TokenError(`token is of another issuer: ${payload.iss ?? ''}`);
  const { aud, exp, nbf, iat, jti } = payload;
  const own = payload['kubernetes.io'] as Partial<TokenClaims['kubernetes.io']> | undefined;
  const isComplete = typeof exp === 'number' && typeof nbf === 'number' && typeof iat === 'number';
  if (!isComplete || !own?.namespace || !own.serviceaccount?.name || !own.serviceaccount.uid)
    throw new TokenError('token lacks claims of a service account');
  const audiences = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud];
  return { ...payload, aud: audiences, exp, nbf, iat, jti: jti ?? '', 'kubernetes.io': own } as TokenClaims;
}

function tokenObjects(cache: WatchCache): TokenObjects {
  const metaOf = (plural: string, key: string) =>
    cachedObject<KubeObject>({ cache }, { group: '', plural, key })?.metadata;
  return {
    serviceAccount: (namespace, name) => metaOf('serviceaccounts', `${namespace}/${name}`),
    pod: (namespace, name) => metaOf('pods', `${namespace}/${name}`),
    secret: (namespace, name) => metaOf('secrets', `${namespace}/${name}`),
    node: (name) => metaOf('nodes', name),
  };
}
