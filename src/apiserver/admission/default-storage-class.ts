// Which class does a claim without one get? Source: plugin/pkg/admission/storage/storageclass/setdefault.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const betaClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** Gives a new claim the default class. An empty class name is a choice and stays. */
export async function defaultStorageClass({ verb, operation, object }: AdmissionRequest): Promise<void> {
  if (verb !== 'CREATE' || operation.entry.groupResource !== 'persistentvolumeclaims') return;
  const claim = object as PersistentVolumeClaim;
  if (claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.[betaClassAnnotation] !== undefined)
    return;
  await operation.cache.caughtUp(operation.signal);
  const chosen = chooseDefaultClass(
    cachedObjects<StorageClass>(operation, { group: 'storage.k8s.io', plural: 'storageclasses' }),
  );
  if (chosen) claim.spec = { ...claim.spec, storageClassName: chosen.metadata.name };
}

/** The class that is marked as default; the newest of several, and by name among those of one age. */
export function chooseDefaultClass(classes: StorageClass[]): StorageClass | undefined {
  return classes
    .filter((each) => defaultAnnotations.some((annotation) => each.metadata.annotations?.[annotation] === 'true'))
    .sort(
      (a, b) =>
        b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
        (a.metadata.name < b.metadata.name ? -1 : 1),
    )[0];
}
