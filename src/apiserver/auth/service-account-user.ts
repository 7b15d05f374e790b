// Which user is a service account, and which service account is a user?
// Source: apiserver/pkg/authentication/serviceaccount.

import type { UserInfo } from '../types.ts';

const userPrefix = 'system:serviceaccount:';
const allGroup = 'system:serviceaccounts';

/** `system:serviceaccount:shop:web`. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `${userPrefix}${namespace}:${name}`;
}

/** The service account that a user name names; undefined for anyone else. */
export function serviceAccountOf({ name }: Pick<UserInfo, 'name'>): { namespace: string; name: string } | undefined {
  if (!name.startsWith(userPrefix)) return undefined;
  const [namespace = '', account = '', ...rest] = name.slice(userPrefix.length).split(':');
  return namespace !== '' && account !== '' && rest.length === 0 ? { namespace, name: account } : undefined;
}

/** Groups of every service account of a namespace. */
export function serviceAccountGroups(namespace: string): string[] {
  return [allGroup, `${allGroup}:${namespace}`];
}
