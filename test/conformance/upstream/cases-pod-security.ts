// What do the levels of pod security say of pods, of what makes pods, and of namespaces?

import {
  type AdmissionCase,
  container,
  deployment,
  deployments,
  levels,
  type PodParts,
  pod,
  pods,
  secure,
  tried,
} from './admission.ts';
import { merge, strategic } from './exchange.ts';

const inContext = (more: object): PodParts => ({ securityContext: { ...secure, ...more } });
const volume = (source: object): PodParts => ({ spec: { volumes: [{ name: 'v', ...source }] } });

/** Each breaks one rule of a level, or none. */
const podParts: PodParts[] = [
  {},
  { securityContext: {} },
  { securityContext: { ...secure, runAsNonRoot: false } },
  { spec: { hostNetwork: true } },
  { spec: { hostPID: true, hostIPC: true, hostNetwork: true } },
  { of: { ports: [{ containerPort: 80, hostPort: 80 }] } },
  {
    of: {
      ports: [
        { containerPort: 80, hostPort: 80 },
        { containerPort: 81, hostPort: 81 },
      ],
    },
  },
  inContext({ privileged: true, allowPrivilegeEscalation: true }),
  inContext({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
  inContext({ capabilities: { drop: ['ALL'], add: ['CHOWN', 'SYS_ADMIN', 'NET_RAW'] } }),
  inContext({ capabilities: { drop: ['NET_RAW'] } }),
  inContext({ runAsUser: 0 }),
  inContext({ runAsUser: 1000 }),
  inContext({ seccompProfile: { type: 'Unconfined' } }),
  inContext({ seccompProfile: { type: 'Localhost', localhostProfile: 'x' } }),
  inContext({ seccompProfile: undefined }),
  inContext({ procMount: 'Unmasked' }),
  inContext({ seLinuxOptions: { type: 'spc_t', user: 'u', role: 'r' } }),
  inContext({ seLinuxOptions: { type: 'container_t' } }),
  inContext({ appArmorProfile: { type: 'Unconfined' } }),
  inContext({ windowsOptions: { hostProcess: true } }),
  { spec: { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } } },
  {
    spec: {
      securityContext: {
        sysctls: [
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.core.somaxconn', value: '1' },
        ],
      },
    },
  },
  { spec: { securityContext: { runAsUser: 0, runAsNonRoot: true } } },
  {
    spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  },
  {
    spec: {
      securityContext: {
        seccompProfile: { type: 'Unconfined' },
        seLinuxOptions: { type: 'x' },
        appArmorProfile: { type: 'Unconfined' },
      },
    },
  },
  { metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } } },
  volume({ hostPath: { path: '/x' } }),
  volume({ emptyDir: {} }),
  volume({ nfs: { server: 's', path: '/p' } }),
  volume({ gitRepo: { repository: 'r' } }),
  volume({ csi: { driver: 'd' } }),
  {
    spec: {
      volumes: [
        { name: 'a', hostPath: { path: '/x' } },
        { name: 'b', nfs: { server: 's', path: '/p' } },
        { name: 'c', iscsi: { targetPortal: 't', iqn: 'iqn.2001-04.com.example:x', lun: 0 } },
      ],
    },
  },
  { of: { livenessProbe: { httpGet: { port: 80, host: 'h' } } } },
  { of: { lifecycle: { preStop: { tcpSocket: { port: 80, host: 'h' } } } } },
  { of: { lifecycle: { postStart: { httpGet: { port: 80, host: '127.0.0.1' } } } } },
  { spec: { initContainers: [{ name: 'i', image: 'i', securityContext: { privileged: true } }] } },
  {
    spec: {
      containers: [
        { ...container, securityContext: {} },
        { name: 'd', image: 'i' },
      ],
    },
  },
  { spec: { hostUsers: false, securityContext: { runAsUser: 0 } } },
  { spec: { os: { name: 'windows' } } },
  { spec: { os: { name: 'windows' } }, securityContext: { windowsOptions: { runAsUserName: 'u' } } },
];

const everyPod = podParts.map((parts) => tried(pod(parts)));
export const podSecurityCases: AdmissionCase[] = [
  { name: 'pod security: restricted', prepared: [levels({ enforce: 'restricted' })], steps: everyPod },
  { name: 'pod security: baseline', prepared: [levels({ enforce: 'baseline' })], steps: everyPod },
  {
    name: 'pod security: privileged, told',
    prepared: [levels({ enforce: 'privileged', warn: 'restricted' })],
    steps: everyPod,
  },
  {
    name: 'pod security: an older version',
    prepared: [
      levels({ enforce: 'restricted', 'enforce-version': 'v1.18', warn: 'baseline', 'warn-version': 'v1.24' }),
    ],
    steps: everyPod,
  },
  {
    name: 'pod security: templates, updates, labels',
    prepared: [
      [`POST ${pods}`, pod({ metadata: { name: 'one' }, securityContext: {} })],
      [`POST ${pods}`, pod({ metadata: { name: 'two' }, spec: { hostNetwork: true } })],
      [`POST ${pods}`, pod({ metadata: { name: 'three' } })],
    ],
    steps: [
      levels({ enforce: 'restricted' }),
      levels({ enforce: 'baseline' }),
      levels({ enforce: 'restricted', warn: 'restricted' }),
      levels({ enforce: 'bogus' }),
      levels({ 'enforce-version': 'bogus' }),
      levels({ warn: 'bogus', audit: 'bogus' }),
      tried(deployment({ securityContext: {} }), deployments),
      tried(deployment({ spec: { hostNetwork: true } }), deployments),
      tried(deployment({}), deployments),
      tried(
        {
          metadata: { name: 'c' },
          spec: {
            schedule: '* * * * *',
            jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } } },
          },
        },
        '/apis/batch/v1/namespaces/{ns}/cronjobs',
      ),
      [`PATCH ${pods}/one`, { metadata: { labels: { a: 'b' } } }, merge],
      [`PATCH ${pods}/one`, { spec: { containers: [{ name: 'c', image: 'j' }] } }, strategic],
      [
        `PATCH ${pods}/two/ephemeralcontainers`,
        { spec: { ephemeralContainers: [{ name: 'e', image: 'i', securityContext: { privileged: true } }] } },
        strategic,
      ],
    ],
  },
];
