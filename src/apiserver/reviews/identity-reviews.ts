// Who is it? The two questions of authentication.k8s.io: whose is this token, and who am I.

import type { ObjectMeta } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type {
  UserInfo as ReviewedUser,
  SelfSubjectReview,
  TokenReview,
} from '../../apis/authentication/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import { TokenError } from '../auth/tokens/service-account-tokens.ts';
import type { Operation } from '../registry/context.ts';
import type { UserInfo } from '../types.ts';

/** TokenReview: whose the token is. A token that is no good is an answer, not an error. */
export async function tokenReview({ access }: Operation, review: TokenReview): Promise<TokenReview> {
  const { token, audiences = [] } = review.spec;
  if (!token) throw new StatusError('BadRequest', 'token is required for TokenReview in authentication');
  const { tokens } = access;
  if (!tokens) return { ...review, status: { user: {} } };
  try {
    const { user, audiences: meant } = await tokens.authenticate(token, audiences.length > 0 ? audiences : undefined);
    return { ...review, status: { authenticated: true, user: reviewed(user), audiences: meant } };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { ...review, status: { user: {}, error: whyNone(error) } };
  }
}

/** Upstream asks one authenticator after the other; only that of service accounts says more. */
function whyNone({ message }: TokenError): string {
  const invalid = 'invalid bearer token';
  return message.startsWith(invalid) ? invalid : `[${invalid}, ${message}]`;
}

/** SelfSubjectReview: as whom the server treats the one who asks. The answer is made anew, and has nothing of what was sent. */
export function selfSubjectReview({ user, clock }: Operation, review: SelfSubjectReview): SelfSubjectReview {
  const metadata = { creationTimestamp: rfc3339(clock.now()) } as ObjectMeta;
  return { ...review, metadata, status: { userInfo: reviewed(user) } };
}

function reviewed({ name, groups, uid, extra }: UserInfo): ReviewedUser {
  return { username: name, ...(uid !== undefined && { uid }), groups, ...(extra && { extra }) };
}
