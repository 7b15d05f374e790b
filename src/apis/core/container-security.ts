// Which security contexts are refused? Source: pkg/apis/core/validation ValidateSecurityContext and
// validatePodSpecSecurityContext.

import { duplicate, forbidden, invalidValue, notSupported, required, tooLong } from '../../apimachinery/field-error.ts';
import { internalForm } from '../internal-form.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { listed, oneOf } from '../field-rules.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from './generated/v1.ts';
import { validateDescendingPath } from './paths.ts';
import { containersOf } from './placed-containers.ts';
import { validateWindowsOptions } from './windows.ts';

const idMax = 2 ** 31 - 1;
const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const sysctlMax = 253;
const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlPattern = `^(${sysctlSegment}[\\./])*${sysctlSegment}$`;

/** Causes against the security context of a container; `hostUsers`: the pod has the users of the host. */
export function validateSecurityContext(
  context: SecurityContext,
  { at, hostUsers }: { at: string; hostUsers: boolean },
): StatusCause[] {
  const { procMount, capabilities } = context;
  const causes = [
    ...validateId(context.runAsUser, `${at}.runAsUser`),
    ...validateId(context.runAsGroup, `${at}.runAsGroup`),
  ];
  if (procMount !== undefined && procMount !== 'Default' && procMount !== 'Unmasked')
    causes.push(notSupported(`${at}.procMount`, procMount, ['Default', 'Unmasked']));
  if (procMount === 'Unmasked' && hostUsers)
    causes.push(invalidValue(`${at}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  causes.push(...seccompCauses(context.seccompProfile, `${at}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    const cannot = 'cannot set `allowPrivilegeEscalation` to false and';
    if (context.privileged)
      causes.push(invalidValue(at, internalForm('SecurityContext', context), `${cannot} \`privileged\` to true`));
    for (const name of capabilities?.add ?? [])
      if (name === 'CAP_SYS_ADMIN')
        causes.push(invalidValue(at, context, `${cannot} \`capabilities.Add\` CAP_SYS_ADMIN`));
  }
  causes.push(...validateWindowsOptions(context.windowsOptions, `${at}.windowsOptions`));
  return [...causes, ...appArmorCauses(context.appArmorProfile, `${at}.appArmorProfile`)];
}

/** Causes against the security context of a pod. */
export function validatePodSecurityContext(spec: PodSpec, at: string): StatusCause[] {
  const context = spec.securityContext;
  if (!context) return [];
  const causes = (['fsGroup', 'runAsUser', 'runAsGroup'] as const).flatMap((field) =>
    validateId(context[field], `${at}.${field}`),
  );
  for (const [index, id] of (context.supplementalGroups ?? []).entries())
    causes.push(...validateId(id, `${at}.supplementalGroups[${index}]`));
  if (spec.shareProcessNamespace && spec.hostPID)
    causes.push(
      invalidValue(`${at}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'),
    );
  causes.push(...sysctlCauses(context.sysctls ?? [], spec, `${at}.sysctls`));
  causes.push(...policyCauses(context, at));
  return causes;
}

type Policy = 'fsGroupChangePolicy' | 'supplementalGroupsPolicy' | 'seLinuxChangePolicy';

function policyCauses(context: PodSecurityContext, at: string): StatusCause[] {
  const policy = (field: Policy, all: string[]) => listed(`${at}.${field}`, context[field], all);
  return [
    ...policy('fsGroupChangePolicy', ['Always', 'OnRootMismatch']),
    ...seccompCauses(context.seccompProfile, `${at}.seccompProfile`),
    ...validateWindowsOptions(context.windowsOptions, `${at}.windowsOptions`),
    ...appArmorCauses(context.appArmorProfile, `${at}.appArmorProfile`),
    ...policy('supplementalGroupsPolicy', ['Merge', 'Strict']),
    // MountOption belongs to a closed gate.
    ...policy('seLinuxChangePolicy', ['Recursive']),
  ];
}

/** Causes against the number of a user or a group. */
export function validateId(id: number | undefined, field: string): StatusCause[] {
  if (id === undefined || (id >= 0 && id <= idMax)) return [];
  return [invalidValue(field, id, `must be between 0 and ${idMax}, inclusive`)];
}

function seccompCauses(profile: SeccompProfile | undefined, at: string): StatusCause[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const field = `${at}.localhostProfile`;
  const causes = type
    ? oneOf(`${at}.type`, type, profileTypes)
    : [required(`${at}.type`, 'type is required when seccompProfile is set')];
  if (type === 'Localhost') {
    const why = 'must be set when seccomp type is Localhost';
    return [
      ...causes,
      ...(localhostProfile === undefined ? [required(field, why)] : validateDescendingPath(localhostProfile, field)),
    ];
  }
  if (localhostProfile === undefined) return causes;
  // Go's own type, which the message shows, has no names for JSON.
  const asInGo = { Type: type ?? '', LocalhostProfile: localhostProfile };
  return [...causes, invalidValue(field, asInGo, 'can only be set when seccomp type is Localhost')];
}

function appArmorCauses(profile: AppArmorProfile | undefined, at: string): StatusCause[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const field = `${at}.localhostProfile`;
  if (!type) return [required(`${at}.type`, 'type is required when appArmorProfile is set')];
  if (!profileTypes.includes(type)) return [notSupported(`${at}.type`, type, profileTypes)];
  if (type !== 'Localhost')
    return localhostProfile === undefined
      ? []
      : [invalidValue(field, localhostProfile, 'can only be set when AppArmor type is Localhost')];
  const missing = required(field, 'must be set when AppArmor type is Localhost');
  if (localhostProfile === undefined) return [missing];
  const causes: StatusCause[] = [];
  if (localhostProfile !== localhostProfile.trim())
    causes.push(invalidValue(field, localhostProfile, 'must not be padded with whitespace'));
  else if (localhostProfile === '') causes.push(missing);
  return Buffer.byteLength(localhostProfile) > 4095 ? [...causes, tooLong(field, 4095)] : causes;
}

function sysctlCauses(sysctls: Partial<Sysctl>[], { hostNetwork, hostIPC }: PodSpec, path: string): StatusCause[] {
  const seen = new Set<string>();
  return sysctls.flatMap(({ name = '' }, index) => {
    const field = `${path}[${index}].name`;
    const causes: StatusCause[] = [];
    if (!name) causes.push(required(field));
    else if (name.length > sysctlMax || !new RegExp(sysctlPattern).test(name))
      causes.push(
        invalidValue(field, name, `must have at most ${sysctlMax} characters and match regex ${sysctlPattern}`),
      );
    else if (seen.has(name)) causes.push(duplicate(field, name));
    seen.add(name);
    const namespace = sysctlNamespace(name);
    if (hostNetwork && namespace === 'net')
      causes.push(invalidValue(field, name, "may not be specified when 'hostNetwork' is true"));
    if (hostIPC && namespace === 'ipc')
      causes.push(invalidValue(field, name, "may not be specified when 'hostIPC' is true"));
    return causes;
  });
}

/** Which namespace keeps it apart from the host's. */
function sysctlNamespace(name: string): 'ipc' | 'net' | undefined {
  // The first separator decides which of the two is one.
  const dotted = /^[^./]*\//.test(name) ? name.replace(/[./]/g, (found) => (found === '/' ? '.' : '/')) : name;
  if (dotted === 'kernel.sem' || ['kernel.shm', 'kernel.msg', 'fs.mqueue.'].some((each) => dotted.startsWith(each)))
    return 'ipc';
  return dotted.startsWith('net.') ? 'net' : undefined;
}

/** Causes against a pod with users of its own that takes other namespaces, or devices, from the host. */
export function validateHostUsers(spec: PodSpec, path: string): StatusCause[] {
  const { hostUsers, hostNetwork, hostPID, hostIPC } = spec;
  if (hostUsers !== false) return [];
  const why = 'when `hostUsers` is false';
  return [
    ...(hostNetwork ? [forbidden(`${path}.hostNetwork`, why)] : []),
    ...(hostPID ? [forbidden(`${path}.HostPID`, why)] : []),
    ...(hostIPC ? [forbidden(`${path}.HostIPC`, why)] : []),
    ...containersOf(spec, path)
      .filter(({ container }) => container.volumeDevices?.length)
      .map(({ at }) => forbidden(`${at}.volumeDevices`, why)),
  ];
}
