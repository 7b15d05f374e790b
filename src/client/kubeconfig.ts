// Where is the server, and who am I? Read from a kubeconfig file.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { TlsIdentity } from '../base/tls.ts';

export interface KubeConnection {
  /** `https://host:port`. */
  server: string;
  identity: TlsIdentity;
  /** Namespace of the context; `default` if it names none. */
  namespace: string;
}

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters?: { name: string; cluster: Fields }[];
  users?: { name: string; user: Fields }[];
}

type Fields = Record<string, string | undefined>;

/** A kubeconfig that lacks something; the message says what. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** Reads the current context (or `context`) of the kubeconfig at `path`. Only client certificates are understood. */
export async function loadKubeconfig(path: string, context?: string): Promise<KubeConnection> {
  const config = parse(await readFile(path, 'utf8')) as Kubeconfig;
  const contextName = context ?? config['current-context'];
  const chosen = config.contexts?.find((each) => each.name === contextName)?.context;
  if (!chosen) throw new KubeconfigError(`${path} has no context "${contextName ?? ''}"`);
  const cluster = config.clusters?.find((each) => each.name === chosen.cluster)?.cluster;
  const user = config.users?.find((each) => each.name === chosen.user)?.user;
  if (!cluster?.['server']) throw new KubeconfigError(`${path} has no server for cluster "${chosen.cluster}"`);
  if (!user) throw new KubeconfigError(`${path} has no user "${chosen.user}"`);

  const pem = (fields: Fields, field: string): Promise<string> => readPem(fields, { field, path });
  const [ca, cert, key] = await Promise.all([
    pem(cluster, 'certificate-authority'),
    pem(user, 'client-certificate'),
    pem(user, 'client-key'),
  ]);
  return { server: cluster['server'], identity: { ca, cert, key }, namespace: chosen.namespace ?? 'default' };
}

/** `<field>-data` in base64, or the file that `field` names, relative to the kubeconfig. */
async function readPem(fields: Fields, { field, path }: { field: string; path: string }): Promise<string> {
  const inline = fields[`${field}-data`];
  if (inline) return Buffer.from(inline, 'base64').toString('utf8');
  const file = fields[field];
  if (!file) throw new KubeconfigError(`${path} has neither ${field} nor ${field}-data`);
  return readFile(resolve(dirname(path), file), 'utf8');
}
