import { expect, test } from 'vitest';
import type { Container, PodSpec } from './generated/v1.ts';
import { qosClassOf } from './pod-admission.ts';
import { defaultPod } from './pod-defaults.ts';
import { validatePodResources } from './pod-resources.ts';

type Resources = NonNullable<PodSpec['resources']>;

const container = (resources: Resources, overrides: Partial<Container> = {}): Container => ({
  name: 'a',
  image: 'i',
  resources,
  ...overrides,
});

function defaulted(spec: PodSpec): PodSpec {
  defaultPod({ metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec });
  return spec;
}

test.each<{ name: string; resources: Resources; of: Resources; want: Resources; qos: string }>([
  {
    name: 'limits alone -> asks for as much',
    resources: { limits: { cpu: '2', memory: '1Gi' } },
    of: {},
    want: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '2', memory: '1Gi' } },
    qos: 'Guaranteed',
  },
  {
    name: 'limits, and containers that ask -> asks for what they ask for',
    resources: { limits: { cpu: '2' } },
    of: { requests: { cpu: '500m', memory: '1Gi', 'example.com/gpu': '1' } },
    want: { limits: { cpu: '2' }, requests: { cpu: '500m', memory: '1Gi' } },
    qos: 'Burstable',
  },
  {
    name: 'requests alone -> nothing more, but for huge pages of containers',
    resources: { requests: { cpu: '1' } },
    of: { limits: { 'hugepages-2Mi': '2Mi' } },
    want: { limits: { 'hugepages-2Mi': '2Mi' }, requests: { cpu: '1', 'hugepages-2Mi': '2Mi' } },
    qos: 'Burstable',
  },
  {
    name: 'nothing, said explicitly -> what containers ask for does not count',
    resources: {},
    of: { requests: { cpu: '1' } },
    want: {},
    qos: 'BestEffort',
  },
])('resources of a pod: $name', ({ resources, of, want, qos }) => {
  const spec = defaulted({ resources, containers: [container(of)] });
  expect(spec.resources).toEqual(want);
  expect(qosClassOf(spec)).toBe(qos);
});

test.each<{ name: string; spec: Partial<PodSpec>; want: string[] }>([
  {
    name: 'less than the containers ask for, and less than one may use',
    spec: {
      resources: { requests: { cpu: '1' }, limits: { cpu: '2' } },
      containers: [container({ requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '3' } })],
    },
    want: [
      's.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
      's.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 2',
    ],
  },
  {
    name: 'claims, and what a pod may not name',
    spec: {
      resources: { claims: [{ name: 'x' }], limits: { 'example.com/gpu': '1' }, requests: { 'example.com/gpu': '1' } },
    },
    want: [
      's.claims: Forbidden: claims may not be set for Resources at pod-level',
      's.limits[example.com/gpu]: Unsupported value: "example.com/gpu": supported values: "cpu", "hugepages-", "memory"',
      's.requests[example.com/gpu]: Unsupported value: "example.com/gpu": supported values: "cpu", "hugepages-", "memory"',
      's.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty',
    ],
  },
  {
    name: 'anything on Windows',
    spec: { os: { name: 'windows' }, resources: {} },
    want: ['s: Forbidden: may not be set for a windows pod'],
  },
])('resources of a pod: $name -> refused', ({ spec, want }) => {
  const causes = validatePodResources({ containers: [container({})], ...spec }, new Set(), 's');
  expect(causes.map(({ field, message }) => `${field}: ${message}`)).toEqual(want);
});
