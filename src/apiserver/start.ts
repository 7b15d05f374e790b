// What does a server do before it is ready, and right after? What every cluster has is made, in the order in which it is needed.

import { isStatus } from '../apimachinery/status-error.ts';
import { customResourceDefinitionsOf } from '../apis/apiextensions/custom-resource.ts';
import type { ResourceDefinition, SchemaComponents } from '../apis/definition.ts';
import type { CustomResources } from './customresources/follower.ts';
import type { Health, StartStep } from './health.ts';
import { createDefinitions, createSystemNamespaces } from './loops.ts';
import type { RegistryParts } from './registry/context.ts';
import { storeRefusal } from './store-refusal.ts';

const definitionsDelayMs = 1000;
const againMs = 1000;

export interface StartOptions {
  definitions: readonly ResourceDefinition[];
  schemas: () => SchemaComponents;
  defaultRoles?: boolean;
}

export interface StartDeps {
  parts: RegistryParts;
  customResources: CustomResources;
  health: Health;
  onReady: () => void;
}

/** What a start with these options consists of. */
export function startSteps({ defaultRoles = false }: StartOptions): StartStep[] {
  const roles: StartStep[] = defaultRoles ? ['poststarthook/rbac/bootstrap-roles'] : [];
  return [
    'informer-sync',
    'poststarthook/crd-informer-synced',
    ...roles,
    'poststarthook/start-system-namespaces-controller',
  ];
}

/** Resolves when all is made, a while after `onReady` was called. Rejects with the abort reason, or if the store fails. */
export async function start(options: StartOptions, deps: StartDeps, signal: AbortSignal): Promise<void> {
  const { parts, customResources, health, onReady } = deps;
  await parts.cache.reached(0, signal);
  health.done('informer-sync');
  await customResources.start();
  health.done('poststarthook/crd-informer-synced');
  const namespaces = createSystemNamespaces(parts, signal);
  await Promise.all([
    namespaces.then(() => health.done('poststarthook/start-system-namespaces-controller')),
    options.defaultRoles && createRoles(deps, signal),
  ]);
  onReady();
  // Only data, and large: nobody waits for it, and who starts beside this server goes first.
  await parts.clock.sleep(definitionsDelayMs, signal);
  const definitions = customResourceDefinitionsOf(options.definitions, options.schemas());
  await untilStored(() => createDefinitions(parts, definitions, signal), parts, signal);
}

/** Repeats `write` until the store takes it: a server that is ready outlives a store that is not there, or full, for a while. */
async function untilStored(
  write: () => Promise<void>,
  { clock, log }: RegistryParts,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const refusal = isStatus(error) ? error : storeRefusal(error);
      if (signal.aborted || !refusal) throw error;
      log.warn('what the server has from the start could not be stored yet', { error });
    }
    await clock.sleep(againMs, signal);
  }
}

async function createRoles({ parts, health }: StartDeps, signal: AbortSignal): Promise<void> {
  const { applyBootstrapPolicy } = await import('./auth/rbac/bootstrap/apply.ts');
  await applyBootstrapPolicy(parts, signal);
  health.done('poststarthook/rbac/bootstrap-roles');
}
