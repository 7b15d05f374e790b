// Where in a pod spec do containers stand?

import type { Container, PodSpec } from './generated/v1.ts';

export interface PlacedContainer {
  container: Container;
  /** `spec.containers[0]`. */
  at: string;
}

/** All of them, in the order in which upstream visits them. */
export function containersOf(spec: PodSpec, path: string): PlacedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, at: `${path}.${list}[${index}]` })),
  );
}
