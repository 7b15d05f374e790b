// What is said of pods that are taken, where no single change of a sample brings it out: the `Warning` headers.

import { type Case, merge, type Step } from './exchange.ts';
import { anyZone, appArmor, container, type Fields, labels, podSpec, posted, seccomp } from './warned.ts';

// Where there is an account for them to run as.
const pods = '/api/v1/namespaces/default/pods';
const pod = (spec: Fields, metadata: Fields = {}): Step => posted(pods, { spec: podSpec(spec) }, metadata);
const badValues = { key: 'zone', operator: 'In', values: ['ok', 'not ok', '-'] };
const affinityTerm = { topologyKey: 'kubernetes.io/hostname' };

const env = (...values: [name: string, value: string | Fields][]): Step =>
  pod({
    containers: [
      container({
        env: values.map(([name, value]) => ({
          name,
          ...(typeof value === 'string' ? { value } : { valueFrom: value }),
        })),
      }),
    ],
  });
const ports = (...lists: Fields[][]): Step =>
  pod({ containers: lists.map((list, index) => container({ name: `c${index}`, ports: list })) });
const files = (...paths: string[]): Fields[] => paths.map((path, index) => ({ key: `k${index}`, path }));
const volume = (source: Fields): Step => pod({ volumes: [{ name: 'v', ...source }] });
const projected = (...sources: Fields[]): Step => volume({ projected: { sources } });
const fieldRef = { fieldPath: 'metadata.name' };

const profiles = ['unconfined', 'runtime/default', 'localhost/a', 'localhost/', 'localhost/ a', '', 'other'];

export const podWarningCases: Case[] = [
  {
    name: 'warnings of pods: what is asked of nodes',
    steps: [
      pod({ nodeSelector: { 'beta.kubernetes.io/arch': 'x' } }),
      pod({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [anyZone] }, { matchExpressions: [{ ...anyZone, key: 'zone' }] }],
            },
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [anyZone, badValues] } },
            ],
          },
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [affinityTerm],
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: affinityTerm }],
          },
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [affinityTerm, { ...affinityTerm, labelSelector: {} }],
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: affinityTerm }],
          },
        },
      }),
      pod({
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: anyZone.key, whenUnsatisfiable: 'DoNotSchedule' }],
      }),
    ],
  },
  {
    name: 'warnings of pods: annotations',
    steps: [
      pod({}, { annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } }),
      pod(
        {},
        {
          annotations: {
            'security.alpha.kubernetes.io/unsafe-sysctls': 'x',
            'security.alpha.kubernetes.io/sysctls': 'x',
          },
        },
      ),
      pod({}, seccomp),
      pod({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }, seccomp),
      ...profiles.map((profile) => pod({}, appArmor(profile))),
      pod({ os: { name: 'windows' } }, appArmor('unconfined')),
      pod({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }, appArmor('unconfined')),
      pod({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }, appArmor('runtime/default')),
      pod({ containers: [container({ image: '' })] }, appArmor('unconfined')),
    ],
  },
  {
    name: 'warnings of pods: variables',
    steps: [
      env(['A', '1'], ['A', '2']),
      env(['A', '1'], ['A', '$(A)']),
      env(['A', '1'], ['A', '$(A)2']),
      env(['A', '1'], ['B', '2'], ['A', { fieldRef }], ['B', '$(A)'], ['A', '$(A):$(B)']),
    ],
  },
  {
    name: 'warnings of pods: ports',
    steps: [
      ports([{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }, { containerPort: 80 }]),
      ports([{ containerPort: 80, hostPort: 80 }, { containerPort: 80 }], [{ containerPort: 80, hostPort: 81 }]),
      ports([{ containerPort: 80, hostPort: 80 }], [{ containerPort: 80, hostPort: 80, hostIP: '1.2.3.4' }]),
      ports(
        [{ containerPort: 80, hostPort: 80, hostIP: '1.2.3.5' }],
        [{ containerPort: 80, hostPort: 80, hostIP: '1.2.3.4' }],
      ),
      ports(
        [{ name: 'http', containerPort: 80, hostIP: '1.2.3.4' }],
        [{ name: 'http', containerPort: 81 }],
        [{ name: 'http', containerPort: 82 }],
      ),
      pod({
        containers: [container({ ports: [{ containerPort: 80 }] })],
        initContainers: [container({ name: 'i', ports: [{ containerPort: 80 }] })],
      }),
    ],
  },
  {
    name: 'warnings of pods: files of volumes',
    steps: [
      volume({ configMap: { name: 'm', items: files('a', 'a/b', 'ab', 'a/', 'a/b/c') } }),
      volume({ secret: { secretName: 's', items: files('a/b', 'a', 'a') } }),
      volume({
        downwardAPI: {
          items: [
            { path: 'a', fieldRef },
            { path: 'a/b', fieldRef },
          ],
        },
      }),
      projected(
        { configMap: { name: 'm', items: files('a', 'a') } },
        { secret: { name: 's', items: files('a/c', 'd') } },
      ),
      projected(
        { downwardAPI: { items: [{ path: 'token', fieldRef }] } },
        { serviceAccountToken: { path: 'token' } },
        { configMap: { name: 'm' } },
        {},
        { clusterTrustBundle: { name: 'b', path: 'token' } },
      ),
      projected({}),
    ],
  },
  {
    name: 'warnings of pods: all else',
    steps: [
      pod({
        hostAliases: [
          { ip: '1.2.3.4', hostnames: ['a'] },
          { ip: '1.2.3.4', hostnames: ['b'] },
        ],
      }),
      pod({ hostAliases: [{ ip: '01.2.3.4' }, { ip: '::ffff:1.2.3.4' }, { ip: '2001:DB8:0:0::1' }] }),
      pod({ dnsConfig: { nameservers: ['8.8.8.8', '2001:db8:0:0:0:0:0:1', '010.0.0.1'] }, dnsPolicy: 'None' }),
      pod({ imagePullSecrets: [{ name: 'a' }, { name: '' }, { name: 'a' }, {}] }),
      pod({ terminationGracePeriodSeconds: -5 }),
      pod({
        volumes: ['1.5', '1500m', '1.5Gi', '9Ei', '0.5Ki'].map((size, index) => ({
          name: `v${index}`,
          ephemeral: {
            volumeClaimTemplate: {
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
            },
          },
        })),
      }),
      pod({
        containers: [
          container({
            resources: { limits: { memory: '1.5', 'ephemeral-storage': '100m' }, requests: { memory: '0.3' } },
          }),
        ],
        initContainers: [
          container({ name: 'i', resources: { requests: { memory: '1.5Ki', 'ephemeral-storage': '2500m' } } }),
        ],
      }),
      pod({}, { name: 'a.b' }),
      pod({}, { name: 'a'.repeat(70) }),
      [`POST ${pods}`, { metadata: { name: 'p.q' }, spec: podSpec({}) }],
      [`POST ${pods}`, { metadata: { name: 'p.q' }, spec: podSpec({}) }],
      [`PATCH ${pods}/p.q`, { metadata: { labels } }, merge],
      [
        `PATCH ${pods}/p.q/status`,
        {
          status: {
            podIP: '2001:DB8::1',
            podIPs: [{ ip: '2001:DB8::1' }],
            hostIP: '1.2.3.4',
            hostIPs: [{ ip: '1.2.3.4' }, { ip: '::FFFF' }],
          },
        },
        merge,
      ],
      `DELETE ${pods}/p.q?gracePeriodSeconds=0`,
    ],
  },
];
