// What is sent to subresources of stored objects? Each is varied in one place at a time.

import type { Fields } from './samples.ts';

export interface SubresourceSample {
  title: string;
  /** Where the object is created that it belongs to, and the object. */
  collection: string;
  owner: Fields & { metadata: { name: string; labels?: object } };
  verb: 'POST' | 'PUT';
  /** Below the owner: `eviction`. */
  subresource: string;
  schemaName: string;
  body: Fields;
  /** What else is sent, as it is. */
  also?: Record<string, Fields>;
  /** Which places are varied, if not all. */
  places?: RegExp;
}

const pods = '/api/v1/namespaces/default/pods';
const image = 'registry.example/app:1';
const resourcesOf = () => ({ requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '1', memory: '64Mi' } });
const pod = (name: string, spec: Fields): SubresourceSample['owner'] => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'c', image }], automountServiceAccountToken: false, ...spec },
});
const resized = {
  name: 'c',
  image,
  resources: resourcesOf(),
  resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
};
const side = { name: 'side', image, restartPolicy: 'Always', resources: resourcesOf() };
const init = { name: 'init', image, resources: resourcesOf() };
const template = (labels: Fields) => ({ metadata: { labels }, spec: { containers: [{ name: 'c', image }] } });
const labels = { app: 'scaled' };

const scaled = (
  path: string,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  spec: Fields,
): SubresourceSample => ({
  title: `scale of a ${kind}`,
  collection: path,
  owner: { apiVersion, kind, metadata: { name: 'scaled' }, spec: { replicas: 0, ...spec } },
  verb: 'PUT',
  subresource: 'scale',
  schemaName: 'io.k8s.api.autoscaling.v1.Scale',
  body: {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'scaled', namespace: 'default' },
    spec: { replicas: 2 },
  },
  also: {
    'of another': { metadata: { name: 'scaled', uid: 'other' }, spec: { replicas: 2 } },
    'of another version': { metadata: { name: 'scaled', resourceVersion: '1' }, spec: { replicas: 2 } },
  },
});
const apps = '/apis/apps/v1/namespaces/default';
const selected = { selector: { matchLabels: labels }, template: template(labels) };

export const subresourceSamples: SubresourceSample[] = [
  {
    title: 'ephemeral containers',
    collection: pods,
    owner: pod('debugged', { volumes: [{ name: 'v', emptyDir: {} }] }),
    verb: 'PUT',
    subresource: 'ephemeralcontainers',
    schemaName: 'io.k8s.api.core.v1.Pod',
    body: {
      ...pod('debugged', {
        ephemeralContainers: [
          {
            name: 'e',
            image,
            command: ['sh'],
            args: ['-c'],
            workingDir: '/x',
            envFrom: [{ configMapRef: { name: 'm' } }],
            env: [{ name: 'A', value: 'x' }],
            volumeMounts: [{ name: 'v', mountPath: '/v' }],
            terminationMessagePath: '/dev/x',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'Always',
            securityContext: { capabilities: { add: ['SYS_PTRACE'] }, runAsUser: 1 },
            stdin: true,
            stdinOnce: true,
            tty: true,
            targetContainerName: 'c',
          },
        ],
      }),
    },
    places: /^spec\.ephemeralContainers|^metadata\.|^spec = /,
  },
  {
    title: 'resize',
    collection: pods,
    owner: pod('resized', { initContainers: [side, init], containers: [resized] }),
    verb: 'PUT',
    subresource: 'resize',
    schemaName: 'io.k8s.api.core.v1.Pod',
    body: pod('resized', { initContainers: [side, init], containers: [resized] }),
    places:
      /^spec\.(?:initContainers|containers)(?: = |\[\d\](?: = |\.resources|\.resizePolicy|\.name|\.image))|^spec\.resources|^metadata\.|^spec = /,
  },
  {
    title: 'resize of the pod as a whole',
    collection: pods,
    owner: pod('whole', { resources: resourcesOf(), containers: [{ name: 'c', image }] }),
    verb: 'PUT',
    subresource: 'resize',
    schemaName: 'io.k8s.api.core.v1.Pod',
    body: pod('whole', { resources: { ...resourcesOf(), limits: { cpu: '2', memory: '64Mi' } } }),
    places: /^spec\.(?:containers\[\d\]\.resources|resources)/,
  },
  {
    title: 'binding',
    collection: pods,
    owner: pod('bound', {}),
    verb: 'POST',
    subresource: 'binding',
    schemaName: 'io.k8s.api.core.v1.Binding',
    body: {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'bound', labels: { a: 'b' }, annotations: { x: 'y' } },
      target: { kind: 'Node', name: 'node-1', apiVersion: 'v1', uid: 'u', fieldPath: 'f', resourceVersion: '1' },
    },
  },
  {
    title: 'eviction',
    collection: pods,
    owner: pod('evicted', {}),
    verb: 'POST',
    subresource: 'eviction',
    schemaName: 'io.k8s.api.policy.v1.Eviction',
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'evicted', namespace: 'default' },
      deleteOptions: { gracePeriodSeconds: 5, propagationPolicy: 'Background', dryRun: ['All'] },
    },
    also: {
      'of another': { metadata: { name: 'evicted' }, deleteOptions: { preconditions: { uid: 'other' } } },
      'of another version': {
        metadata: { name: 'evicted' },
        deleteOptions: { preconditions: { resourceVersion: '1' } },
      },
    },
  },
  {
    title: 'token',
    collection: '/api/v1/namespaces/default/serviceaccounts',
    owner: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'speaker' } },
    verb: 'POST',
    subresource: 'token',
    schemaName: 'io.k8s.api.authentication.v1.TokenRequest',
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['a', 'b'], expirationSeconds: 3600 },
    },
    also: {
      'for no pod': { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'none', uid: 'u' } } },
      'for no kind': { spec: { boundObjectRef: { kind: 'Odd', apiVersion: 'x/v1', name: 'none' } } },
      'for no secret': { spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'none' } } },
      'for no node': { spec: { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'none' } } },
    },
  },
  scaled(`${apps}/deployments`, { apiVersion: 'apps/v1', kind: 'Deployment' }, selected),
  scaled(`${apps}/replicasets`, { apiVersion: 'apps/v1', kind: 'ReplicaSet' }, selected),
  scaled(`${apps}/statefulsets`, { apiVersion: 'apps/v1', kind: 'StatefulSet' }, { ...selected, serviceName: 's' }),
  scaled(
    '/api/v1/namespaces/default/replicationcontrollers',
    { apiVersion: 'v1', kind: 'ReplicationController' },
    {
      selector: labels,
      template: template(labels),
    },
  ),
];
