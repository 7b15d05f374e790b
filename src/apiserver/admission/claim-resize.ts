// May this claim grow? Source: plugin/pkg/admission/storage/persistentvolume/resize.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';
import { forbiddenBy } from './forbidden.ts';

/** Refuses to grow a claim that is not bound, or whose class does not allow it. */
export async function claimResize({ verb, operation, object, old }: AdmissionRequest): Promise<void> {
  const { entry, info, cache, signal } = operation;
  if (verb !== 'UPDATE' || entry.groupResource !== 'persistentvolumeclaims' || info.subresource !== '') return;
  const [claim, before] = [object as PersistentVolumeClaim, old as PersistentVolumeClaim];
  if (!grows(claim, before)) return;
  await cache.caughtUp(signal);
  const key = claim.spec?.storageClassName ?? '';
  const storageClass = cachedObject<StorageClass>(operation, {
    group: 'storage.k8s.io',
    plural: 'storageclasses',
    key,
  });
  const why = resizeRefusal(before, storageClass);
  if (why) throw forbiddenBy(operation, claim.metadata.name, { why });
}

/** Why the claim can't grow; undefined if it can. */
export function resizeRefusal(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
): string | undefined {
  if (claim.status?.phase !== 'Bound') return 'Only bound persistent volume claims can be expanded';
  if (storageClass?.allowVolumeExpansion === true) return undefined;
  return 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
}

function grows(claim: PersistentVolumeClaim, before: PersistentVolumeClaim): boolean {
  const [wanted, had] = [claim, before].map((each) => each.spec?.resources?.requests?.['storage']);
  if (wanted === undefined || had === undefined) return false;
  return compareQuantities(parseQuantity(wanted), parseQuantity(had)) > 0;
}
