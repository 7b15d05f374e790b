// How do a request and the server's parts become one operation? Both clients' requests and the server's own.

import type { Lifetime } from './api-server.ts';
import type { Operation, RegistryParts } from './registry/context.ts';

/** The request with all that the registry needs. */
export function operationOf(
  { store, cache, catalogue, schemas, access, turns, clock, random, log }: RegistryParts,
  {
    info,
    entry,
    user,
    warnings,
    write,
    audit,
  }: Pick<Operation, 'info' | 'entry' | 'user' | 'warnings' | 'write' | 'audit'>,
  lifetime: Lifetime,
): Operation {
  const { isDryRun } = write;
  // Written out: a spread of the parts costs more than all the rest of a read.
  return {
    store,
    cache,
    catalogue,
    schemas,
    access,
    turns,
    clock,
    random,
    log,
    info,
    entry,
    user,
    warnings,
    write,
    audit,
    isDryRun,
    // Made when somebody asks for it: a signal costs more than a read that never waits.
    get signal() {
      return lifetime.signal;
    },
  };
}
