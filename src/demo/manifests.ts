// How does a YAML file get into the API? Document by document, as `kubectl apply` would create it.

import { parseAllDocuments } from 'yaml';
import type { Draft, KubeObject, Resource } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import { configMaps, secrets, services, statefulSets, storageClasses } from '../apis/resources.ts';
import { volumeSnapshotClasses } from '../apis/snapshot/types.ts';
import type { Client } from '../client/types.ts';

const known: Resource[] = [storageClasses, volumeSnapshotClasses, secrets, services, configMaps, statefulSets];

/** Parses every document of a YAML text. Throws on YAML that is not valid. */
export function parseManifests(text: string): Draft<KubeObject>[] {
  return parseAllDocuments(text)
    .map((document) => {
      const [error] = document.errors;
      if (error) throw error;
      return document.toJS() as Draft<KubeObject> | null;
    })
    .filter((object) => object !== null);
}

/** The resource of a manifest. Throws RangeError for a kind that the demo does not know. */
export function resourceOf(object: Draft<KubeObject>): Resource {
  const found = known.find(({ kind, group, version }) => {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return kind === object.kind && apiVersion === object.apiVersion;
  });
  if (found) return found;
  throw new RangeError(
    `Cannot apply a ${object.apiVersion}/${object.kind}: only ${known.map(({ kind }) => kind).join(', ')} are known`,
  );
}

/** Creates every object, those without a namespace of their own in `namespace`. What exists already stays as it is. */
export async function applyManifests(
  client: Client,
  { objects, namespace }: { objects: readonly Draft<KubeObject>[]; namespace: string },
  signal: AbortSignal,
): Promise<void> {
  for (const object of objects) {
    const resource = resourceOf(object);
    const metadata = resource.namespaced
      ? { ...object.metadata, namespace: object.metadata.namespace ?? namespace }
      : object.metadata;
    try {
      await client.create(resource, { ...object, metadata }, signal);
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
    }
  }
}
