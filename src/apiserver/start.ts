// What does a server make by itself? What every cluster has: some of it before it is ready, the rest when somebody needs it, or a while after.

import { isStatus } from '../apimachinery/status-error.ts';
import { customResourceDefinitionsOf } from '../apis/apiextensions/custom-resource.ts';
import type { ResourceDefinition, SchemaComponents } from '../apis/definition.ts';
import { keepAdvertised } from './alive-servers.ts';
import type { CustomResources } from './customresources/follower.ts';
import type { Health, StartStep } from './health.ts';
import { type Advertised, advertise } from './kubernetes-service.ts';
import { createDefinitions, createSystemNamespaces } from './loops.ts';
import type { RegistryParts } from './registry/context.ts';
import { isStoreAway, storeRefusal } from './store-refusal.ts';
import { createSystemObjects, type SystemObjects } from './system-objects.ts';

const systemDataDelayMs = 3000;
const againMs = 1000;

/** What a start consists of. */
export const startSteps: readonly StartStep[] = [
  'informer-sync',
  'poststarthook/crd-informer-synced',
  'poststarthook/start-system-namespaces-controller',
  'poststarthook/storage-readiness',
];

export interface StartOptions {
  definitions: readonly ResourceDefinition[];
  schemas: () => SchemaComponents;
  defaultRoles?: boolean;
  systemObjects?: SystemObjects;
  advertised?: Advertised;
}

export interface StartDeps {
  customResources: CustomResources;
  health: Health;
  onReady: () => void;
}

/** The start of one server, and the data that it makes. */
export class Startup {
  readonly #options: StartOptions;
  readonly #parts: RegistryParts;
  readonly #roles: WrittenOnce;
  readonly #definitions: WrittenOnce;
  /** Aborts when the server stops. */
  #stopped: AbortSignal = AbortSignal.abort();

  constructor(options: StartOptions, parts: RegistryParts) {
    const { definitions, schemas, defaultRoles } = options;
    this.#options = options;
    this.#parts = parts;
    this.#roles = new WrittenOnce(async () => {
      if (defaultRoles) await this.#stored(() => this.#applyRoles());
    });
    this.#definitions = new WrittenOnce(() =>
      this.#stored(() => createDefinitions(parts, customResourceDefinitionsOf(definitions, schemas()), this.#stopped)),
    );
  }

  /** Resolves when all is made, a while after `onReady` was called. Rejects with the abort reason, or if the store fails before that. */
  async run({ customResources, health, onReady }: StartDeps, signal: AbortSignal): Promise<void> {
    const { cache, clock } = this.#parts;
    this.#stopped = signal;
    await cache.reached(0, signal);
    health.done('informer-sync');
    health.done('poststarthook/storage-readiness');
    await customResources.start();
    health.done('poststarthook/crd-informer-synced');
    // A server that ended here because the store is busy would only have to start again.
    await this.#stored(() => createSystemNamespaces(this.#parts, signal), isStoreAway);
    health.done('poststarthook/start-system-namespaces-controller');
    onReady();
    // Much to write: who starts beside this server goes first. Whoever needs some of it gets it earlier.
    await clock.sleep(systemDataDelayMs, signal);
    await this.roles();
    await this.definitions();
    const { systemObjects } = this.#options;
    if (systemObjects) await this.#stored(() => createSystemObjects(this.#parts, systemObjects, signal));
  }

  /** Makes a server that is ready known to clients within the cluster; where servers share the state, keeps it so, and only rejects. Rejects with the abort reason. */
  async advertise(signal: AbortSignal): Promise<void> {
    const { advertised } = this.#options;
    if (!advertised) return;
    const { isShared } = this.#parts.store;
    await this.#stored(() => advertise(this.#parts, { ...advertised, isShared }, signal));
    if (isShared) await keepAdvertised(this.#parts, advertised, signal);
  }

  /** The default roles and bindings: until they are there, nothing is answered that depends on them. Undefined if they are. */
  roles(): Promise<void> | undefined {
    return this.#roles.pending();
  }

  /** The definitions of the custom resources that are built in: until then none is shown. Undefined if they are there. */
  definitions(): Promise<void> | undefined {
    return this.#definitions.pending();
  }

  async #applyRoles(): Promise<void> {
    const { applyBootstrapPolicy } = await import('./auth/rbac/bootstrap/apply.ts');
    await applyBootstrapPolicy(this.#parts, this.#stopped);
  }

  /** Repeats `write` until the store takes it: a server that is ready outlives a store that is away, or full, for a while. */
  async #stored(write: () => Promise<void>, passes: (error: unknown) => boolean = isRefusal): Promise<void> {
    const { clock, log } = this.#parts;
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (this.#stopped.aborted || !passes(error)) throw error;
        log.warn('what every cluster has could not be stored yet', { error });
      }
      await clock.sleep(againMs, this.#stopped);
    }
  }
}

const isRefusal = (error: unknown): boolean => isStatus(error) || storeRefusal(error) !== undefined;

/** Something that is written when it is first asked for. */
class WrittenOnce {
  readonly #write: () => Promise<void>;
  #writing: Promise<void> | undefined;
  #isThere = false;

  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when it is there; undefined once it is, so that requests have nothing to wait for. */
  pending(): Promise<void> | undefined {
    if (this.#isThere) return undefined;
    this.#writing ??= this.#write().then(() => {
      this.#isThere = true;
    });
    return this.#writing;
  }
}
