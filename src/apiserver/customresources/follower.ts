// Which custom resources does the server serve? Those whose definitions are established, as the watch cache shows
// them: whichever server wrote a definition, all servers over one store follow it.

import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import type { JsonSchema, ResourceDefinition, SchemaComponents } from '../../apis/definition.ts';
import { registryPrefix } from '../cache/watch-cache.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import type { RegistryParts } from '../registry/context.ts';
import { cleanUp } from './cleanup.ts';
import { hasRules, isServed } from './naming.ts';
import { writeStatus } from './status-writer.ts';

const place = { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' };
const prefix = `${registryPrefix}${place.group}/${place.plural}/`;
/** What could not be finished is tried again after this time. */
const againAfterMs = 100;

interface Built {
  resourceVersion: string;
  definitions: ResourceDefinition[];
  components: SchemaComponents;
}

/** Keeps the catalogue and the status of the definitions in step with the store. */
export class CustomResources {
  readonly #parts: RegistryParts;
  readonly #built = new Map<string, Built>();
  #changes = 0;
  #seen = 0;
  #rebuilding: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(parts: RegistryParts) {
    this.#parts = parts;
  }

  /** Starts to follow; resolves when all that is established now is served. The cache must have loaded. */
  async start(): Promise<void> {
    this.#parts.cache.collection(prefix).sinks.add({ offer: () => this.#changed() });
    this.#changed();
    await this.#rebuilding;
  }

  /** Resolves when the catalogue shows every definition that the store has acknowledged. */
  async settled(signal: AbortSignal): Promise<void> {
    await this.#parts.cache.caughtUp(signal);
    await this.#rebuilding;
  }

  /** Writes status, and deletes what belongs to definitions that go, until `signal` aborts. After `start`. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#wake?.();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        const at = this.#changes;
        const isDone = await this.#pass(signal);
        if (!isDone) await this.#parts.clock.sleep(againAfterMs, signal);
        else if (at === this.#changes) await this.#nextChange();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** False if something is left to do that no change will announce. */
  async #pass(signal: AbortSignal): Promise<boolean> {
    await this.#rebuilding;
    let isDone = true;
    for (const { metadata } of this.#definitions()) {
      try {
        await writeStatus(this.#parts, metadata.name, signal);
        if (metadata.deletionTimestamp === undefined) continue;
        isDone = false;
        await cleanUp(this.#parts, metadata.name, signal);
      } catch (error) {
        signal.throwIfAborted();
        // A store that is full for a while, a webhook that is down: the server goes on, and comes back to it.
        this.#parts.log.warn('definition of a custom resource could not be brought up to date', {
          error,
          name: metadata.name,
        });
        isDone = false;
      }
    }
    return isDone;
  }

  #definitions(): CustomResourceDefinition[] {
    return cachedObjects<CustomResourceDefinition>(this.#parts, place);
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #changed(): void {
    this.#changes += 1;
    this.#rebuilding = this.#rebuilding.then(() => this.#rebuild());
    this.#wake?.();
  }

  /** Builds what has changed since the last time; many changes at once are one rebuild. */
  async #rebuild(): Promise<void> {
    if (this.#seen === this.#changes) return;
    this.#seen = this.#changes;
    const { catalogue, schemas, log } = this.#parts;
    const served = this.#definitions().filter(
      (definition) => isServed(definition) && !catalogue.isBuiltIn({ ...definition.spec, ...definition.spec.names }),
    );
    const names = new Set(served.map(({ metadata }) => metadata.name));
    for (const name of this.#built.keys()) if (!names.has(name)) this.#built.delete(name);
    for (const definition of served) {
      const { name, resourceVersion } = definition.metadata;
      if (this.#built.get(name)?.resourceVersion === resourceVersion) continue;
      try {
        this.#built.set(name, { resourceVersion, ...(await build(this.#parts, definition)) });
      } catch (error) {
        // One definition that can't be served, stored by another version of the server, takes no other with it.
        log.error('custom resource cannot be served', { error, name });
        this.#built.delete(name);
      }
    }
    const built = [...this.#built.values()];
    schemas.setCustom(Object.assign({}, ...built.map(({ components }) => components)) as SchemaComponents);
    catalogue.setCustom(built.flatMap(({ definitions }) => definitions));
  }
}

/** Loaded on first use: a server without custom resources of others never needs it. */
async function build(
  parts: RegistryParts,
  definition: CustomResourceDefinition,
): Promise<Pick<Built, 'definitions' | 'components'>> {
  const [{ customDefinitionsOf }, { componentsOf }] = await Promise.all([
    import('./custom-definition.ts'),
    import('./openapi-schema.ts'),
  ]);
  const converter = await converterOf(parts, definition);
  const celRulesOf = hasRules(definition) ? await celRulesLoader() : undefined;
  return {
    definitions: customDefinitionsOf(definition, { converter, celRulesOf }),
    components: componentsOf(definition),
  };
}

async function celRulesLoader() {
  const { RuleValidator } = await import('./rules/validate-rules.ts');
  return (schema: JsonSchema) => new RuleValidator(schema);
}

async function converterOf(parts: RegistryParts, definition: CustomResourceDefinition) {
  if (definition.spec.conversion?.strategy !== 'Webhook') return undefined;
  const { webhookConverter } = await import('./conversion-webhook.ts');
  return webhookConverter(parts, definition);
}
