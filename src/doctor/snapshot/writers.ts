// Does a pod write to its claim?

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';

/** Has the pod the claim mounted read-only everywhere? */
export function isReadOnlyIn(pod: Pod, claim: PersistentVolumeClaim): boolean {
  const volume = pod.spec?.volumes?.find(({ persistentVolumeClaim: source, name }) =>
    source ? source.claimName === claim.metadata.name : `${pod.metadata.name}-${name}` === claim.metadata.name,
  );
  if (!volume || volume.persistentVolumeClaim?.readOnly) return true;
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.filter(({ name }) => name === volume.name));
  const devices = containers.some(({ volumeDevices = [] }) => volumeDevices.some(({ name }) => name === volume.name));
  return !devices && mounts.every(({ readOnly }) => readOnly);
}
