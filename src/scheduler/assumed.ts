// Which decisions does the cache not show yet? They must count for the next pod, or two pods get the same room.

import { keyOf } from '../apimachinery/meta.ts';
import type { Pod } from '../apis/core/generated/v1.ts';

/** Pods that this process has decided on and whose binding has not been seen. Lost with the process, and decided again. */
export class AssumedPods {
  readonly #byKey = new Map<string, { pod: Pod; nodeName: string }>();

  nodeOf(pod: Pod): string | undefined {
    const assumed = this.#byKey.get(keyOf(pod));
    return assumed?.pod.metadata.uid === pod.metadata.uid ? assumed.nodeName : undefined;
  }

  assume(pod: Pod, nodeName: string): void {
    this.#byKey.set(keyOf(pod), { pod, nodeName });
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  /** The pods of `bound`, and the assumed ones except that of `exceptKey`, by node. */
  byNode(bound: readonly Pod[], exceptKey: string): ReadonlyMap<string, Pod[]> {
    const placed = new Map<string, Pod[]>();
    const place = (nodeName: string, pod: Pod): void => {
      const present = placed.get(nodeName);
      if (present) present.push(pod);
      else placed.set(nodeName, [pod]);
    };
    for (const pod of bound) if (pod.spec?.nodeName) place(pod.spec.nodeName, pod);
    for (const [key, { pod, nodeName }] of this.#byKey) if (key !== exceptKey) place(nodeName, pod);
    return placed;
  }
}
