// Which known ways to break out of a container does the baseline level forbid?
// Source: k8s.io/pod-security-admission/policy, texts and sets as there.

import type { Container, Probe, SELinuxOptions } from '../../../apis/core/generated/v1.ts';
import {
  type Check,
  containersOf,
  distinct,
  isRootContained,
  namesOf,
  type PodShape,
  plural,
  quoted,
  setters,
  type Violation,
} from './check.ts';

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const isAllowedProfile = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost';

function appArmorProfile(pod: PodShape): Violation | undefined {
  const own = pod.spec.securityContext?.appArmorProfile?.type;
  const isPodBad = own !== undefined && !isAllowedProfile(own);
  const bad = containersOf(pod).filter(({ securityContext }) => {
    const type = securityContext?.appArmorProfile?.type;
    return type !== undefined && !isAllowedProfile(type);
  });
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !/^(?:|runtime\/default|localhost\/.*)$/.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  if (!isPodBad && bad.length === 0 && annotations.length === 0) return undefined;
  const types = bad.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? '');
  const values = [...distinct([...(isPodBad ? [own] : []), ...types]), ...annotations];
  const who = [
    setters(isPodBad, bad),
    ...(annotations.length > 0 ? [plural(annotations.length, 'annotation', 'annotations')] : []),
  ];
  return {
    reason: plural(values.length, 'forbidden AppArmor profile', 'forbidden AppArmor profiles'),
    detail: `${who.filter(Boolean).join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
}

const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

function capabilities(pod: PodShape): Violation | undefined {
  const extra = ({ securityContext }: Container): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
  const bad = containersOf(pod).filter((container) => extra(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = quoted(distinct(bad.flatMap(extra)));
  return {
    reason: 'non-default capabilities',
    detail: `${namesOf(bad)} must not include ${names} in securityContext.capabilities.add`,
  };
}

function hostNamespaces({ spec }: PodShape): Violation | undefined {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') };
}

function hostPathVolumes({ spec }: PodShape): Violation | undefined {
  const bad = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (bad.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural(bad.length, 'volume', 'volumes')} ${quoted(bad)}` };
}

function hostPorts(pod: PodShape): Violation | undefined {
  const portsOf = ({ ports = [] }: Container): string[] =>
    ports.filter(({ hostPort }) => hostPort).map(({ hostPort }) => String(hostPort));
  const bad = containersOf(pod).filter((container) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = distinct(bad.flatMap(portsOf));
  const uses = plural(bad.length, 'uses', 'use');
  return {
    reason: 'hostPort',
    detail: `${namesOf(bad)} ${uses} ${plural(ports.length, 'hostPort', 'hostPorts')} ${ports.join(', ')}`,
  };
}

function hostProbes(pod: PodShape): Violation | undefined {
  const bad = containersOf(pod).filter((container) => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = distinct(bad.map(({ name }) => name));
  const hosts = distinct(bad.flatMap(hostsOf));
  const what = plural(hosts.length, 'probe or lifecycle host', 'probe or lifecycle hosts');
  const who = `${plural(names.length, 'container', 'containers')} ${quoted(names)}`;
  return {
    reason: 'probe or lifecycle host',
    detail: `${who} ${plural(names.length, 'uses', 'use')} ${what} ${quoted(hosts)}`,
  };
}

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] {
  const handlers: (Pick<Probe, 'httpGet' | 'tcpSocket'> | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return handlers
    .flatMap((each) => [each?.httpGet?.host, each?.tcpSocket?.host])
    .filter((host) => host !== undefined && host !== '') as string[];
}

function privileged(pod: PodShape): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.privileged === true);
  if (bad.length === 0) return undefined;
  return { reason: 'privileged', detail: `${namesOf(bad)} must not set securityContext.privileged=true` };
}

/** Anything but the default, hidden /proc. */
export function procMountViolation(pod: PodShape): Violation | undefined {
  const bad = containersOf(pod).filter(
    ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default',
  );
  if (bad.length === 0) return undefined;
  const types = distinct(bad.map(({ securityContext }) => securityContext?.procMount ?? ''));
  return { reason: 'procMount', detail: `${namesOf(bad)} must not set securityContext.procMount to ${quoted(types)}` };
}

function seLinuxOptions(pod: PodShape, minor: number): Violation | undefined {
  const allowed = [
    '',
    'container_t',
    'container_init_t',
    'container_kvm_t',
    ...(minor >= 31 ? ['container_engine_t'] : []),
  ];
  const isBad = (options: SELinuxOptions | undefined): boolean =>
    options !== undefined && (!allowed.includes(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  const own = pod.spec.securityContext?.seLinuxOptions;
  const bad = containersOf(pod).filter(({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  if (!isBad(own) && bad.length === 0) return undefined;
  const all = [...(own ? [own] : []), ...bad.map(({ securityContext }) => securityContext?.seLinuxOptions ?? {})];
  const types = distinct(all.map(({ type = '' }) => type).filter((type) => !allowed.includes(type)));
  const what = [
    ...(types.length > 0 ? [`${plural(types.length, 'type', 'types')} ${quoted(types)}`] : []),
    ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
    ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${setters(isBad(own), bad)} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
  };
}

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

/** Before 1.19 the profile was an annotation. */
function seccompAnnotations(pod: PodShape): Violation | undefined {
  const keys = [seccompPod, ...containersOf(pod).map(({ name }) => `${seccompContainerPrefix}${name}`)];
  const bad = distinct(
    keys
      .filter(
        (key) =>
          !/^(?:runtime\/default|docker\/default|localhost\/.*)$/.test(pod.annotations[key] ?? 'runtime/default'),
      )
      .map((key) => `${key}=${JSON.stringify(pod.annotations[key])}`),
  );
  if (bad.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural(bad.length, 'annotation', 'annotations')} ${bad.join(', ')}`,
  };
}

/** A profile that is set, but to something else than the runtime's default or a local file. */
export function seccompSetBadly(pod: PodShape): Violation | undefined {
  const own = pod.spec.securityContext?.seccompProfile?.type;
  const isPodBad = own !== undefined && !isAllowedProfile(own);
  const typeOf = ({ securityContext }: Container): string | undefined => securityContext?.seccompProfile?.type;
  const bad = containersOf(pod).filter((container) => !isAllowedProfile(typeOf(container) ?? 'RuntimeDefault'));
  if (!isPodBad && bad.length === 0) return undefined;
  const values = distinct([...(isPodBad ? [own] : []), ...bad.map((container) => typeOf(container) ?? '')]);
  return {
    reason: 'seccompProfile',
    detail: `${setters(isPodBad, bad)} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
}

// By the minor version that first allows them.
const safeSysctls: Record<string, number> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};

function sysctls({ spec }: PodShape, minor: number): Violation | undefined {
  const bad = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => !((safeSysctls[name] ?? Number.POSITIVE_INFINITY) <= minor));
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
}

function windowsHostProcess(pod: PodShape): Violation | undefined {
  const isPodBad = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  if (!isPodBad && bad.length === 0) return undefined;
  return {
    reason: 'hostProcess',
    detail: `${setters(isPodBad, bad)} must not set securityContext.windowsOptions.hostProcess=true`,
  };
}

const baseline = (id: string, run: Check['run'], since = 0): Check => ({ id, level: 'baseline', since, run });

/** In the order in which messages list them: by name. */
export const baselineChecks: readonly Check[] = [
  baseline('appArmorProfile', appArmorProfile),
  baseline('capabilities_baseline', capabilities),
  baseline('hostNamespaces', hostNamespaces),
  baseline('hostPathVolumes', hostPathVolumes),
  baseline('hostPorts', hostPorts),
  baseline('hostProbesAndHostLifecycle', hostProbes, 34),
  baseline('privileged', privileged),
  baseline('procMount', (pod, minor) => (isRootContained(pod, minor) ? undefined : procMountViolation(pod))),
  baseline('seLinuxOptions', seLinuxOptions),
  baseline('seccompProfile_baseline', (pod, minor) => (minor >= 19 ? seccompSetBadly(pod) : seccompAnnotations(pod))),
  baseline('sysctls', sysctls),
  baseline('windowsHostProcess', windowsHostProcess),
];
