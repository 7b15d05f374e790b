// Where does a local cluster keep what? Paths below the data folder, and the file that describes the cluster.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Raised when a release writes what an older one can't read. */
export const formatVersion = 1;

export interface NodeSpec {
  /** `node-1`. */
  name: string;
  /** `zone-a`. */
  zone: string;
  /** IPv4 address at which the node's agent and pods are reached. */
  address: string;
}

/** An etcd that holds the state in place of LMDB. */
export interface EtcdSpec {
  /** `https://127.0.0.1:2379`; every member that is known. */
  endpoints: string[];
  /** PEM files: the authority of the members' certificates, and the certificate and key to show them. For `https`. */
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  /** The cluster starts it and looks after it; its keys are in `pki`, its data in `etcd`. */
  own?: OwnEtcd;
}

/** Ports on loopback, chosen when the etcd was new. */
export interface OwnEtcd {
  port: number;
  peerPort: number;
}

/** `amarre.json`: what `amarre up` decided when the data folder was new. */
export interface ClusterSpec {
  formatVersion: number;
  /** Six hexadecimal digits that name the cluster's network devices and cgroups. */
  clusterId: string;
  volumes: 'block' | 'directory';
  network: 'namespaces' | 'loopback';
  nodes: NodeSpec[];
  /** Port of the API server. */
  port: number;
  /** Addresses of the API server: loopback first. */
  apiAddresses: string[];
  /** Those of further API servers over the same etcd. */
  moreApiAddresses?: string[][];
  /** Where the balancer in front of several API servers listens: loopback first, the nodes' network last. */
  balancerAddresses?: string[];
  /** Only with network namespaces. */
  bridge: { name: string; cidr: string } | undefined;
  poolBytes: number;
  /** Keep the generations of volumes that a fence has cut off, to compare them with their cut. */
  keepGenerations: boolean;
  /** The state is in this etcd; in LMDB below the data folder if absent. */
  etcd?: EtcdSpec;
}

export interface DataFolder {
  root: string;
  clusterFile: string;
  kubeconfig: string;
  pki: string;
  state: string;
  /** Of the cluster's own etcd, if it has one. */
  etcd: string;
  run: string;
  log: string;
  poolImage: string;
  pool: string;
  backups: string;
  csiControllerSocket: string;
  node: (name: string) => string;
}

/** Every path of a local cluster. */
export function dataFolder(root: string): DataFolder {
  return {
    root,
    clusterFile: join(root, 'amarre.json'),
    kubeconfig: join(root, 'kubeconfig'),
    pki: join(root, 'pki'),
    state: join(root, 'state'),
    etcd: join(root, 'etcd'),
    run: join(root, 'run'),
    log: join(root, 'log'),
    poolImage: join(root, 'pool.img'),
    pool: join(root, 'pool'),
    backups: join(root, 'backups'),
    csiControllerSocket: join(root, 'run/csi-controller.sock'),
    node: (name) => join(root, 'nodes', name),
  };
}

/** The cluster can't be used as it is found; the message says why and what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

/** Makes the folders. The root is 0700: it holds keys. */
export async function createFolders(folder: DataFolder): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  for (const path of [folder.pki, folder.run, folder.log, folder.pool, folder.backups]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
}

/** The cluster of a data folder; undefined if it is new. Rejects with DataFolderError if the file is unusable. */
export async function readClusterSpec(folder: DataFolder): Promise<ClusterSpec | undefined> {
  let text: string;
  try {
    text = await readFile(folder.clusterFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseClusterSpec(text, folder.clusterFile);
}

/** Parses `amarre.json`. Throws DataFolderError for another format or a damaged file. */
export function parseClusterSpec(text: string, path: string): ClusterSpec {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new DataFolderError(
      `Cannot use the data folder: ${path} is not valid JSON, so it is damaged. Restore that file or start with another --data-dir.`,
      { cause },
    );
  }
  const found = (parsed as Partial<ClusterSpec> | null)?.formatVersion;
  if (typeof found !== 'number') {
    throw new DataFolderError(
      `Cannot use the data folder: ${path} has no formatVersion, so it is not a cluster's. Choose another --data-dir.`,
    );
  }
  if (found > formatVersion) {
    throw new DataFolderError(
      `Cannot use the data folder: ${path} has format ${found}, this release reads up to ${formatVersion}. Use the newer release that wrote it.`,
    );
  }
  return parsed as ClusterSpec;
}

/** Writes `amarre.json` so that a crash leaves the old or the new one. */
export async function writeClusterSpec(folder: DataFolder, spec: ClusterSpec): Promise<void> {
  const temporary = `${folder.clusterFile}.new`;
  await writeFile(temporary, `${JSON.stringify(spec, undefined, 2)}\n`, { mode: 0o600, flush: true });
  await rename(temporary, folder.clusterFile);
}
