// What do roles grant the users who ask all the time? Worked out once, until a role or binding changes.

import type { UserInfo } from '../../types.ts';
import { type Grant, grantsOf, type RoleSource } from './resolver.ts';

/** Users in namespaces; when there are more, all are forgotten, so that made-up ones can't fill the memory. */
const knownMax = 1024;

/** `grantsOf` over `roles`, remembered. What it gives is shared: never change it. */
export function rememberedGrants(roles: RoleSource): (user: UserInfo, namespace: string) => readonly Grant[] {
  const known = new Map<string, readonly Grant[]>();
  let version: number | undefined;
  return (user, namespace) => {
    const newest = roles.version();
    if (newest !== version || known.size >= knownMax) known.clear();
    version = newest;
    // All of the user that a binding can name.
    const key = JSON.stringify([namespace, user.name, user.groups]);
    let grants = known.get(key);
    if (!grants) known.set(key, (grants = [...grantsOf(user, namespace, roles)]));
    return grants;
  };
}
