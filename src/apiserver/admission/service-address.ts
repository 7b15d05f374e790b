// Which addresses and node ports does a service get? Nothing routes to them: they name the service in tables and in specs.
// Source: pkg/registry/core/service/storage (alloc.go, and normalizeClusterIPs and patchAllocatedValues of storage.go).

import { isIP } from 'node:net';
import { invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { Service, ServiceSpec } from '../../apis/core/generated/v1.ts';
import { validateServiceAddresses } from '../../apis/core/service-addresses.ts';
import { needsHealthCheck, needsNodePort } from '../../apis/core/service-facts.ts';
import { assert } from '../../base/assert.ts';
import { type Random, randomBelow } from '../../base/random.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import { invalidObject } from '../registry/incoming.ts';
import type { AdmissionRequest } from './chain.ts';
import { dropTrafficPolicy, dropUseless, keepAllocated, normalizeAddresses } from './service-allocation.ts';

const attemptsMax = 1000;
const range = '10.96.0.0/16';
const nodePorts = { min: 30_000, count: 2768, text: '30000-32767' };

/** Fills in what a service has none of; what an update leaves out it keeps. Rejects with Invalid. */
export async function serviceAddress({ verb, operation, object, old }: AdmissionRequest): Promise<void> {
  if (verb === 'DELETE' || operation.entry.groupResource !== 'services' || operation.info.subresource !== '') return;
  const { spec, metadata } = object as Service;
  if (!spec) return;
  const before = (old as Partial<Service> | undefined)?.spec;
  if (before) keepAllocated(spec, before);
  normalizeAddresses(spec, before);
  if (before) dropUseless(spec, before);
  dropTrafficPolicy(spec);
  const refuse = (causes: StatusCause[]): void => {
    if (causes.length > 0) throw invalidObject(operation, metadata.name, causes);
  };
  refuse(settleFamilies(spec, before));
  await operation.cache.caughtUp(operation.signal);
  const others = cachedObjects<Service>(operation, { group: '', plural: 'services' }).filter(
    (each) => each.metadata.uid !== old?.metadata.uid,
  );
  refuse(allocateAddress(spec, others, operation.random));
  refuse(allocateNodePorts(spec, others, operation));
}

/** Sets the policy and the families that follow from the rest. */
function settleFamilies(spec: ServiceSpec, before: ServiceSpec | undefined): StatusCause[] {
  if (spec.type === 'ExternalName') return [];
  const isBare = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (isBare ? 'RequireDualStack' : 'SingleStack');
  const wrong = validateServiceAddresses(spec, before);
  if (wrong.length > 0) return wrong;
  const { clusterIPs = [], ipFamilyPolicy: policy } = spec;
  const policyField = 'spec.ipFamilyPolicy';
  const dual = (what: string): StatusCause =>
    invalidValue(
      policyField,
      policy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    );
  const causes: StatusCause[] = [];
  if (policy !== 'SingleStack') {
    const isFewer = (now: unknown[] = [], old: unknown[] = []): boolean => now.length > 0 && now.length < old.length;
    const release = (what: string): StatusCause =>
      invalidValue(policyField, policy, `must be 'SingleStack' to release the secondary ${what}`);
    if (isFewer(clusterIPs, before?.clusterIPs)) causes.push(release('cluster IP'));
    if (isFewer(spec.ipFamilies, before?.ipFamilies)) causes.push(release('IP family'));
  } else {
    if (clusterIPs.length === 2) causes.push(dual('cluster IPs'));
    if (spec.ipFamilies?.length === 2) causes.push(dual('IP families'));
  }
  for (const [index, ip] of clusterIPs.entries()) {
    if (ip === 'None') break;
    if (index < (spec.ipFamilies?.length ?? 0)) continue;
    if (isIP(ip) === 6)
      causes.push(invalidValue(`spec.clusterIPs[${index}]`, clusterIPs, 'IPv6 is not configured on this cluster'));
    else spec.ipFamilies = [...(spec.ipFamilies ?? []), 'IPv4'];
  }
  if (causes.length > 0) return causes;
  if (isBare) {
    const families = spec.ipFamilies?.length ? spec.ipFamilies : ['IPv4'];
    const other = families[0] === 'IPv4' ? 'IPv6' : 'IPv4';
    spec.ipFamilies = families.length < 2 && policy !== 'SingleStack' ? [...families, other] : families;
    return [];
  }
  if (policy === 'RequireDualStack')
    causes.push(invalidValue(policyField, policy, 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (family !== 'IPv4')
      causes.push(invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  }
  if (causes.length === 0 && !spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
  return causes;
}

function allocateAddress(spec: ServiceSpec, others: readonly Service[], random: Random): StatusCause[] {
  if (spec.type === 'ExternalName' || spec.clusterIP === 'None') return [];
  const taken = new Set(others.map((each) => each.spec?.clusterIP));
  if (!spec.clusterIP) {
    spec.clusterIP = freeAddress(random, taken);
    spec.clusterIPs = [spec.clusterIP];
    return [];
  }
  const ip = spec.clusterIP;
  const why = !ip.startsWith('10.96.')
    ? `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${range}`
    : taken.has(ip)
      ? 'provided IP is already allocated'
      : undefined;
  if (why === undefined) return [];
  return [invalidValue('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${ip}: ${why}`)];
}

function freeAddress(random: Random, taken: ReadonlySet<string | undefined>): string {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    // The first addresses are left to those that upstream fixes: 10.96.0.1 and 10.96.0.10.
    const number = 256 + randomBelow(random, 65536 - 512);
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  assert(false, `No free service address was found in ${range}`);
}

/** Ports of the same number, of two protocols, share one node port. */
function allocateNodePorts(
  spec: ServiceSpec,
  others: readonly Service[],
  { random, write: { isDryRun } }: Pick<AdmissionRequest['operation'], 'random' | 'write'>,
): StatusCause[] {
  const taken = new Set(others.flatMap((each) => nodePortsOf(each.spec)));
  const free = (): number => {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const port = nodePorts.min + randomBelow(random, nodePorts.count);
      if (!taken.has(port)) return port;
    }
    assert(false, `No free node port was found in ${nodePorts.text}`);
  };
  const causes: StatusCause[] = [];
  if (needsNodePort(spec)) {
    const mayAllocate = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts === true;
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const twin = spec.ports?.find((each) => each.port === port.port && each.nodePort)?.nodePort;
      if (!port.nodePort && mayAllocate) port.nodePort = twin ?? free();
      if (!port.nodePort) continue;
      const why = nodePortProblem(port.nodePort, taken);
      if (why) causes.push(invalidValue(`spec.ports[${index}].nodePort`, port.nodePort, why));
    }
  }
  if (causes.length === 0 && needsHealthCheck(spec)) spec.healthCheckNodePort ||= free();
  // Where nothing is stored upstream's allocator takes any port.
  return isDryRun ? [] : causes.slice(0, 1);
}

function nodePortProblem(port: number, taken: ReadonlySet<number>): string | undefined {
  if (port < nodePorts.min || port >= nodePorts.min + nodePorts.count)
    return `provided port is not in the valid range. The range of valid ports is ${nodePorts.text}`;
  return taken.has(port) ? 'provided port is already allocated' : undefined;
}

function nodePortsOf(spec: ServiceSpec | undefined): number[] {
  const ports = (spec?.ports ?? []).map(({ nodePort }) => nodePort);
  return [...ports, spec?.healthCheckNodePort].filter((port): port is number => port !== undefined && port !== 0);
}
