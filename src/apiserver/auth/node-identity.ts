// Is this user a node, and which?

import type { UserInfo } from '../types.ts';

const userPrefix = 'system:node:';

/** Name of the node that `user` is; undefined for anyone else. Source: pkg/auth/nodeidentifier. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(userPrefix) || !user.groups.includes('system:nodes')) return undefined;
  return user.name.slice(userPrefix.length);
}
