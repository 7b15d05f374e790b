// How do clients within the cluster find the API server by name? The Service `kubernetes`, with this server among its endpoints.
// Source: pkg/controlplane/controller/kubernetesservice and pkg/controlplane/reconcilers.

import { isIP } from 'node:net';
import type { Draft, KubeObject } from '../apimachinery/meta.ts';
import type { Endpoints, Service } from '../apis/core/generated/v1.ts';
import type { EndpointSlice } from '../apis/discovery/generated/v1.ts';
import { ensureObject } from './own-objects.ts';
import type { RegistryParts } from './registry/context.ts';

/** Where clients reach this server. */
export interface Advertised {
  /** IP address. */
  address: string;
  port: number;
}

export interface AdvertiseOptions extends Advertised {
  /** Do other servers share the state? Their addresses stay then. */
  isShared: boolean;
  /** The addresses of all servers that are alive, where that is known: no others stay. */
  alive?: readonly string[];
}

const namespace = 'default';
const name = 'kubernetes';
/** The first address of the range that services get theirs from. */
const clusterIP = '10.96.0.1';
const portName = 'https';
const serviceLabels = { component: 'apiserver', provider: 'kubernetes' };

/** Brings Service, Endpoints and EndpointSlice to name this server. Writes nothing that is right already. */
export async function advertise(parts: RegistryParts, options: AdvertiseOptions, signal: AbortSignal): Promise<void> {
  const ensure = <T extends KubeObject>(path: string, change: (found: T | undefined) => Draft<T>): Promise<void> =>
    ensureObject(parts, { path, name, change }, signal);
  await ensure<Service>('/api/v1/namespaces/default/services', (found) => withService(found, options));
  // Upstream refuses to advertise an address that only this machine understands.
  if (isLoopback(options.address)) return;
  await ensure<Endpoints>('/api/v1/namespaces/default/endpoints', (found) => withEndpoints(found, options));
  await ensure<EndpointSlice>('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', (found) =>
    withSlice(found, options),
  );
}

function withService(found: Service | undefined, { port }: AdvertiseOptions): Draft<Service> {
  const ports = [{ name: portName, port: 443, protocol: 'TCP', targetPort: port }];
  if (found) return { ...found, spec: { ...found.spec, ports } };
  const spec = { clusterIP, clusterIPs: [clusterIP], ports, sessionAffinity: 'None', type: 'ClusterIP' };
  return { metadata: { namespace, name, labels: serviceLabels }, spec };
}

function withEndpoints(found: Endpoints | undefined, options: AdvertiseOptions): Draft<Endpoints> {
  const [subset] = found?.subsets ?? [];
  const ips = addressesWith(options, subset?.addresses?.map(({ ip }) => ip) ?? []);
  const ports = [{ name: portName, port: options.port, protocol: 'TCP' }];
  // The slice is written beside it: nobody must derive another one.
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  const metadata = found?.metadata ?? { namespace, name, labels };
  return { metadata, subsets: [{ addresses: ips.map((ip) => ({ ip })), ports }] };
}

function withSlice(found: EndpointSlice | undefined, options: AdvertiseOptions): Draft<EndpointSlice> {
  const ips = addressesWith(options, found?.endpoints?.flatMap(({ addresses }) => addresses) ?? []);
  return {
    metadata: found?.metadata ?? { namespace, name, labels: { 'kubernetes.io/service-name': name } },
    addressType: found?.addressType ?? (isIP(options.address) === 6 ? 'IPv6' : 'IPv4'),
    endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
    ports: [{ name: portName, port: options.port, protocol: 'TCP' }],
  };
}

function addressesWith({ address, isShared, alive }: AdvertiseOptions, before: string[]): string[] {
  return isShared ? [...new Set([...(alive ?? before), address])].toSorted() : [address];
}

/** Is it an address that only this machine understands? */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
