// Which taints does a pod tolerate? Models k8s.io/component-helpers/scheduling/corev1 and core/v1 Toleration.ToleratesTaint.

import type { Node, Taint, Toleration } from './generated/v1.ts';

/** Taints that the node lifecycle controller sets. */
export const nodeTaints = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
  pidPressure: 'node.kubernetes.io/pid-pressure',
} as const;

/** Set by a person who says that the node is off. Source: Kubernetes, non-graceful node shutdown. */
export const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

export function isOutOfService({ spec }: Node): boolean {
  return spec?.taints?.some(({ key }) => key === outOfServiceTaint) ?? false;
}

/** What a taint does to pods that don't bear it. */
export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Does `toleration` match `taint`? An absent effect, and an absent key with `Exists`, match all. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

/** The taints with one of `effects` that none of `tolerations` matches. */
export function untoleratedTaints(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint[] {
  return (taints ?? []).filter(
    (taint) =>
      effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );
}
