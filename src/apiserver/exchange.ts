// Who stands behind one request, and may they ask this? Authentication, impersonation and authorization, with their audit trail.

import { StatusError } from '../apimachinery/status-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from './api-server.ts';
import { type AuditOptions, AuditTrail } from './audit/trail.ts';
import { type Access, type Identity, identify } from './auth/access.ts';
import { type Attributes, attributesOf } from './auth/attributes.ts';
import { createAuthorizer, forbiddenError, textAsSent } from './auth/authorizer.ts';
import { impersonatedUser } from './auth/impersonation.ts';
import { nodeFacts } from './auth/node-facts.ts';
import { cachedRoles } from './auth/rbac/cached-roles.ts';
import { ServiceAccountTokens, type TokenSettings } from './auth/tokens/service-account-tokens.ts';
import type { WatchCache } from './cache/watch-cache.ts';
import { type Delays, noDelays, type RegistryParts } from './registry/context.ts';
import type { RequestInfo } from './request-info.ts';
import type { ApiRequest, UserInfo } from './types.ts';

/** A request and what is noted about it on its way to the answer. */
export interface Exchange {
  request: ApiRequest;
  info: RequestInfo;
  /** What the request is about, for everyone who decides about it. */
  asked: Attributes;
  /** How long its client waits. */
  lifetime: Lifetime;
  /** Texts for the `Warning` header of the answer. */
  warnings: string[];
  /** Absent where no audit log is kept. */
  trail: AuditTrail | undefined;
  delays: Delays;
  /** Who sent it, once that is known: whoever they want to be treated as. */
  sender: UserInfo | undefined;
  /** May its sender ask this? Only then does it reach what serves it, and is counted. */
  isLetIn: boolean;
}

/** What decides about all users of one server. */
export function accessOf(
  cache: WatchCache,
  { tokens, clock }: { tokens?: TokenSettings | undefined; clock: Clock },
): Access {
  return {
    authorizer: createAuthorizer({ roles: cachedRoles(cache), facts: nodeFacts(cache) }),
    tokens: tokens && new ServiceAccountTokens(tokens, { clock, cache }),
  };
}

/** A request that has just come. */
export function exchangeOf(
  { request, info, lifetime }: Pick<Exchange, 'request' | 'info' | 'lifetime'>,
  audit: AuditOptions | undefined,
  parts: RegistryParts,
): Exchange {
  const asked = attributesOf(info);
  const trail = audit && new AuditTrail(audit, { request, asked }, parts);
  return { request, info, asked, lifetime, warnings: [], trail, delays: noDelays(), sender: undefined, isLetIn: false };
}

/** Throws Unauthorized if the request does not even say who sent it. */
export function requireCredentials({ request }: Exchange): void {
  if (!request.user && !request.headers['authorization']) throw new StatusError('Unauthorized', 'Unauthorized');
}

/** As whom the request is treated; known at once if a certificate says so. Throws or rejects with Unauthorized, or with Forbidden if an impersonation is not allowed. */
export function userOf(exchange: Exchange, parts: RegistryParts): UserInfo | Promise<UserInfo> {
  const { request, warnings } = exchange;
  return request.user
    ? treatedUser(exchange, { user: request.user }, parts)
    : identify(request, { ...parts, warnings }).then((identity) => treatedUser(exchange, identity, parts));
}

function treatedUser(exchange: Exchange, { user, staleToken }: Identity, { access }: RegistryParts): UserInfo {
  const { request, trail } = exchange;
  exchange.sender = user;
  trail?.identified(user, staleToken);
  const impersonated = impersonatedUser(user, request.headers, access.authorizer);
  if (!impersonated) return user;
  trail?.impersonates(impersonated);
  return impersonated;
}

const nobody: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Writes down who asks for what everyone may ask for. */
export async function noteAsker(exchange: Exchange, parts: RegistryParts): Promise<void> {
  const { request, trail, asked } = exchange;
  if (!trail) return;
  const isSomebody = request.user !== undefined || request.headers['authorization'] !== undefined;
  try {
    if (!isSomebody) trail.identified(nobody);
    const { authorizer } = parts.access;
    const decision = authorizer.decide(isSomebody ? await userOf(exchange, parts) : nobody, asked);
    trail.decided(decision.isAllowed ? decision : { ...decision, isAllowed: true, reason: '' });
  } catch (error) {
    // They are answered, whoever they say they are.
    if (!(error instanceof StatusError)) throw error;
    if (error.reason === 'Unauthorized') trail.identified(nobody);
    trail.decided({ isAllowed: true, reason: '' });
  }
}

/** Throws Forbidden if `user` may not do what the request asks. */
export function authorize(exchange: Exchange, user: UserInfo, { authorizer }: Access): void {
  const { asked, trail } = exchange;
  const decision = authorizer.decide(user, asked);
  trail?.decided(decision);
  if (!decision.isAllowed) throw forbiddenError(user, asked, { why: decision.reason, headers: textAsSent });
  exchange.isLetIn = true;
}
