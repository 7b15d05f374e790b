// Where is the server, and who am I? Read from kubeconfigs as kubectl reads them.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { TlsIdentity } from '../base/tls.ts';

export interface KubeConnection {
  /** `https://host:port`. */
  server: string;
  /** Further servers of the same cluster, if whoever wrote the file knew some. */
  others: string[];
  identity: TlsIdentity;
  /** Namespace of the context; `default` if it names none. */
  namespace: string;
}

/** PEM texts; a missing `ca` means the system's authorities. */
export interface ClientTls {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** `users[].user.exec` of a kubeconfig. */
export interface ExecSpec {
  apiVersion?: string;
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  provideClusterInfo?: boolean;
}

interface Extension {
  name: string;
  extension?: unknown;
}

interface ClusterFields {
  server?: string;
  extensions?: Extension[] | null;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
}

export interface UserFields {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: ExecSpec;
  'auth-provider'?: { name?: string };
}

interface ClusterEntry {
  name: string;
  cluster?: ClusterFields;
}

interface ContextFields {
  cluster?: string;
  user?: string;
  namespace?: string;
}

interface KubeconfigFile {
  'current-context'?: string;
  contexts?: { name: string; context?: ContextFields }[];
  clusters?: ClusterEntry[];
  users?: { name: string; user?: UserFields }[];
}

export interface KubeconfigOptions {
  /** Files in the order of KUBECONFIG: what an earlier one defines counts. Missing files are skipped, as kubectl does. */
  paths: readonly string[];
  context?: string | undefined;
}

/** What a kubeconfig says of one thing, and which file says it. */
interface Located<T> {
  file: string;
  entry: T;
}

/** One context, and what it leads to. */
export interface ChosenContext {
  name: string;
  /** All files read, for messages. */
  where: string;
  /** As it is written: `https://host:port/prefix`. */
  server: string;
  /** `default` if the context names none. */
  namespace: string;
  cluster: Located<ClusterEntry>;
  /** Empty if no file has the user. */
  user: { name: string | undefined; file: string; fields: UserFields };
}

/** A kubeconfig that lacks something; the message says what. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** Reads the current context (or `context`) of the kubeconfig at `path`. Only client certificates are understood. */
export async function loadKubeconfig(path: string, context?: string): Promise<KubeConnection> {
  const { server, namespace, cluster, user } = await chooseContext({ paths: [path], context });
  const [{ ca }, { cert, key }] = await Promise.all([serverTls(cluster), clientTls(user.fields, user.file)]);
  const identity = {
    ca: required(ca, 'certificate-authority', path),
    cert: required(cert, 'client-certificate', path),
    key: required(key, 'client-key', path),
  };
  return { server, others: othersOf(cluster.entry), identity, namespace };
}

const knownServersName = 'amarre.io/servers';

/** An entry of `clusters[].cluster.extensions` that names further servers. */
export function knownServers(others: readonly string[]): Extension {
  return { name: knownServersName, extension: { servers: others } };
}

function othersOf({ cluster }: ClusterEntry): string[] {
  const found = cluster?.extensions?.find(({ name }) => name === knownServersName)?.extension;
  const { servers } = (found ?? {}) as { servers?: string[] };
  return servers ?? [];
}

function required(pem: string | undefined, field: string, path: string): string {
  if (!pem) throw new KubeconfigError(`${path} has neither ${field} nor ${field}-data`);
  return pem;
}

/** Finds the context and its server. Rejects with KubeconfigError that says what is missing where. */
export async function chooseContext({ paths, context }: KubeconfigOptions): Promise<ChosenContext> {
  const files = await readFiles(paths);
  const where = paths.join(', ');
  const name = context ?? files.find(({ config }) => config['current-context'])?.config['current-context'];
  if (!name) throw new KubeconfigError(`${where} has no current context; choose one with --context`);
  const chosen = located(files, (config) => config.contexts, name)?.entry.context;
  if (!chosen) throw new KubeconfigError(`${where} has no context "${name}"`);
  const cluster = located(files, (config) => config.clusters, chosen.cluster);
  const server = cluster?.entry.cluster?.server;
  if (!cluster || !server) throw new KubeconfigError(`${where} has no server for cluster "${chosen.cluster ?? ''}"`);
  const user = located(files, (config) => config.users, chosen.user);
  return {
    name,
    where,
    server,
    namespace: chosen.namespace || 'default',
    cluster,
    user: { name: chosen.user, file: user?.file ?? '', fields: user?.entry.user ?? {} },
  };
}

interface ParsedFile {
  file: string;
  config: KubeconfigFile;
}

async function readFiles(paths: readonly string[]): Promise<ParsedFile[]> {
  const files: ParsedFile[] = [];
  for (const file of paths) {
    try {
      const config: unknown = parse(await readFile(file, 'utf8'));
      if (typeof config === 'object' && config !== null) files.push({ file, config });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new KubeconfigError(`Cannot read the kubeconfig ${file}: ${(error as Error).message}`, { cause: error });
    }
  }
  if (files.length === 0) throw new KubeconfigError(`There is no kubeconfig at ${paths.join(', ')}`);
  return files;
}

type ListOf<T> = (config: KubeconfigFile) => T[] | undefined;

function located<T extends { name: string }>(
  files: readonly ParsedFile[],
  listOf: ListOf<T>,
  name: string | undefined,
): Located<T> | undefined {
  for (const { file, config } of files) {
    const entry = listOf(config)?.find((each) => each.name === name);
    if (entry) return { file, entry };
  }
  return undefined;
}

/** How the cluster's server is checked. Rejects with KubeconfigError if a file that it names can't be read. */
export async function serverTls({ entry, file }: Located<ClusterEntry>): Promise<ClientTls> {
  const cluster = entry.cluster ?? {};
  const ca = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'], file);
  return {
    ...(ca && { ca }),
    ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
  };
}

/** The user's certificate, if there is one. Rejects with KubeconfigError if a file that it names can't be read. */
export async function clientTls(user: UserFields, file: string): Promise<ClientTls> {
  const [cert, key] = await Promise.all([
    pemOf(user['client-certificate-data'], user['client-certificate'], file),
    pemOf(user['client-key-data'], user['client-key'], file),
  ]);
  return { ...(cert && { cert }), ...(key && { key }) };
}

/** Data in base64, or the file named, relative to the kubeconfig. */
async function pemOf(data: string | undefined, path: string | undefined, file: string): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return path ? readNear(path, file) : undefined;
}

/** The text of a file that the kubeconfig `file` names, relative to it. */
export async function readNear(path: string, file: string): Promise<string> {
  try {
    return await readFile(resolve(dirname(file), path), 'utf8');
  } catch (error) {
    throw new KubeconfigError(`Cannot read ${path}, which ${file} names: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
