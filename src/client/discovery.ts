// Which resources does the server have? Read from its discovery documents, so that kinds
// which nobody compiled in are found too.

import type { Resource } from '../apimachinery/meta.ts';

/** A resource as discovery describes it. */
export interface DiscoveredResource extends Resource {
  /** `get`, `list`, `watch`, `delete`, … */
  verbs: string[];
}

/** Something that can ask the server for its resources. Rejects as Client does. */
export interface Discoverer {
  /** Every resource in its group's preferred version, without subresources. */
  discover(signal: AbortSignal): Promise<DiscoveredResource[]>;
}

interface GroupList {
  groups?: { name: string; preferredVersion?: { version: string }; versions: { version: string }[] }[];
}

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/** Reads `/api/v1`, `/apis` and each group's document through `get`. */
export async function discoverResources(get: <R>(path: string) => Promise<R>): Promise<DiscoveredResource[]> {
  const { groups = [] } = await get<GroupList>('/apis');
  const places = groups.flatMap(({ name, preferredVersion, versions }) => {
    const version = (preferredVersion ?? versions[0])?.version;
    return version ? [{ group: name, version, path: `/apis/${name}/${version}` }] : [];
  });
  const documents = await Promise.all(
    [{ group: '', version: 'v1', path: '/api/v1' }, ...places].map(async ({ group, version, path }) => {
      const { resources = [] } = await get<ResourceList>(path);
      return resources
        .filter((resource) => !resource.name.includes('/'))
        .map(({ name, kind, namespaced, verbs }) => ({ group, version, plural: name, kind, namespaced, verbs }));
    }),
  );
  return documents.flat();
}
