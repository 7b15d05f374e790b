// What do the tests of pods' rules start from? A pod that is right, and refusals as lines.

import type { Container, Pod, PodSpec } from './generated/v1.ts';

export function pod(spec: Partial<PodSpec> = {}): Pod {
  return {
    metadata: { name: 'p', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [container()], restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', ...spec },
  };
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
