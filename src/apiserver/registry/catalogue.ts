// Which resources does this server have, and where does each live in the store?

import { apiVersionOf, groupResourceOf, type KubeObject } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { ResourceDefinition } from '../../apis/definition.ts';
import { registryPrefix } from '../cache/watch-cache.ts';
import { type RequestInfo, segmentProblem } from '../request-info.ts';

/** One served resource. */
export interface CatalogueEntry {
  definition: ResourceDefinition;
  apiVersion: string;
  kind: string;
  /** `statefulsets.apps`. */
  groupResource: string;
  /** `StatefulSet.apps`, as messages about invalid objects write it. */
  groupKind: string;
  /** Prefix of the keys of all its objects: `/registry/apps/statefulsets/`. */
  prefix: string;
}

/** The served resources, looked up by their place in the URL. */
export class Catalogue {
  readonly #builtin: readonly CatalogueEntry[];
  #custom: CatalogueEntry[] = [];
  #byPath = new Map<string, CatalogueEntry>();
  /** All that is served now. Another list after every change. */
  entries: readonly CatalogueEntry[] = [];

  constructor(definitions: readonly ResourceDefinition[]) {
    this.#builtin = definitions.map(entryOf);
    this.#index();
  }

  /** Replaces the resources whose definitions came from clients. Entries of unchanged definitions stay the same. */
  setCustom(definitions: readonly ResourceDefinition[]): void {
    const known = new Map(this.#custom.map((entry) => [entry.definition, entry]));
    this.#custom = definitions.map((definition) => known.get(definition) ?? entryOf(definition));
    this.#index();
  }

  /** Is the resource part of the server, whatever its CustomResourceDefinition says? */
  isBuiltIn({ group, plural }: { group: string; plural: string }): boolean {
    return this.#builtin.some(({ definition: { resource } }) => resource.group === group && resource.plural === plural);
  }

  /** Is the group one that the server has itself, whatever versions and resources clients add to it? */
  servesGroup({ group }: { group: string }): boolean {
    return this.#builtin.some(({ definition }) => definition.isBuiltIn && definition.resource.group === group);
  }

  #index(): void {
    this.entries = [...this.#builtin, ...this.#custom];
    this.#byPath = new Map(this.entries.map((entry) => [pathKey(entry.definition.resource), entry]));
  }

  find(resource: { group: string; version: string; plural: string }): CatalogueEntry | undefined {
    return this.#byPath.get(pathKey(resource));
  }

  /** The resource that a request names. Throws NotFound with upstream's text if there is none. */
  require(info: Pick<RequestInfo, 'group' | 'version' | 'resource'>): CatalogueEntry {
    const entry = this.find({ group: info.group, version: info.version, plural: info.resource });
    if (!entry) throw unknownPath();
    return entry;
  }
}

/** What upstream says about a resource that a version does not have. */
export function unknownPath(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource', { details: {} });
}

/** Upstream's text for a verb that the path does not have. */
export function methodNotAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  });
}

/**
 * Throws NotFound for a resource of the cluster within a namespace, and for an object of a namespace outside of one: who has
 * rights in a namespace must not reach what is not in it. A namespace is within itself alone.
 */
export function requirePlace(
  { definition: { resource }, groupResource }: CatalogueEntry,
  { namespace, name, isNamed }: Pick<RequestInfo, 'namespace' | 'name' | 'isNamed'>,
): void {
  const isItself = groupResource === 'namespaces' && isNamed && name === namespace;
  const isMisplaced = resource.namespaced ? isNamed && namespace === '' : namespace !== '' && !isItself;
  if (isMisplaced) throw unknownPath();
}

/** Key of an object; `namespace` is ignored for cluster-scoped resources. */
export function storeKey(entry: CatalogueEntry, { namespace, name }: { namespace: string; name: string }): string {
  const problem = segmentProblem(name);
  if (problem) throw new StatusError('BadRequest', `Name parameter invalid: ${JSON.stringify(name)}: ${problem}`);
  return entry.definition.resource.namespaced ? `${entry.prefix}${namespace}/${name}` : `${entry.prefix}${name}`;
}

/** Prefix of the keys that a list or watch of `namespace` covers; an empty namespace means all. */
export function scopePrefix(entry: CatalogueEntry, namespace: string): string {
  return entry.definition.resource.namespaced && namespace !== '' ? `${entry.prefix}${namespace}/` : entry.prefix;
}

function entryOf(definition: ResourceDefinition): CatalogueEntry {
  const { resource } = definition;
  const stored = definition.storedAs ?? resource;
  return {
    definition,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    groupResource: groupResourceOf(resource),
    groupKind: resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`,
    prefix: `${registryPrefix}${stored.group === '' ? 'core' : stored.group}/${stored.plural}/`,
  };
}

function pathKey({ group, version, plural }: { group: string; version: string; plural: string }): string {
  return `${group}/${version}/${plural}`;
}

/** Name and namespace of an object for messages and lookups; empty where it has none. */
export function nameOf(object: KubeObject): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}
