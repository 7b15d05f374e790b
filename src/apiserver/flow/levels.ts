// How urgent is a request, and whose is it? Priority levels and flows in their simple form. Pure.
// Source: apiserver/pkg/apis/flowcontrol/bootstrap.

import { type Attributes } from '../auth/attributes.ts';
import { mastersGroup } from '../auth/authorizer.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import { serviceAccountOf } from '../auth/service-account-user.ts';
import type { UserInfo } from '../types.ts';

/** Shares of the server's seats, as upstream suggests them. */
export const levelShares = {
  'node-high': 40,
  system: 30,
  'leader-election': 10,
  'workload-high': 40,
  'workload-low': 100,
  'global-default': 20,
  'catch-all': 5,
} as const;

export type PriorityLevel = keyof typeof levelShares;

/** The level of a request; undefined if it waits for no one. Requests of one level and user are one flow. */
export function levelOf(user: UserInfo, asked: Attributes): PriorityLevel | undefined {
  if (user.groups.includes(mastersGroup)) return undefined;
  const nodeName = nodeNameOf(user);
  if (nodeName !== undefined) {
    if (!asked.isResource) return 'system';
    // A node that can't renew its lease is taken for dead.
    if (asked.resource === 'leases' && asked.namespace === 'kube-node-lease') return undefined;
    return asked.resource === 'nodes' ? 'node-high' : 'system';
  }
  const account = serviceAccountOf(user);
  const isSystem = user.name.startsWith('system:') && !account;
  if (asked.isResource && asked.resource === 'leases' && (isSystem || account?.namespace === 'kube-system'))
    return 'leader-election';
  if (isSystem || account?.namespace === 'kube-system') return 'workload-high';
  if (account) return 'workload-low';
  return user.groups.includes('system:authenticated') ? 'global-default' : 'catch-all';
}
