// What is one check of the Pod Security Standards? Source: k8s.io/pod-security-admission/policy.

import type { Container, PodSpec } from '../../../apis/core/generated/v1.ts';

/** What a check looks at: a pod, or the template of one. */
export interface PodShape {
  annotations: Record<string, string>;
  spec: PodSpec;
}

export interface Violation {
  /** Always printed: `host ports`. */
  reason: string;
  /** The values that were found. */
  detail: string;
}

export interface Check {
  id: string;
  level: 'baseline' | 'restricted';
  /** First minor version of the policy that has the check. */
  since: number;
  /** Baseline check that this restricted one stands for. */
  overrides?: string;
  /** `minor` is the policy's version, which some checks have changed with. */
  run: (pod: PodShape, minor: number) => Violation | undefined;
}

/** Init containers first, then containers, then ephemeral ones: the order in which messages name them. */
export function containersOf({ spec }: PodShape): Container[] {
  return [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...((spec.ephemeralContainers ?? []) as unknown as Container[]),
  ];
}

export function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

/** `"a", "b"`. */
export function quoted(items: readonly string[]): string {
  return items.map((item) => `"${item}"`).join(', ');
}

/** `container "a"` or `containers "a", "b"`. */
export function namesOf(containers: readonly Container[]): string {
  return `${plural(containers.length, 'container', 'containers')} ${quoted(containers.map(({ name }) => name))}`;
}

/** Who set something: the pod itself, containers, or both. */
export function setters(isPod: boolean, containers: readonly Container[]): string {
  return [...(isPod ? ['pod'] : []), ...(containers.length > 0 ? [namesOf(containers)] : [])].join(' and ');
}

/** Each once, sorted. */
export function distinct(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}

/** A pod in a user namespace of its own may be root there. Since 1.35 of the policy. */
export function isRootContained({ spec }: PodShape, minor: number): boolean {
  return minor >= 35 && spec.hostUsers === false;
}
