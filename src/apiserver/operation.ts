// How do a request and the server's parts become one operation? Both clients' requests and the server's own.

import type { Lifetime } from './api-server.ts';
import type { Operation, RegistryParts } from './registry/context.ts';

/**
 * Made when somebody asks for it: a signal costs more than a read that never waits. One getter for all operations: each of
 * its own would give each operation a shape of its own, which makes every look at one slow.
 */
const signalOfLifetime: PropertyDescriptor & ThisType<{ lifetime: Lifetime }> = {
  get() {
    return this.lifetime.signal;
  },
  enumerable: true,
};

/** The request with all that the registry needs. */
export function operationOf(
  { store, cache, catalogue, schemas, access, turns, clock, random, log, admissions, bodies }: RegistryParts,
  {
    info,
    entry,
    user,
    warnings,
    write,
    audit,
    delays,
  }: Pick<Operation, 'info' | 'entry' | 'user' | 'warnings' | 'write' | 'audit' | 'delays'>,
  lifetime: Lifetime,
): Operation {
  const { isDryRun } = write;
  // Written out: a spread of the parts costs more than all the rest of a read.
  const operation = {
    store,
    cache,
    catalogue,
    schemas,
    access,
    turns,
    clock,
    random,
    log,
    admissions,
    bodies,
    info,
    entry,
    user,
    warnings,
    write,
    audit,
    delays,
    isDryRun,
    lifetime,
  };
  return Object.defineProperty(operation, 'signal', signalOfLifetime) as typeof operation & Pick<Operation, 'signal'>;
}
