// Which changes of a pod's status are refused, and what does no change clear? Source: pkg/apis/core/validation
// ValidatePodStatusUpdate and pkg/registry/core/pod/strategy.

import { duplicate, forbidden, invalidValue, notSupported } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain, ipAddress, labelKey } from '../../apimachinery/validation.ts';
import { immutable, named } from '../field-rules.ts';
import { validateId } from './container-security.ts';
import type { Container, Pod, PodSpec, PodStatus, ResourceStatus } from './generated/v1.ts';
import { validatePodAnnotations, validatePodAnnotationUpdates } from './pod-annotations.ts';

const ownConditions = ['PodScheduled', 'Ready', 'Initialized'];
const healths = ['Healthy', 'Unhealthy', 'Unknown'];
const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
type List = (typeof lists)[number];

/** Old agents drop the class, and clients of an older version the generations: both stay. */
export function keepPodStatus(pod: Pod, old: Pod): void {
  if (!old.status) return;
  const status = (pod.status ??= {});
  if (!status.qosClass && old.status.qosClass) status.qosClass = old.status.qosClass;
  if (!status.observedGeneration && old.status.observedGeneration)
    status.observedGeneration = old.status.observedGeneration;
  // A list per type: several conditions of one type are allowed.
  const before = [...(old.status.conditions ?? [])];
  for (const condition of status.conditions ?? []) {
    const index = before.findIndex(({ type }) => type === condition.type);
    const [same] = index < 0 ? [] : before.splice(index, 1);
    if (!condition.observedGeneration && same?.observedGeneration)
      condition.observedGeneration = same.observedGeneration;
  }
}

/** Causes against an update of a pod's status. */
export function validatePodStatus(pod: Pod, old: Pod): StatusCause[] {
  const { metadata, spec = { containers: [] }, status = {} } = pod;
  const { status: before = {} } = old;
  const { nominatedNodeName = '' } = status;
  const causes = [
    ...validatePodAnnotationUpdates(pod, old, 'metadata.annotations'),
    ...validatePodAnnotations(metadata.annotations ?? {}, spec, 'metadata.annotations'),
  ];
  // Upstream says `metadata.conditions` of what stands in the status.
  for (const [index, { type }] of (status.conditions ?? []).entries())
    if (!ownConditions.includes(type))
      causes.push(...named(`metadata.conditions[${index}].Type`, type ?? '', labelKey));
  if (nominatedNodeName !== '' && nominatedNodeName !== before.nominatedNodeName)
    causes.push(...named('status.nominatedNodeName', nominatedNodeName, dns1123Subdomain));
  causes.push(...immutable('status.qosClass', status.qosClass ?? '', before.qosClass ?? ''));
  for (const list of lists) causes.push(...transitionCauses(list, { status, before, spec: old.spec ?? spec }));
  causes.push(...claimCauses(status, spec), ...addressCauses(status), ...userCauses(status, spec));
  return [...causes, ...lists.flatMap((list) => deviceCauses(list, status, spec))];
}

interface Change {
  status: PodStatus;
  before: PodStatus;
  spec: PodSpec;
}

/** What has ended for good does not run again. */
function transitionCauses(list: List, { status, before, spec }: Change): StatusCause[] {
  const policy = list === 'ephemeralContainerStatuses' ? 'Never' : spec.restartPolicy;
  if (policy === 'Always') return [];
  const sidecars = new Set(
    (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  return (before[list] ?? []).flatMap(({ name, state }, index) => {
    const ended = state?.terminated;
    if (!ended || (ended.exitCode !== 0 && policy === 'OnFailure')) return [];
    if (list === 'initContainerStatuses' && sidecars.has(name)) return [];
    return (status[list] ?? [])
      .filter((each) => each.name === name && !each.state?.terminated)
      .map(() => forbidden(`status.${list}[${index}].state`, 'may not be transitioned to non-terminated state'));
  });
}

function claimCauses({ resourceClaimStatuses = [] }: PodStatus, { resourceClaims = [] }: PodSpec): StatusCause[] {
  const seen = new Set<string>();
  return resourceClaimStatuses.flatMap(({ name, resourceClaimName: claim }, index) => {
    const field = `status.resourceClaimStatuses[${index}].name`;
    const causes: StatusCause[] = [];
    if (!resourceClaims.some((each) => each.name === name))
      causes.push(invalidValue(field, name, 'must match the name of an entry in `spec.resourceClaims`'));
    if (seen.has(name)) causes.push(duplicate(field, name));
    seen.add(name);
    return claim === undefined ? causes : [...causes, ...named(field, claim, dns1123Subdomain)];
  });
}

/** One address of each family, no more. */
function addressCauses({ podIPs = [], hostIPs = [], hostIP = '' }: PodStatus): StatusCause[] {
  const causes = familyCauses('status.podIPs', podIPs);
  const [first] = hostIPs;
  if (first && (first.ip ?? '') !== hostIP)
    causes.push(invalidValue('status.hostIPs[0].ip', first.ip ?? '', 'must be equal to `hostIP`'));
  return [...causes, ...familyCauses('status.hostIPs', hostIPs)];
}

function familyCauses(path: string, addresses: { ip?: string }[]): StatusCause[] {
  const causes = addresses.flatMap(({ ip = '' }, index) => named(`${path}[${index}]`, ip, ipAddress));
  if (addresses.length < 2) return causes;
  const families = new Set(addresses.map(({ ip }) => ip?.includes(':')));
  if (families.size < 2 || addresses.length > 2)
    causes.push(invalidValue(path, addresses, 'may specify no more than one IP for each IP family'));
  for (const [index, { ip }] of addresses.entries())
    if (addresses.slice(0, index).some((each) => each.ip === ip))
      causes.push(duplicate(`${path}[${index}]`, addresses[index]));
  return causes;
}

function userCauses(status: PodStatus, { os }: PodSpec): StatusCause[] {
  return lists.flatMap((list) =>
    (status[list] ?? []).flatMap(({ user }, index) => {
      const at = `status.${list}[${index}].linux`;
      if (!user?.linux) return [];
      if (os?.name === 'windows') return [forbidden(at, 'cannot be set for a windows pod')];
      const { uid, gid, supplementalGroups = [] } = user.linux;
      return [
        ...validateId(uid, `${at}.uid`),
        ...validateId(gid, `${at}.gid`),
        ...supplementalGroups.flatMap((id, i) => validateId(id, `${at}.supplementalGroups[${i}]`)),
      ];
    }),
  );
}

/** Health of the devices that containers were given. */
function deviceCauses(list: List, status: PodStatus, spec: PodSpec): StatusCause[] {
  const containers = list === 'initContainerStatuses' ? spec.initContainers : spec.containers;
  return (status[list] ?? []).flatMap((each, index) => {
    const at = `status.${list}[${index}].allocatedResourcesStatus`;
    const { allocatedResourcesStatus: devices } = each;
    if (!devices?.length) return [];
    if (list === 'ephemeralContainerStatuses') return [forbidden(at, 'must not be specified in container status')];
    const container = containers?.find(({ name }) => name === each.name);
    return devices.flatMap((device, i) => [
      ...(container ? deviceNameCauses(device, container, `${at}[${i}].name`) : []),
      ...healthCauses(device, `${at}[${i}].resources`),
    ]);
  });
}

function deviceNameCauses({ name }: ResourceStatus, { resources = {} }: Container, field: string): StatusCause[] {
  if (name.startsWith('claim:')) {
    const claims = (resources.claims ?? []).map(
      (each) => `claim:${each.name}${each.request ? `/${each.request}` : ''}`,
    );
    const why =
      "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
    return claims.includes(name) ? [] : [invalidValue(field, name, why)];
  }
  if (Object.hasOwn(resources.requests ?? {}, name)) return [];
  return [invalidValue(field, name, "must match one of the container's resource requests")];
}

function healthCauses({ resources = [] }: ResourceStatus, path: string): StatusCause[] {
  const seen = new Set<string>();
  return resources.flatMap(({ resourceID, health = '' }, index) => {
    const causes = healths.includes(health) ? [] : [notSupported(`${path}[${index}].health`, health, healths)];
    if (seen.has(resourceID)) causes.push(duplicate(`${path}[${index}].resourceID`, resourceID));
    seen.add(resourceID);
    return causes;
  });
}
