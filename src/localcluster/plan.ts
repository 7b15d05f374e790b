// What will a new cluster look like? From the user's options and the machine to a ClusterSpec.

import { controlPlanes, controlPlanesMax } from './control-planes.ts';
import { type ClusterSpec, DataFolderError, type EtcdSpec, formatVersion } from './data-folder.ts';
import type { MachineChoice } from './machine.ts';
import { balancerNumber, type NetworkPlan, planNetwork } from './network.ts';

/** Options of `amarre up`; undefined where the user said nothing. */
export interface UpOptions {
  dataDir: string;
  nodes?: number | undefined;
  zones?: number | undefined;
  port?: number | undefined;
  /** More than one needs etcd. */
  controlPlanes?: number | undefined;
  poolBytes?: number | undefined;
  mode?: 'auto' | 'block' | 'directory' | undefined;
  keepGenerations?: boolean | undefined;
  /** Where the state is; an `etcd` that no endpoints are given of is the cluster's own. */
  store?: 'lmdb' | 'etcd' | undefined;
  etcd?: EtcdSpec | undefined;
}

export const defaults = { nodes: 3, zones: 3, port: 6443, poolBytes: 8 * 1024 ** 3 } as const;

const nodesMax = 100;
/** mkfs.xfs refuses smaller file systems. */
const poolMebibytesMin = 300;
const zonesMax = 26;

/** Describes a new cluster. Throws RangeError for options that can't be. */
export function planCluster(
  options: UpOptions,
  { machine, clusterId, usedCidrs }: { machine: MachineChoice; clusterId: string; usedCidrs: string[] },
): ClusterSpec {
  if (options.store === 'lmdb' && options.etcd)
    throw new RangeError('Cannot use --store lmdb with --etcd-endpoints: leave one of them out');
  const nodeCount = inRange('nodes', options.nodes ?? defaults.nodes, { min: 1, max: nodesMax });
  const zoneCount = inRange('zones', options.zones ?? Math.min(nodeCount, defaults.zones), { min: 1, max: zonesMax });
  const apiServerCount = inRange('control-planes', options.controlPlanes ?? 1, { min: 1, max: controlPlanesMax });
  if (apiServerCount > 1 && !options.etcd)
    throw new RangeError(
      `Cannot use --control-planes ${apiServerCount} with the state in LMDB, which one API server alone can use: add --store etcd`,
    );
  const volumes = chooseVolumes(options.mode ?? 'auto', machine);
  const plan: NetworkPlan = planNetwork({
    network: machine.network,
    clusterId,
    nodeCount,
    apiServerCount,
    usedCidrs,
  });
  const [first = [], ...more] = plan.apiAddresses.map((address, index) => [`127.0.0.${index + 1}`, address]);
  return {
    formatVersion,
    clusterId,
    volumes,
    network: machine.network,
    nodes: plan.nodeAddresses.map((address, index) => ({
      name: `node-${index + 1}`,
      zone: `zone-${String.fromCharCode(97 + (index % zoneCount))}`,
      address,
    })),
    port: inRange('port', options.port ?? defaults.port, { min: 1, max: 65_535 }),
    apiAddresses: first,
    ...(more.length > 0 && { moreApiAddresses: more }),
    ...(plan.balancerAddress && { balancerAddresses: [`127.0.0.${balancerNumber}`, plan.balancerAddress] }),
    bridge: plan.bridge,
    poolBytes: poolSize(options.poolBytes ?? defaults.poolBytes),
    keepGenerations: options.keepGenerations ?? false,
    ...(options.etcd && { etcd: options.etcd }),
  };
}

/** An existing cluster keeps its shape: refuses options that ask for another. Throws DataFolderError. */
export function assertSameShape(spec: ClusterSpec, options: UpOptions): void {
  const store = spec.etcd ? 'etcd' : 'lmdb';
  if (options.store !== undefined && options.store !== store) {
    throw new DataFolderError(
      `Cannot start with --store ${options.store}: the state of ${options.dataDir} is in ${store === 'etcd' ? 'etcd' : 'LMDB'}. ` +
        `Move it with \`amarre state copy --to ${options.store} --data-dir ${options.dataDir}\` while the cluster is down, or leave --store out.`,
    );
  }
  const differences = [
    differs('nodes', options.nodes, spec.nodes.length),
    differs('zones', options.zones, new Set(spec.nodes.map((node) => node.zone)).size),
    differs('port', options.port, spec.port),
    differs('control-planes', options.controlPlanes, controlPlanes(spec).length),
    differs('pool-size', options.poolBytes, spec.poolBytes),
    differs('etcd-endpoints', options.etcd?.endpoints.join(), spec.etcd?.endpoints.join() ?? 'its state in LMDB'),
    differs('mode', options.mode === 'auto' ? undefined : options.mode, spec.volumes),
  ].filter((text) => text !== undefined);
  if (differences.length === 0) return;
  throw new DataFolderError(
    `Cannot change a cluster that exists: ${differences.join('; ')}. Leave these options out, or use another --data-dir.`,
  );
}

function differs<T extends string | number>(name: string, wanted: T | undefined, found: T): string | undefined {
  return wanted === undefined || wanted === found ? undefined : `--${name} ${wanted} was asked for, it has ${found}`;
}

function chooseVolumes(mode: 'auto' | 'block' | 'directory', machine: MachineChoice): 'block' | 'directory' {
  if (mode === 'auto') return machine.volumes;
  if (mode === 'block' && machine.volumes === 'directory') {
    throw new RangeError(`Cannot use block volumes here. ${machine.notes[0] ?? ''}`);
  }
  return mode;
}

function poolSize(bytes: number): number {
  if (Number.isInteger(bytes) && bytes >= poolMebibytesMin * 2 ** 20) return bytes;
  throw new RangeError(`Cannot use --pool-size ${bytes}: give at least ${poolMebibytesMin}Mi, in whole bytes`);
}

function inRange(name: string, value: number, { min, max }: { min: number; max: number }): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`Cannot use --${name} ${value}: give a whole number from ${min} to ${max}`);
}
