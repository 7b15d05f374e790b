// How does a person's tool get to a cluster? By a kubeconfig as kubectl reads it: several files, certificates,
// tokens, credential plugins.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Clock } from '../base/clock.ts';
import { type ExecSpec, execCredential } from './exec-credential.ts';
import { KubeconfigError } from './kubeconfig.ts';

/** PEM texts; a missing `ca` means the system's authorities. */
export interface ClientTls {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
}

export interface ClusterAccess {
  context: string;
  /** `https://host:port/prefix`. */
  server: string;
  /** Of the context; `default` if it names none. */
  namespace: string;
  tls: ClientTls;
  /** Value of the header `authorization`. */
  authorization: string | undefined;
}

interface ClusterFields {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
}

interface UserFields {
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

interface ContextFields {
  cluster?: string;
  user?: string;
  namespace?: string;
}

interface KubeconfigFile {
  'current-context'?: string;
  contexts?: { name: string; context?: ContextFields }[];
  clusters?: { name: string; cluster?: ClusterFields }[];
  users?: { name: string; user?: UserFields }[];
}

export interface AccessOptions {
  /** Files in the order of KUBECONFIG: what an earlier one defines counts. Missing files are skipped, as kubectl does. */
  paths: readonly string[];
  context?: string | undefined;
}

/** Reads the way to a cluster. Rejects with KubeconfigError that says what is missing where. */
export async function loadClusterAccess(
  { paths, context }: AccessOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const files = await readFiles(paths);
  const where = paths.join(', ');
  const contextName = context ?? files.find(({ config }) => config['current-context'])?.config['current-context'];
  if (!contextName) throw new KubeconfigError(`${where} has no current context; choose one with --context`);
  const chosen = named(files, (config) => config.contexts, contextName)?.context;
  if (!chosen) throw new KubeconfigError(`${where} has no context "${contextName}"`);
  const cluster = located(files, (config) => config.clusters, chosen.cluster);
  const server = cluster?.entry.cluster?.server;
  if (!cluster || !server) throw new KubeconfigError(`${where} has no server for cluster "${chosen.cluster ?? ''}"`);
  const user = located(files, (config) => config.users, chosen.user);
  const fields = user?.entry.user ?? {};
  const fromExec = fields.exec ? await execCredential(fields.exec, { clock, server }, signal) : undefined;
  if (fields['auth-provider'])
    throw new KubeconfigError(
      `User "${chosen.user}" of ${where} logs in by the auth provider "${fields['auth-provider'].name ?? ''}", which kubectl dropped with 1.26; use its exec plugin`,
    );
  const userTls = await clientTls(fields, user?.file ?? '');
  const plugin = fromExec?.cert && fromExec.key ? { cert: fromExec.cert, key: fromExec.key } : {};
  return {
    context: contextName,
    server: server.replace(/\/+$/, ''),
    namespace: chosen.namespace || 'default',
    tls: { ...(await serverTls(cluster.entry.cluster ?? {}, cluster.file)), ...userTls, ...plugin },
    authorization: fromExec?.token ? `Bearer ${fromExec.token}` : await authorizationOf(fields, user?.file ?? ''),
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
): { file: string; entry: T } | undefined {
  for (const { file, config } of files) {
    const entry = listOf(config)?.find((each) => each.name === name);
    if (entry) return { file, entry };
  }
  return undefined;
}

function named<T extends { name: string }>(
  files: readonly ParsedFile[],
  listOf: ListOf<T>,
  name: string,
): T | undefined {
  return located(files, listOf, name)?.entry;
}

async function serverTls(cluster: ClusterFields, file: string): Promise<ClientTls> {
  const ca = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'], file);
  return {
    ...(ca && { ca }),
    ...(cluster['tls-server-name'] && { servername: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
  };
}

async function clientTls(user: UserFields, file: string): Promise<ClientTls> {
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

async function readNear(path: string, file: string): Promise<string> {
  try {
    return await readFile(resolve(dirname(file), path), 'utf8');
  } catch (error) {
    throw new KubeconfigError(`Cannot read ${path}, which ${file} names: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function authorizationOf({ token, tokenFile, username, password }: UserFields, file: string) {
  const bearer = token ?? (tokenFile ? (await readNear(tokenFile, file)).trim() : undefined);
  if (bearer) return `Bearer ${bearer}`;
  if (username) return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
  return undefined;
}
