// Who sent a request, and as whom is it treated? Certificates and tokens, then impersonation.

import { StatusError } from '../../apimachinery/status-error.ts';
import type { Logger } from '../../base/log.ts';
import type { ApiRequest, UserInfo } from '../types.ts';
import type { Authorizer } from './authorizer.ts';
import { impersonatedUser } from './impersonation.ts';
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
  /** As whom the request is treated; undefined if as the one who sent it. */
  impersonated: UserInfo | undefined;
}

/** Who sent the request. Rejects with Unauthorized, or with Forbidden if an impersonation is not allowed. */
export async function identify(request: ApiRequest, identifying: Identifying): Promise<Identity> {
  const { access } = identifying;
  const user = request.user ?? (await tokenUser(request, identifying));
  if (!user) throw new StatusError('Unauthorized', 'Unauthorized');
  return identityOf(user, request, { access });
}

interface Identifying {
  access: Access;
  log: Logger;
  /** Texts for the `Warning` header of the answer. */
  warnings: string[];
}

/** `user`, who sent the request, and as whom they want to be treated. Throws Forbidden if they may not. */
export function identityOf(
  user: UserInfo,
  { headers }: Pick<ApiRequest, 'headers'>,
  { access }: { access: Access },
): Identity {
  return { user, impersonated: impersonatedUser(user, headers, access.authorizer) };
}

async function tokenUser(
  { headers }: ApiRequest,
  { access: { tokens }, log, warnings }: Identifying,
): Promise<UserInfo | undefined> {
  const token = bearerToken(headers['authorization'], warnings);
  if (token === undefined || !tokens) return undefined;
  try {
    return (await tokens.authenticate(token)).user;
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
