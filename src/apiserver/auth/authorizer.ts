// May this user do this? Administrators may do all, nodes what they need, everyone may look at the API itself.

import type { RequestInfo } from '../request-info.ts';
import type { UserInfo } from '../types.ts';
import { type NodeFacts, nodeRefusal } from './node-authorizer.ts';
import { nodeNameOf } from './node-identity.ts';

/** Documents that every authenticated user may read. */
const discoveryPath = /^\/(api|apis|openapi)(\/|$)/;

/** Why the request is refused; undefined if it may go on. `facts` are asked only about nodes' requests. */
export function refusalOf(user: UserInfo, info: RequestInfo, facts: NodeFacts): string | undefined {
  if (user.groups.includes('system:masters')) return undefined;
  if (!info.isResourceRequest) {
    const isRead = info.method === 'GET' || info.method === 'HEAD';
    if (isRead && discoveryPath.test(info.path)) return undefined;
    return `forbidden: User ${JSON.stringify(user.name)} cannot ${info.method.toLowerCase()} path ${JSON.stringify(info.path)}`;
  }
  const nodeName = nodeNameOf(user);
  if (nodeName === undefined) return resourceRefusal(user, info, undefined);
  const why = nodeRefusal(nodeName, info, facts);
  return why === undefined ? undefined : resourceRefusal(user, info, why);
}

/** `pods "x" is forbidden: User "system:node:n1" cannot get resource "pods" in API group "" in the namespace "default": why`. */
function resourceRefusal(user: UserInfo, info: RequestInfo, why: string | undefined): string {
  const { group, resource, subresource, namespace, name, verb } = info;
  const groupResource = group === '' ? resource : `${resource}.${group}`;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const subject = name === '' ? groupResource : `${groupResource} ${JSON.stringify(name)}`;
  const what = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(path)} in API group ${JSON.stringify(group)} ${scope}`;
  return `${subject} is forbidden: ${what}${why ? `: ${why}` : ''}`;
}
