// Which resources does the server have? Read from its discovery documents, so that kinds
// which nobody compiled in are found too.

import { groupResourceOf, type Resource } from '../apimachinery/meta.ts';

/** A resource as discovery describes it. */
export interface DiscoveredResource extends Resource {
  /** `get`, `list`, `watch`, `delete`, … */
  verbs: string[];
}

/** Something that can ask the server for its resources. Rejects as Client does. */
export interface Discoverer {
  /** Every resource, in its group's preferred version where it is in that, without subresources. */
  discover(signal: AbortSignal): Promise<DiscoveredResource[]>;
}

interface GroupList {
  groups?: { name: string; preferredVersion?: { version: string }; versions: { version: string }[] }[];
}

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/**
 * Reads `/api/v1`, `/apis` and each version's document through `get`. A resource that several versions of a group
 * have is given once, in the preferred one.
 */
export async function discoverResources(get: <R>(path: string) => Promise<R>): Promise<DiscoveredResource[]> {
  const { groups = [] } = await get<GroupList>('/apis');
  const places = groups.flatMap(({ name, preferredVersion, versions }) => {
    const others = versions.filter(({ version }) => version !== preferredVersion?.version);
    return [...(preferredVersion ? [preferredVersion] : []), ...others].map(({ version }) => ({
      group: name,
      version,
      path: `/apis/${name}/${version}`,
    }));
  });
  const documents = await Promise.all(
    [{ group: '', version: 'v1', path: '/api/v1' }, ...places].map(async ({ group, version, path }) => {
      const { resources = [] } = await get<ResourceList>(path);
      return resources
        .filter((resource) => !resource.name.includes('/'))
        .map(({ name, kind, namespaced, verbs }) => ({ group, version, plural: name, kind, namespaced, verbs }));
    }),
  );
  const found = new Map<string, DiscoveredResource>();
  for (const resource of documents.flat()) {
    const name = groupResourceOf(resource);
    if (!found.has(name)) found.set(name, resource);
  }
  return [...found.values()];
}
