// Which requests depend on the default roles? The others need not wait until those are written.

import type { RequestInfo } from '../../../request-info.ts';
import type { ApiRequest } from '../../../types.ts';

/** Groups whose members other authorizers judge: who may do everything, and the nodes. */
const judgedWithoutRoles: ReadonlySet<string> = new Set(['system:masters', 'system:nodes']);
/** API groups that show roles, or what they allow. */
const groupsOfRoles: ReadonlySet<string> = new Set(['rbac.authorization.k8s.io', 'authorization.k8s.io']);

/** Can the answer to the request depend on a default role or binding? */
export function needsDefaultRoles({ user, headers }: ApiRequest, { group }: Pick<RequestInfo, 'group'>): boolean {
  if (groupsOfRoles.has(group) || headers['impersonate-user'] !== undefined) return true;
  return !user?.groups.some((name) => judgedWithoutRoles.has(name));
}
