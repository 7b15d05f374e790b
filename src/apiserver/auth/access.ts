// Who sent a request? Certificates and tokens tell.

import { StatusError } from '../../apimachinery/status-error.ts';
import type { Logger } from '../../base/log.ts';
import type { ApiRequest, UserInfo } from '../types.ts';
import type { Authorizer } from './authorizer.ts';
import { type ServiceAccountTokens, TokenError } from './tokens/service-account-tokens.ts';

/** What decides about users: one of each per server. */
export interface Access {
  authorizer: Authorizer;
  /** Absent where no service account tokens are issued. */
  tokens: ServiceAccountTokens | undefined;
}

export interface Identity {
  /** Who authenticated. */
  user: UserInfo;
  /** What the audit log should say of an old token; undefined of any other. */
  staleToken?: string | undefined;
}

/** Who sent the request. Rejects with Unauthorized. */
export async function identify(request: ApiRequest, identifying: Identifying): Promise<Identity> {
  const identity = request.user ? { user: request.user } : await tokenIdentity(request, identifying);
  if (!identity) throw new StatusError('Unauthorized', 'Unauthorized');
  return identity;
}

interface Identifying {
  access: Access;
  log: Logger;
  /** Texts for the `Warning` header of the answer. */
  warnings: string[];
}

async function tokenIdentity(
  { headers }: ApiRequest,
  { access: { tokens }, log, warnings }: Identifying,
): Promise<Identity | undefined> {
  const token = bearerToken(headers['authorization'], warnings);
  if (token === undefined || !tokens) return undefined;
  try {
    return await tokens.authenticate(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    // The client is told no more than upstream tells it.
    log.info('a bearer token was refused', { why: error.message });
    return undefined;
  }
}

/** Source: apiserver's authentication/request/bearertoken. */
function bearerToken(authorization: string | undefined, warnings: string[]): string | undefined {
  const [scheme = '', token, ...more] = (authorization ?? '').trim().split(' ');
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  if (token === '' && more.length > 0)
    warnings.push('the provided Authorization header contains extra space before the bearer token, and is ignored');
  return token || undefined;
}
