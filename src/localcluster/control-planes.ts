// Which control planes does a cluster have? One, or several over one etcd: each an API server, and controllers of which
// one process works while the others stand by.

import type { ClusterSpec } from './data-folder.ts';

/** More than anybody needs, and all of them fit below the addresses of nodes. */
export const controlPlanesMax = 9;

type Served = Pick<ClusterSpec, 'apiAddresses' | 'moreApiAddresses' | 'balancerAddresses' | 'port'>;

export interface ControlPlane {
  /** Word that tells its processes apart; none for the first one's. */
  instance: string | undefined;
  apiServer: string;
  controllers: string;
  /** Of its API server: loopback first, the nodes' network last. */
  addresses: string[];
}

/** In the order of their addresses. */
export function controlPlanes(spec: Served): ControlPlane[] {
  return [spec.apiAddresses, ...(spec.moreApiAddresses ?? [])].map((addresses, index) => {
    const suffix = index === 0 ? '' : `-${index + 1}`;
    const instance = suffix === '' ? undefined : String(index + 1);
    return { instance, apiServer: `apiserver${suffix}`, controllers: `controllers${suffix}`, addresses };
  });
}

/** The control plane of a process that was started with `instance`. Throws if there is none. */
export function controlPlaneOf(spec: Served, instance: string): ControlPlane {
  const found = controlPlanes(spec).find((plane) => (plane.instance ?? '') === instance);
  if (!found) throw new Error(`Cannot run: the cluster has no control plane "${instance}"`);
  return found;
}

export interface ServerUrls {
  server: string;
  others: string[];
}

/** For clients on this host: the one URL that outlives any server, if there are several, and all servers behind it. */
export function clusterUrls(spec: Served): ServerUrls {
  const [balancer] = spec.balancerAddresses ?? [];
  const { server, others } = serverUrls(spec);
  if (balancer === undefined) return { server, others };
  return { server: `https://${balancer}:${spec.port}`, others: [server, ...others] };
}

/** URLs of the API servers for clients on this host, those of `first` in front. */
export function serverUrls(spec: Served, first = 0): ServerUrls {
  return urls(spec, (addresses) => addresses[0], first);
}

/** The same for nodes. */
export function serverUrlsForNodes(spec: Served, first: number): ServerUrls {
  return urls(spec, (addresses) => addresses.at(-1), first);
}

function urls(spec: Served, pick: (addresses: string[]) => string | undefined, first: number): ServerUrls {
  const all = controlPlanes(spec).map(({ addresses }) => `https://${pick(addresses) ?? '127.0.0.1'}:${spec.port}`);
  const start = first % all.length;
  const [server = '', ...others] = [...all.slice(start), ...all.slice(0, start)];
  return { server, others };
}
