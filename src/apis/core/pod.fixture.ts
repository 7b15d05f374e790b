// What do the tests of pods' rules start from? A pod that is right, with its defaults, and refusals as lines.

import type { Container, Pod, PodSpec } from './generated/v1.ts';
import { defaultPod } from './pod-defaults.ts';

export function pod(spec: Partial<PodSpec> = {}): Pod {
  const object = structuredClone({
    metadata: { name: 'p', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [container()], ...spec },
  });
  defaultPod(object);
  return object;
}

export function container(overrides: Partial<Container> = {}): Container {
  return { name: 'a', image: 'i', ...overrides };
}

/** The pod with one container. */
export function withContainer(overrides: Partial<Container>): Pod {
  return pod({ containers: [container(overrides)] });
}

/** Each refusal as `field: message`. */
export function lines(causes: { field?: string; message?: string }[]): string[] {
  return causes.map(({ field, message }) => `${field}: ${message}`);
}
