import { expect, test } from 'vitest';
import type { Container, PodSpec } from '../../../apis/core/generated/v1.ts';
import { detailText, type Level, policyOf, violationsOf } from './policy.ts';

const hardened = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

const container = (securityContext: object = {}, rest: object = {}): Container => ({
  name: 'a',
  securityContext,
  ...rest,
});

function violations(
  spec: Partial<PodSpec>,
  level: Level,
  options: { version?: number; annotations?: Record<string, string> } = {},
): string {
  const shape = { annotations: options.annotations ?? {}, spec: { containers: [container(hardened)], ...spec } };
  return detailText(violationsOf(shape, { level, version: options.version ?? 'latest' }));
}

test.each<{
  name: string;
  spec: Partial<PodSpec>;
  version?: number;
  annotations?: Record<string, string>;
  baseline: string;
}>([
  { name: 'nothing special -> passes', spec: { containers: [container()] }, baseline: '' },
  {
    name: 'host namespaces',
    spec: { hostPID: true, hostNetwork: true },
    baseline: 'host namespaces (hostNetwork=true, hostPID=true)',
  },
  {
    name: 'privileged, also in an init container',
    spec: {
      initContainers: [{ name: 'i', securityContext: { privileged: true } }],
      containers: [container({ privileged: true })],
    },
    baseline: 'privileged (containers "i", "a" must not set securityContext.privileged=true)',
  },
  {
    name: 'capabilities beyond the default set',
    spec: { containers: [container({ capabilities: { add: ['SYS_ADMIN', 'CHOWN', 'NET_RAW'] } })] },
    baseline:
      'non-default capabilities (container "a" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
  },
  {
    name: 'hostPath',
    spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
    baseline: 'hostPath volumes (volume "v")',
  },
  {
    name: 'host ports',
    spec: {
      containers: [
        container(
          {},
          {
            ports: [
              { containerPort: 1, hostPort: 8080 },
              { containerPort: 2, hostPort: 80 },
            ],
          },
        ),
      ],
    },
    baseline: 'hostPort (container "a" uses hostPorts 80, 8080)',
  },
  {
    name: 'probe of another host, since 1.34',
    spec: { containers: [container({}, { livenessProbe: { httpGet: { port: 80, host: '10.0.0.1' } } })] },
    baseline: 'probe or lifecycle host (container "a" uses probe or lifecycle host "10.0.0.1")',
  },
  {
    name: 'probe of another host, before 1.34 -> passes',
    spec: { containers: [container({}, { livenessProbe: { httpGet: { port: 80, host: '10.0.0.1' } } })] },
    version: 33,
    baseline: '',
  },
  {
    name: 'unmasked /proc',
    spec: { containers: [container({ procMount: 'Unmasked' })] },
    baseline: 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
  },
  {
    name: 'unmasked /proc in a user namespace, since 1.35 -> passes',
    spec: { hostUsers: false, containers: [container({ procMount: 'Unmasked' })] },
    baseline: '',
  },
  {
    name: 'SELinux type and user',
    spec: { securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } },
    baseline: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
  },
  {
    name: 'SELinux container_engine_t since 1.31 -> passes',
    spec: { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } },
    baseline: '',
  },
  {
    name: 'seccomp switched off, pod and container',
    spec: {
      securityContext: { seccompProfile: { type: 'Unconfined' } },
      containers: [container({ seccompProfile: { type: 'Unconfined' } })],
    },
    baseline: 'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
  },
  {
    name: 'seccomp annotation before 1.19',
    spec: {},
    version: 18,
    annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
    baseline: 'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
  },
  {
    name: 'AppArmor annotation and field',
    spec: { containers: [container({ appArmorProfile: { type: 'Unconfined' } })] },
    annotations: { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' },
    baseline:
      'forbidden AppArmor profiles (container "a" and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"")',
  },
  {
    name: 'unsafe sysctl',
    spec: {
      securityContext: {
        sysctls: [
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.ipv4.tcp_rmem', value: '1' },
        ],
      },
    },
    baseline: 'forbidden sysctls (kernel.msgmax)',
  },
  {
    name: 'sysctl that is safe only since 1.32',
    spec: { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } },
    version: 31,
    baseline: 'forbidden sysctls (net.ipv4.tcp_rmem)',
  },
  {
    name: 'Windows host process',
    spec: { securityContext: { windowsOptions: { hostProcess: true } } },
    baseline: 'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
  },
])('baseline: $name', ({ spec, version, annotations, baseline }) => {
  expect(violations(spec, 'baseline', { ...(version && { version }), ...(annotations && { annotations }) })).toBe(
    baseline,
  );
  expect(violations(spec, 'privileged')).toBe('');
});

test.each<{ name: string; spec: Partial<PodSpec>; version?: number; want: string }>([
  { name: 'hardened pod -> passes', spec: {}, want: '' },
  {
    name: 'plain pod -> all of it',
    spec: { containers: [container()] },
    want: 'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  },
  {
    name: 'capability other than NET_BIND_SERVICE, named once',
    spec: {
      containers: [
        container({ ...hardened, capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE', 'SYS_TIME'] } }),
      ],
    },
    want: 'unrestricted capabilities (container "a" must not include "CHOWN", "SYS_TIME" in securityContext.capabilities.add)',
  },
  {
    name: 'volumes of other types',
    spec: {
      volumes: [
        { name: 'n', nfs: { server: 's', path: '/' } },
        { name: 'h', hostPath: { path: '/' } },
        { name: 'e', emptyDir: {} },
      ],
    },
    want: 'restricted volume types (volumes "n", "h" use restricted volume types "hostPath", "nfs")',
  },
  {
    name: 'root',
    spec: { securityContext: { runAsNonRoot: false, runAsUser: 0 } },
    want: 'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod must not set runAsUser=0)',
  },
  {
    name: 'root in a user namespace, since 1.35 -> passes',
    spec: { hostUsers: false, securityContext: { runAsNonRoot: false, runAsUser: 0 } },
    want: '',
  },
  {
    name: 'Windows pod without Linux settings, since 1.25 -> passes',
    spec: { os: { name: 'windows' }, containers: [container({ runAsNonRoot: true })] },
    want: '',
  },
  {
    name: 'restricted 1.21 has the baseline check of capabilities',
    spec: { containers: [container({ ...hardened, capabilities: { add: ['SYS_ADMIN'] } })] },
    version: 21,
    want: 'non-default capabilities (container "a" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
  },
])('restricted: $name', ({ spec, version, want }) => {
  expect(violations(spec, 'restricted', version ? { version } : {})).toBe(want);
});

const label = (mode: string): string => `pod-security.kubernetes.io/${mode}`;

test.each<{ name: string; labels: Record<string, string>; want: string; errors?: string[] }>([
  { name: 'no labels -> privileged', labels: {}, want: 'privileged:latest privileged:latest privileged:latest' },
  {
    name: 'enforced level is told as well',
    labels: { [label('enforce')]: 'baseline', [label('enforce-version')]: 'v1.30' },
    want: 'baseline:v1.30 privileged:latest baseline:v1.30',
  },
  {
    name: 'told level stays as set',
    labels: { [label('enforce')]: 'restricted', [label('warn')]: 'privileged' },
    want: 'restricted:latest privileged:latest privileged:latest',
  },
  {
    name: 'unreadable -> strict where enforced, silent where told',
    labels: { [label('enforce')]: 'strict', [label('warn')]: 'strict', [label('audit-version')]: '1.2' },
    want: 'restricted:latest privileged:latest privileged:latest',
    errors: [
      'metadata.labels[pod-security.kubernetes.io/enforce]',
      'metadata.labels[pod-security.kubernetes.io/audit-version]',
      'metadata.labels[pod-security.kubernetes.io/warn]',
    ],
  },
])('policyOf: $name', ({ labels, want, errors = [] }) => {
  const { policy, errors: found } = policyOf(labels);
  const text = [policy.enforce, policy.audit, policy.warn].map(
    ({ level, version }) => `${level}:${version === 'latest' ? version : `v1.${version}`}`,
  );
  expect(text.join(' ')).toBe(want);
  expect(found.map(({ field }) => field)).toEqual(errors);
});
