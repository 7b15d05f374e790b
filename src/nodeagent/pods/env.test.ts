import { expect, test } from 'vitest';
import type { Container, Pod } from '../../apis/core/generated/v1.ts';
import { ContainerConfigError, containerEnv, expandVariables } from './env.ts';

test.each([
  { name: 'known -> its value', text: 'a $(X) b', want: 'a 1 b' },
  { name: 'unknown -> left as it is', text: '$(Y)', want: '$(Y)' },
  { name: 'escaped -> literal', text: '$$(X)', want: '$(X)' },
  { name: 'escaped dollar before a reference -> dollar and value', text: '$$$(X)', want: '$1' },
  { name: 'shell variable -> not ours', text: '$X ${X}', want: '$X ${X}' },
  { name: 'name of a method of every object -> left as it is', text: '$(constructor)', want: '$(constructor)' },
  { name: 'unclosed -> left as it is', text: '$(X', want: '$(X' },
])('expandVariables: $name', ({ text, want }) => {
  expect(expandVariables(text, { X: '1' })).toBe(want);
});

const pod: Pod = {
  metadata: {
    name: 'web-0',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
    labels: { app: 'web' },
  },
  spec: { nodeName: 'node-1', containers: [] },
};
const sources = {
  secret: (name: string) =>
    name === 's' ? { metadata: pod.metadata, data: { key: Buffer.from('secret').toString('base64') } } : undefined,
  configMap: (name: string) => (name === 'c' ? { metadata: pod.metadata, data: { a: '1', b: '2' } } : undefined),
  address: '10.0.0.5',
  allocatable: { cpu: '2', memory: '1Gi' },
};
const env = (changes: Partial<Container>) => containerEnv(pod, { name: 'main', ...changes }, sources);

test.each<{ name: string; container: Partial<Container>; want: Record<string, string> }>([
  {
    name: 'later variable refers to earlier one',
    container: {
      env: [
        { name: 'A', value: 'x' },
        { name: 'B', value: '$(A)y' },
      ],
    },
    want: { A: 'x', B: 'xy' },
  },
  {
    name: 'secret key',
    container: { env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } }] },
    want: { P: 'secret' },
  },
  {
    name: 'optional missing secret -> no variable',
    container: { env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'x', key: 'k', optional: true } } }] },
    want: {},
  },
  {
    name: 'envFrom with prefix, overridden by env',
    container: { envFrom: [{ prefix: 'C_', configMapRef: { name: 'c' } }], env: [{ name: 'C_a', value: 'own' }] },
    want: { C_a: 'own', C_b: '2' },
  },
  {
    name: 'downward fields',
    container: {
      env: ['metadata.name', 'status.podIP', "metadata.labels['app']"].map((fieldPath, index) => ({
        name: `F${index}`,
        valueFrom: { fieldRef: { fieldPath } },
      })),
    },
    want: { F0: 'web-0', F1: '10.0.0.5', F2: 'web' },
  },
  {
    name: 'resource fields: own limit, and the node where there is none',
    container: {
      resources: { limits: { memory: '64Mi' } },
      env: [
        { name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      ],
    },
    want: { M: '64', C: '2' },
  },
])('containerEnv: $name', ({ container, want }) => {
  expect(env(container)).toEqual(want);
});

test.each<{ name: string; container: Partial<Container>; message: string }>([
  {
    name: 'missing secret',
    container: { env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }] },
    message: 'secret "x" not found',
  },
  {
    name: 'missing key',
    container: { env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
    message: "couldn't find key k in secret s",
  },
  {
    name: 'missing config map of envFrom',
    container: { envFrom: [{ configMapRef: { name: 'x' } }] },
    message: 'configmap "x" not found',
  },
])('containerEnv: $name -> ContainerConfigError', ({ container, message }) => {
  expect(() => env(container)).toThrow(new ContainerConfigError(message));
});
