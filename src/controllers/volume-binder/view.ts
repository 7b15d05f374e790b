// What does the binder know of one claim or one volume?

import { keyOf } from '../../apimachinery/meta.ts';
import { claimKeyOf, claimKeysOf, classNameOf, defaultClass } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import type { Informer } from '../../client/types.ts';
import type { ClaimView } from './reconcile-claim.ts';
import type { VolumeView } from './reconcile-volume.ts';

export interface BinderCaches {
  claims: Informer<PersistentVolumeClaim>;
  volumes: Informer<PersistentVolume>;
  classes: Informer<StorageClass>;
  pods: Informer<Pod>;
}

export function claimView(claim: PersistentVolumeClaim, caches: BinderCaches): ClaimView {
  const className = classNameOf(claim);
  const key = keyOf(claim);
  const waiting = caches.pods
    .list(claim.metadata.namespace)
    .filter((pod) => !pod.spec?.nodeName && claimKeysOf(pod).includes(key));
  return {
    claim,
    volumes: caches.volumes.list(),
    className,
    storageClass: caches.classes.get(className),
    defaultClass: defaultClass(caches.classes.list()),
    unscheduledPods: waiting.map((pod) => pod.metadata.name),
  };
}

export function volumeView(volume: PersistentVolume, caches: BinderCaches): VolumeView {
  const claimKey = claimKeyOf(volume);
  return { volume, claim: claimKey === undefined ? undefined : caches.claims.get(claimKey) };
}
