// What is known of a pod that vanished before this agent started? Enough to stop what runs. Pure.

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { ContainerRecord } from '../runtime/types.ts';

/** Stands in for such a pod. */
export function lostPod(podUID: string, records: readonly ContainerRecord[]): Pod {
  const [first] = records;
  const names = [...new Set(records.map(({ name }) => name))];
  return {
    metadata: {
      name: first?.podName ?? podUID,
      namespace: first?.podNamespace ?? '',
      uid: podUID,
      resourceVersion: '',
      creationTimestamp: '',
    },
    spec: { containers: names.map((name) => ({ name })) },
  };
}
