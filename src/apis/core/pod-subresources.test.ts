import { expect, test } from 'vitest';
import type { Container, EphemeralContainer, Pod, PodSpec } from './generated/v1.ts';
import { lines, pod as podOf } from './pod.fixture.ts';
import { resizeRules } from './pod-resize.ts';
import { ephemeralContainersRules } from './pod-subresources.ts';
import { validatePod } from './pod-validation.ts';

const container = (overrides: Partial<Container> = {}): Container => ({ name: 'app', image: 'i', ...overrides });
const look = (overrides: Partial<EphemeralContainer> = {}): EphemeralContainer => ({
  name: 'look',
  image: 'i',
  resources: {},
  ...overrides,
});
const pod = (spec: Partial<PodSpec> = {}, overrides: Partial<Pod> = {}): Pod => ({
  ...podOf({ containers: [container()], ...spec }),
  ...overrides,
});

test.each<{ name: string; old?: EphemeralContainer[]; now: EphemeralContainer[]; want: string[] }>([
  { name: 'a new one -> fine', now: [look()], want: [] },
  {
    name: 'another beside the first, in another order -> fine',
    old: [look()],
    now: [look({ name: 'b' }), look()],
    want: [],
  },
  {
    name: 'one less -> refused',
    old: [look()],
    now: [],
    want: ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "look" may not be removed\n'],
  },
  {
    name: 'a changed one -> refused',
    old: [look()],
    now: [look({ image: 'j' })],
    want: [
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "look" may not be changed\n@@ -1,6 +1,6 @@\n {\n  "Name": "look",\n- "Image": "i",\n+ "Image": "j",\n  "Command": null,\n  "Args": null,\n  "WorkingDir": "",\n',
    ],
  },
  {
    name: 'the name of a container -> refused',
    now: [look({ name: 'app' })],
    want: ['spec.ephemeralContainers[0].name: Duplicate value: "app"'],
  },
  {
    name: 'a target that the pod lacks -> refused',
    now: [look({ targetContainerName: 'db' })],
    want: ['spec.ephemeralContainers[0].targetContainerName: Not found: "db"'],
  },
  {
    name: 'no image -> refused',
    now: [look({ image: '' })],
    want: ['spec.ephemeralContainers[0].image: Required value'],
  },
  {
    name: 'what a service would need -> refused, field by field',
    now: [
      look({
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        resources: { limits: { cpu: '1' } },
        livenessProbe: { exec: { command: ['x'] } },
      }),
    ],
    want: ['resources', 'ports', 'livenessProbe'].map(
      (field) => `spec.ephemeralContainers[0].${field}: Forbidden: cannot be set for an Ephemeral Container`,
    ),
  },
  {
    name: 'a path within a volume -> refused',
    now: [look({ volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'a' }] })],
    want: ['spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container'],
  },
])('ephemeral containers: $name', ({ old = [], now, want }) => {
  const volumes = [{ name: 'v', emptyDir: {} }];
  const before = pod({ volumes, ephemeralContainers: old });
  const next = pod({ volumes, containers: [container({ image: 'other' })], ephemeralContainers: now });
  const object = ephemeralContainersRules.limit(next, before);
  expect(object.spec?.containers).toEqual(before.spec?.containers);
  expect(lines(ephemeralContainersRules.validate(object, before))).toEqual(want);
});

test('a pod with ephemeral containers -> not created', () => {
  expect(lines(validatePod(pod({ ephemeralContainers: [look()] })))).toEqual([
    'spec.ephemeralContainers: Forbidden: cannot be set on create',
  ]);
});

const amounts = (cpu: string, memory: string) => ({ cpu, memory });
const sized = (limits: Record<string, string>, requests = limits): Container =>
  container({ resources: { limits, requests } });
const restarts = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
const running = {
  containerStatuses: [{ name: 'app', image: 'i', imageID: '', ready: true, restartCount: 0, state: { running: {} } }],
};

test.each<{ name: string; old: Partial<PodSpec>; now: Partial<PodSpec>; status?: Pod['status']; want: string[] }>([
  {
    name: 'more CPU, less memory -> fine',
    old: { containers: [sized(amounts('1', '2Gi'))] },
    now: { containers: [sized(amounts('2', '1Gi'))] },
    want: [],
  },
  {
    name: 'another image -> not what a resize changes',
    old: { containers: [sized(amounts('1', '1Gi'))] },
    now: { containers: [{ ...sized(amounts('2', '1Gi')), image: 'other' }] },
    want: [],
  },
  {
    name: 'another class of service -> refused',
    old: { containers: [sized(amounts('1', '1Gi'))] },
    now: { containers: [sized(amounts('2', '1Gi'), amounts('1', '1Gi'))] },
    want: ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing'],
  },
  {
    name: 'no limit any more -> refused',
    old: { containers: [sized(amounts('2', '2Gi'), amounts('1', '1Gi'))] },
    now: { containers: [sized({ cpu: '2' }, { cpu: '1' })] },
    want: ['requests', 'limits'].map(
      (kind) => `spec.containers[0].resources.${kind}: Forbidden: resource ${kind} cannot be removed`,
    ),
  },
  {
    name: 'another resource -> refused',
    old: { containers: [sized(amounts('2', '2Gi'), amounts('1', '1Gi'))] },
    now: {
      containers: [sized({ ...amounts('2', '2Gi'), 'ephemeral-storage': '1Gi' }, amounts('1', '1Gi'))],
    },
    want: ['spec: Forbidden: only cpu and memory resources are mutable'],
  },
  {
    name: 'another container -> refused',
    old: {},
    now: { containers: [container(), container({ name: 'b' })] },
    want: ['spec.containers: Forbidden: containers may not be added or removed on resize'],
  },
  {
    name: 'another name -> refused',
    old: { containers: [sized(amounts('1', '1Gi'))] },
    now: { containers: [{ ...sized(amounts('1', '1Gi')), name: 'b' }] },
    want: ['spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize'],
  },
  {
    name: 'less for the pod as a whole -> fine, but not nothing',
    old: { resources: { limits: amounts('2', '2Gi'), requests: { cpu: '1' } } },
    now: { resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } },
    want: ['requests', 'limits'].map(
      (kind) => `spec.resources.${kind}: Forbidden: pod-level resource ${kind} cannot be removed`,
    ),
  },
  {
    name: 'an init container that ends -> fine, unless it is to be restarted for that',
    old: {
      initContainers: [container({ name: 'init', resizePolicy: restarts })],
      containers: [sized(amounts('2', '2Gi'), amounts('1', '1Gi'))],
    },
    now: {
      initContainers: [
        container({
          name: 'init',
          resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
          resizePolicy: restarts,
        }),
      ],
      containers: [sized(amounts('2', '2Gi'), amounts('1', '1Gi'))],
    },
    want: [
      'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
    ],
  },
  {
    name: 'a node that does not tell what its containers have -> refused',
    old: { containers: [sized(amounts('1', '1Gi'))] },
    now: { containers: [sized(amounts('2', '1Gi'))] },
    status: running,
    want: ['spec: Forbidden: Pod running on node without support for resize'],
  },
])('resize: $name', ({ old, now, status, want }) => {
  const before = pod(old, status && { status });
  const object = resizeRules.limit(pod(now), before);
  expect(lines(resizeRules.validate(object, before))).toEqual(want);
});

test.each([
  { rules: ephemeralContainersRules, want: 'static pods do not support ephemeral containers' },
  { rules: resizeRules, want: 'static pods cannot be resized' },
])('a static pod: $want', ({ rules, want }) => {
  const before = pod();
  before.metadata.annotations = { 'kubernetes.io/config.mirror': '1' };
  expect(lines(rules.validate(before, before))).toEqual([`: Forbidden: ${want}`]);
});
