// What may a pod say about its operating system? Source: pkg/apis/core/validation validateOS, validateLinux,
// validateWindows, validateWindowsSecurityContextOptions and validateWindowsHostProcessPod.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { wasSent } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type { PodSpec, WindowsSecurityContextOptions } from './generated/v1.ts';
import { containersOf } from './placed-containers.ts';

const specKiBMax = 64;
const domainMax = 256;
const userMax = 104;
const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const dnsName = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);

/** Causes against the options for Windows of a container or a pod. */
export function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, at: string): StatusCause[] {
  if (!options) return [];
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName: userName } = options;
  const causes = specName === undefined ? [] : named(`${at}.gmsaCredentialSpecName`, specName, dns1123Subdomain);
  const field = `${at}.gmsaCredentialSpec`;
  if (spec === '') causes.push(invalidValue(field, spec, 'gmsaCredentialSpec cannot be an empty string'));
  if (spec !== undefined && Buffer.byteLength(spec) > specKiBMax * 1024)
    causes.push(invalidValue(field, spec, `gmsaCredentialSpec size must be under ${specKiBMax} KiB`));
  if (userName === undefined) return causes;
  return [...causes, ...userProblems(userName).map((why) => invalidValue(`${at}.runAsUserName`, userName, why))];
}

function userProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (Array.from(name).some(isControl)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const user = parts.at(-1) ?? '';
  const problems: string[] = [];
  if (domain !== undefined && domain.length >= domainMax)
    problems.push(`runAsUserName's Domain length must be under ${domainMax} characters`);
  if (domain !== undefined && !netBiosName.test(domain) && !dnsName.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  if (user.length > userMax) problems.push(`runAsUserName's User length must not be longer than ${userMax} characters`);
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    problems.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  return problems;
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || code === 0x7f;
}

/** Causes against containers that are processes of a Windows host. */
export function validateHostProcesses(spec: PodSpec, path: string): StatusCause[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const all = containersOf(spec, path);
  const causes: StatusCause[] = [];
  let count = 0;
  for (const { container, at } of all) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (own !== undefined && ofPod !== undefined && own !== ofPod) {
      const why = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      causes.push(invalidValue(`${at}.securityContext.windowsOptions.hostProcess`, own, why));
    }
    if (own ?? ofPod) count += 1;
  }
  if (count === 0) return causes;
  if (count !== all.length) {
    const why = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    causes.push(invalidValue(path, '', why));
  }
  if (!spec.hostNetwork) {
    const why = 'hostNetwork must be true if pod contains any hostProcess containers';
    causes.push(invalidValue(`${path}.hostNetwork`, false, why));
  }
  return causes;
}

const foreignToPods = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const;
const foreignToContainers = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

/** Causes against the named operating system, and against what it does not have. */
export function validateOs(spec: PodSpec, path: string): StatusCause[] {
  const { os } = spec;
  if (!os) return [];
  if (!os.name) return [required(`${path}.os.name`)];
  if (os.name !== 'linux' && os.name !== 'windows') return [notSupported(`${path}.os`, os.name, ['linux', 'windows'])];
  return os.name === 'linux' ? linuxCauses(spec, path) : windowsCauses(spec, path);
}

function linuxCauses(spec: PodSpec, path: string): StatusCause[] {
  const contexts = [
    { context: spec.securityContext, at: path },
    ...containersOf(spec, path).map(({ container, at }) => ({ context: container.securityContext, at })),
  ];
  return contexts
    .filter(({ context }) => context?.windowsOptions)
    .map(({ at }) =>
      forbidden(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod'),
    );
}

function windowsCauses(spec: PodSpec, path: string): StatusCause[] {
  const refuse = (field: string): StatusCause => forbidden(field, 'cannot be set for a windows pod');
  const { securityContext: context } = spec;
  const ofPod = foreignToPods
    .filter((field) => (field === 'sysctls' ? context?.sysctls : wasSent(context, field)))
    .map((field) => refuse(`${path}.securityContext.${field}`));
  const ofSpec = [
    ...(spec.hostUsers === undefined ? [] : [refuse(`${path}.hostUsers`)]),
    ...(spec.hostPID ? [refuse(`${path}.hostPID`)] : []),
    ...(spec.hostIPC ? [refuse(`${path}.hostIPC`)] : []),
    ...(spec.shareProcessNamespace === undefined ? [] : [refuse(`${path}.shareProcessNamespace`)]),
  ];
  const ofContainers = containersOf(spec, path).flatMap(({ container, at }) =>
    foreignToContainers
      .filter((field) => wasSent(container.securityContext, field))
      .map((field) => refuse(`${at}.securityContext.${field}`)),
  );
  return [...ofPod, ...ofSpec, ...ofContainers];
}
