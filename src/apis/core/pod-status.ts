// Which changes of a pod's status are refused, and what does no change clear? Source: pkg/apis/core/validation
// ValidatePodStatusUpdate and pkg/registry/core/pod/strategy.

import { duplicate, forbidden, invalidValue, notSupported, required, tooLong } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey } from '../../apimachinery/validation.ts';
import { immutable, named } from '../field-rules.ts';
import { validateId } from './container-security.ts';
import type { Container, Pod, PodSpec, PodStatus, ResourceStatus } from './generated/v1.ts';
import { validatePodAddresses } from './pod-addresses.ts';
import { validatePodAnnotations, validatePodAnnotationUpdates } from './pod-annotations.ts';

const ownConditions = ['PodScheduled', 'Ready', 'Initialized'];
const messageBytesMax = 1024;
const healths = ['Healthy', 'Unhealthy', 'Unknown'];
const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
type List = (typeof lists)[number];

/** Old agents drop the class, and clients of an older version the generations: both stay. */
export function keepPodStatus(pod: Pod, old: Pod): void {
  if (!old.status) return;
  const status = (pod.status ??= {});
  dropClosedStatus(status, old.status);
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

/** DRANodeAllocatableResources and ImageVolumeWithDigest. */
function dropClosedStatus(status: PodStatus, before: PodStatus): void {
  if (!before.nodeAllocatableResourceClaimStatuses) delete status.nodeAllocatableResourceClaimStatuses;
  const mounts = lists.flatMap((list) => (status[list] ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts));
  for (const mount of mounts) delete mount.volumeStatus;
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
  for (const [index, { type = '', observedGeneration }] of (status.conditions ?? []).entries()) {
    causes.push(...generationCauses(`status.conditions[${index}].observedGeneration`, observedGeneration));
    if (!ownConditions.includes(type)) causes.push(...named(`status.conditions[${index}].Type`, type, labelKey));
  }
  if (nominatedNodeName !== '' && nominatedNodeName !== before.nominatedNodeName) {
    causes.push(...named('status.nominatedNodeName', nominatedNodeName, dns1123Subdomain));
    if (old.spec?.nodeName)
      causes.push(forbidden('status.nominatedNodeName', 'may not be set on pods that are already bound to a node'));
  }
  causes.push(...generationCauses('status.observedGeneration', status.observedGeneration));
  causes.push(...immutable('status.qosClass', status.qosClass ?? '', before.qosClass ?? ''));
  for (const list of lists) causes.push(...transitionCauses(list, { status, before, spec: old.spec ?? spec }));
  causes.push(...claimCauses(status, spec), ...extendedClaimCauses(status, spec));
  causes.push(...validatePodAddresses(status, before), ...userCauses(status, spec));
  return [...causes, ...lists.flatMap((list) => deviceCauses(list, status, spec))];
}

function generationCauses(field: string, generation = 0): StatusCause[] {
  return generation < 0 ? [invalidValue(field, generation, 'must be a non-negative integer')] : [];
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
    const at = `status.resourceClaimStatuses[${index}].resourceClaimName`;
    return claim === undefined ? causes : [...causes, ...named(at, claim, dns1123Subdomain)];
  });
}

/** The claim that was made for what containers ask for by the name of a resource. */
function extendedClaimCauses({ extendedResourceClaimStatus: claim }: PodStatus, spec: PodSpec): StatusCause[] {
  if (!claim) return [];
  const at = 'status.extendedResourceClaimStatus';
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const { requestMappings: mappings, resourceClaimName: name } = claim;
  const seen = new Set<string>();
  const causes = mappings.flatMap(({ containerName, resourceName, requestName }, index) => {
    const place = `${at}.requestMappings[${index}]`;
    const container = containers.find((each) => each.name === containerName);
    const isAsked = Object.hasOwn(container?.resources?.requests ?? {}, resourceName);
    const own = [
      ...(container ? [] : [invalidValue(`${place}.containerName`, containerName, noContainer)]),
      ...(container && !isAsked ? [invalidValue(`${place}.resourceName`, resourceName, noRequest)] : []),
      // Upstream leaves out which of them it is.
      ...named(`${at}.requestName`, requestName, dns1123Label),
    ];
    const key = JSON.stringify([containerName, resourceName, requestName]);
    const isRepeated = seen.has(key);
    seen.add(key);
    if (!isRepeated) return own;
    const repeated = Object.entries({ containerName, resourceName, requestName });
    return [...own, ...repeated.map(([field, value]) => duplicate(`${place}.${field}`, value))];
  });
  if (mappings.length === 0)
    causes.unshift(required(`${at}.requestMappings`, 'at least one request mapping is required'));
  const ofName =
    name === '' ? [required(`${at}.resourceClaimName`)] : named(`${at}.resourceClaimName`, name, dns1123Subdomain);
  return [...causes, ...ofName];
}

const noContainer = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
const noRequest =
  'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';

function userCauses(status: PodStatus, { os }: PodSpec): StatusCause[] {
  return lists.flatMap((list) =>
    (status[list] ?? []).flatMap(({ user }, index) => {
      const at = `status.${list}[${index}].user.linux`;
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
  return resources.flatMap(({ resourceID, health = '', message }, index) => {
    const causes = healths.includes(health) ? [] : [notSupported(`${path}[${index}].health`, health, healths)];
    const at = `${path}[${index}].message`;
    if (message === '') causes.push(required(at, 'must be non-empty if specified'));
    else if (message !== undefined && Buffer.byteLength(message) > messageBytesMax)
      causes.push(tooLong(at, messageBytesMax));
    if (seen.has(resourceID)) causes.push(duplicate(`${path}[${index}].resourceID`, resourceID));
    seen.add(resourceID);
    return causes;
  });
}
