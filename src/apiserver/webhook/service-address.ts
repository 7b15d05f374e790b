// Where does a service of the cluster listen? Its endpoint slices or endpoints, or, as nothing routes cluster addresses
// here, the ready pods that it selects, at their nodes' addresses.

import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { ServiceReference } from '../../apis/apiextensions/generated/v1.ts';
import type { Endpoints, Pod, Service, ServicePort } from '../../apis/core/generated/v1.ts';
import type { EndpointSlice } from '../../apis/discovery/generated/v1.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import { cachedObject, cachedObjects } from '../registry/cached-objects.ts';

export interface ServiceAddress {
  host: string;
  port: number;
}

/** Why a service can't be reached, in upstream's words. */
export class ServiceAddressError extends Error {
  override readonly name = 'ServiceAddressError';
}

const defaultPort = 443;

/** The address to call. Throws ServiceAddressError. */
export function serviceAddress(parts: { cache: WatchCache }, reference: ServiceReference): ServiceAddress {
  const { name, namespace, port = defaultPort } = reference;
  const key = `${namespace}/${name}`;
  const service = cachedObject<Service>(parts, { group: '', plural: 'services', key });
  if (!service) throw new ServiceAddressError(`service ${JSON.stringify(name)} not found`);
  const { spec = {} } = service;
  if (spec.type === 'ExternalName' && spec.externalName) return { host: spec.externalName, port };
  const servicePort = spec.ports?.find((each) => each.port === port);
  if (!servicePort) throw new ServiceAddressError(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const found = endpointOf(parts, service, servicePort);
  if (!found) throw new ServiceAddressError(`no endpoints available for service ${JSON.stringify(name)}`);
  return found;
}

/** Where one of the service's endpoints listens for a port; undefined if there is none. */
export function endpointOf(
  parts: { cache: WatchCache },
  service: Service,
  servicePort: ServicePort,
): ServiceAddress | undefined {
  const { name, namespace = '' } = service.metadata;
  const slices = cachedObjects<EndpointSlice>(parts, {
    group: 'discovery.k8s.io',
    plural: 'endpointslices',
    namespace,
  });
  const own = slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  const endpoints = cachedObject<Endpoints>(parts, { group: '', plural: 'endpoints', key: `${namespace}/${name}` });
  return (
    fromSlices(own, servicePort) ??
    fromEndpoints(endpoints, servicePort) ??
    fromPods(cachedObjects<Pod>(parts, { group: '', plural: 'pods', namespace }), service, servicePort)
  );
}

function fromSlices(slices: EndpointSlice[], { name = '' }: ServicePort): ServiceAddress | undefined {
  for (const { endpoints, ports = [] } of slices) {
    const port = ports.find((each) => (each.name ?? '') === name)?.port;
    // Who does not say whether it is ready, is.
    const ready = endpoints?.find(({ conditions }) => conditions?.ready !== false);
    const [host] = ready?.addresses ?? [];
    if (host !== undefined && port !== undefined) return { host, port };
  }
  return undefined;
}

function fromEndpoints(endpoints: Endpoints | undefined, { name = '' }: ServicePort): ServiceAddress | undefined {
  for (const { addresses = [], ports = [] } of endpoints?.subsets ?? []) {
    const port = ports.find((each) => (each.name ?? '') === name)?.port;
    const [address] = addresses;
    if (address && port !== undefined) return { host: address.ip, port };
  }
  return undefined;
}

function fromPods(pods: Pod[], { spec }: Service, servicePort: ServicePort): ServiceAddress | undefined {
  if (!spec?.selector || Object.keys(spec.selector).length === 0) return undefined;
  const { selector } = spec;
  for (const pod of pods) {
    if (!matchesLabelSelector({ matchLabels: selector }, pod.metadata.labels) || !isReady(pod)) continue;
    const port = targetPort(pod, servicePort);
    const host = pod.status?.podIP;
    if (host && port !== undefined) return { host, port };
  }
  return undefined;
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  return ready && metadata.deletionTimestamp === undefined;
}

function targetPort({ spec }: Pod, { targetPort: target, port }: ServicePort): number | undefined {
  if (typeof target !== 'string') return target ?? port;
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === target)?.containerPort;
}
