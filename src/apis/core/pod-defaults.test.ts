import { expect, test } from 'vitest';
import { unheard } from '../testing.ts';
import { dropClosedFields } from './closed-gates.ts';
import type { Container, Pod, PodSpec, Volume } from './generated/v1.ts';
import { addTolerations, preparePod, qosClassOf } from './pod-admission.ts';
import { defaultPod, defaultPodTemplate } from './pod-defaults.ts';

const metadata = { name: 'p', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' };

function defaulted(spec: PodSpec): PodSpec {
  const pod: Pod = { metadata, spec };
  defaultPod(pod);
  return pod.spec ?? spec;
}

const container = (overrides: Partial<Container> = {}): Container => ({ name: 'a', image: 'i:1', ...overrides });
const defaultedContainer = (overrides: Partial<Container>) =>
  defaulted({ containers: [container(overrides)] }).containers[0];

test('a minimal pod gets upstream’s defaults', () => {
  expect(defaulted({ containers: [{ name: 'a', image: 'nginx' }] })).toEqual({
    containers: [
      {
        name: 'a',
        image: 'nginx',
        imagePullPolicy: 'Always',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ],
    dnsPolicy: 'ClusterFirst',
    enableServiceLinks: true,
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
});

test('what is set stays, zero included', () => {
  expect(
    defaulted({ containers: [], terminationGracePeriodSeconds: 0, enableServiceLinks: false, restartPolicy: 'Never' }),
  ).toMatchObject({
    terminationGracePeriodSeconds: 0,
    enableServiceLinks: false,
    restartPolicy: 'Never',
  });
});

test.each<{ name: string; image: string; want: string }>([
  { name: 'no tag', image: 'nginx', want: 'Always' },
  { name: 'latest', image: 'nginx:latest', want: 'Always' },
  { name: 'tag', image: 'registry:5000/nginx:1.2', want: 'IfNotPresent' },
  { name: 'registry with a port but no tag', image: 'registry:5000/nginx', want: 'Always' },
  { name: 'digest', image: `nginx@sha256:${'a'.repeat(64)}`, want: 'IfNotPresent' },
  { name: 'latest with a digest', image: `a/b:latest@sha256:${'a'.repeat(64)}`, want: 'Always' },
  { name: 'host in capitals', image: 'Host/a', want: 'Always' },
  { name: 'no image', image: 'Nginx', want: 'IfNotPresent' },
  { name: 'a path that is too long', image: 'a'.repeat(300), want: 'IfNotPresent' },
  { name: 'what looks like an identifier', image: 'f'.repeat(64), want: 'IfNotPresent' },
])('imagePullPolicy: $name -> $want', ({ image, want }) => {
  expect(defaultedContainer({ image })?.imagePullPolicy).toBe(want);
});

test.each<{ name: string; container: Partial<Container>; want: Partial<Container> }>([
  {
    name: 'port -> TCP',
    container: { ports: [{ containerPort: 80 }] },
    want: { ports: [{ containerPort: 80, protocol: 'TCP' }] },
  },
  {
    name: 'probe -> its periods and path',
    container: { livenessProbe: { httpGet: { port: 80 } } },
    want: {
      livenessProbe: {
        httpGet: { port: 80, path: '/', scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
    },
  },
  {
    name: 'gRPC probe -> empty service',
    container: { readinessProbe: { grpc: { port: 1 } } },
    want: { readinessProbe: expect.objectContaining({ grpc: { port: 1, service: '' } }) },
  },
  {
    name: 'field reference -> version',
    container: { env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
    want: { env: [{ name: 'N', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }] },
  },
  {
    name: 'limits -> requests',
    container: { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } } },
    want: { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } } },
  },
])('container: $name', ({ container: given, want }) => {
  expect(defaultedContainer(given)).toMatchObject(want);
});

test.each<{ name: string; volume: Volume; want: Volume }>([
  { name: 'name alone -> empty directory', volume: { name: 'v' }, want: { name: 'v', emptyDir: {} } },
  {
    name: 'secret -> mode',
    volume: { name: 'v', secret: { secretName: 's' } },
    want: { name: 'v', secret: { secretName: 's', defaultMode: 0o644 } },
  },
  {
    name: 'config map with a mode -> kept',
    volume: { name: 'v', configMap: { name: 'c', defaultMode: 0 } },
    want: { name: 'v', configMap: { name: 'c', defaultMode: 0 } },
  },
  {
    name: 'host path -> no check',
    volume: { name: 'v', hostPath: { path: '/x' } },
    want: { name: 'v', hostPath: { path: '/x', type: '' } },
  },
  {
    name: 'claim -> untouched',
    volume: { name: 'v', persistentVolumeClaim: { claimName: 'c' } },
    want: { name: 'v', persistentVolumeClaim: { claimName: 'c' } },
  },
  {
    name: 'projected token -> an hour',
    volume: { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
    want: {
      name: 'v',
      projected: { defaultMode: 0o644, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] },
    },
  },
])('volume: $name', ({ volume, want }) => {
  expect(defaulted({ containers: [], volumes: [volume] }).volumes).toEqual([want]);
});

test('host network -> host ports', () => {
  expect(
    defaulted({ hostNetwork: true, containers: [container({ ports: [{ containerPort: 80 }] })] }).containers[0]?.ports,
  ).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
});

test('a template’s requests are not filled from its limits', () => {
  const template = { spec: { containers: [container({ resources: { limits: { cpu: '1' } } })] } };
  defaultPodTemplate(template);
  expect(template.spec.containers[0]?.resources).toEqual({ limits: { cpu: '1' } });
});

const amounts = (cpu: string, memory: string) => ({ cpu, memory });

test.each<{ name: string; resources: Container['resources'][]; want: string }>([
  { name: 'nothing', resources: [undefined], want: 'BestEffort' },
  { name: 'zero counts as nothing', resources: [{ requests: { cpu: '0' } }], want: 'BestEffort' },
  { name: 'requests alone', resources: [{ requests: { cpu: '1' } }], want: 'Burstable' },
  { name: 'limits of both', resources: [{ limits: amounts('1', '1Gi') }], want: 'Guaranteed' },
  {
    name: 'requests equal limits in another notation',
    resources: [{ limits: amounts('1', '1Gi'), requests: amounts('1000m', '1024Mi') }],
    want: 'Guaranteed',
  },
  { name: 'one container without', resources: [{ limits: amounts('1', '1Gi') }, undefined], want: 'Burstable' },
])('quality of service: $name -> $want', ({ resources, want }) => {
  expect(
    qosClassOf({
      containers: resources.map((each, index) => ({ name: `c${index}`, ...(each && { resources: each }) })),
    }),
  ).toBe(want);
});

test('a new pod is Pending and tolerates a lost node for five minutes', () => {
  const pod: Pod = {
    metadata,
    spec: {
      containers: [container()],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 5 }],
    },
    status: { phase: 'Running', podIP: '1.2.3.4' },
  };
  preparePod(pod, unheard);
  if (pod.spec) addTolerations(pod.spec);
  expect(pod.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  expect(pod.spec?.tolerations).toEqual([
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 5 },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ]);
});

test('a pod with gates -> told why it is not scheduled', () => {
  const spec = { containers: [container()], schedulingGates: [{ name: 'a/b' }] };
  const pod: Pod = { metadata: { ...metadata, creationTimestamp: '2021-02-03T04:05:06Z' }, spec };
  preparePod(pod, unheard);
  expect(pod.status?.conditions).toEqual([
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
      lastTransitionTime: '2021-02-03T04:05:06Z',
    },
  ]);
});

test('fields of closed gates -> dropped, with what is left empty by that', () => {
  const spec: PodSpec = {
    containers: [
      container({ lifecycle: { stopSignal: 'SIGTERM' } }),
      container({ lifecycle: { stopSignal: 'SIGTERM', preStop: { sleep: { seconds: 1 } } } }),
      container({ lifecycle: {} }),
    ],
    schedulingGroup: {},
    volumes: [
      { name: 'v', projected: { sources: [{ clusterTrustBundle: { path: 'a' } }, { configMap: { name: 'm' } }] } },
    ],
  };
  dropClosedFields(spec);
  expect(spec).toEqual({
    containers: [
      container(),
      container({ lifecycle: { preStop: { sleep: { seconds: 1 } } } }),
      container({ lifecycle: {} }),
    ],
    volumes: [{ name: 'v', projected: { sources: [{}, { configMap: { name: 'm' } }] } }],
  });
});

test('a negative grace period -> a second, but not in a template', () => {
  const spec = { containers: [container()], terminationGracePeriodSeconds: -5 };
  const template = { spec: structuredClone(spec) };
  defaultPodTemplate(template);
  expect(template.spec.terminationGracePeriodSeconds).toBe(-5);
  expect(defaulted(spec).terminationGracePeriodSeconds).toBe(1);
});
