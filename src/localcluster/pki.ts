// Who is who in a local cluster? One authority and one certificate per identity, in files of mode 0600.

import { generateKeyPairSync } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authority, IssueOptions } from '../base/certificates.ts';
import type { TlsIdentity } from '../base/tls.ts';
import type { ClusterSpec, DataFolder } from './data-folder.ts';

/** Names of the identities; a node's is `node-<name>`. */
export type IdentityName = 'admin' | 'apiserver' | 'kubelet-client' | 'controllers' | 'backup' | `node-${string}`;

const validDays = 3650;

/** Source of bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

/** Creates whatever identity is missing. A half-written set is completed, never replaced. */
export async function createPki(
  folder: DataFolder,
  spec: ClusterSpec,
  options: Omit<IssueOptions, 'validDays'> & { randomBytes: RandomBytes },
): Promise<void> {
  await mkdir(folder.pki, { recursive: true, mode: 0o700 });
  await createSigningKey(folder);
  await createEncryptionKeys(folder, options.randomBytes);
  const wanted = identityRequests(spec);
  const missing = [];
  for (const request of wanted) if (!(await exists(keyPath(folder, request.identity)))) missing.push(request);
  if (missing.length === 0 && (await exists(join(folder.pki, 'ca.key')))) return;

  // Loaded here because only a new data folder needs it.
  const { createAuthority, issueCertificate } = await import('../base/certificates.ts');
  const issue = { ...options, validDays };
  const authority = (await readAuthority(folder)) ?? (await createAuthority(`amarre-${spec.clusterId}`, issue));
  await writeSecret(join(folder.pki, 'ca.crt'), authority.cert);
  await writeSecret(join(folder.pki, 'ca.key'), authority.key);
  await Promise.all(
    missing.map(async ({ identity, ...request }) => {
      const { cert, key } = await issueCertificate(authority, request, issue);
      await writeSecret(join(folder.pki, `${identity}.crt`), cert);
      await writeSecret(keyPath(folder, identity), key);
    }),
  );
}

/** Reads one identity. */
export async function readIdentity(folder: DataFolder, identity: IdentityName): Promise<TlsIdentity> {
  const [ca, cert, key] = await Promise.all(
    [join(folder.pki, 'ca.crt'), join(folder.pki, `${identity}.crt`), keyPath(folder, identity)].map((path) =>
      readFile(path, 'utf8'),
    ),
  );
  return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}

/** Writes the administrator's kubeconfig. */
export async function writeKubeconfig(folder: DataFolder, spec: ClusterSpec): Promise<void> {
  const { ca, cert, key } = await readIdentity(folder, 'admin');
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'amarre',
    clusters: [{ name: 'amarre', cluster: { server: serverUrl(spec), 'certificate-authority-data': base64(ca) } }],
    users: [
      { name: 'amarre-admin', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } },
    ],
    contexts: [{ name: 'amarre', context: { cluster: 'amarre', user: 'amarre-admin', namespace: 'default' } }],
  };
  // JSON is YAML, and every client reads it.
  await writeSecret(folder.kubeconfig, `${JSON.stringify(config, undefined, 2)}\n`);
}

/** URL of the API server for clients on this host. */
export function serverUrl(spec: Pick<ClusterSpec, 'apiAddresses' | 'port'>): string {
  return `https://${spec.apiAddresses[0]}:${spec.port}`;
}

function identityRequests(spec: ClusterSpec) {
  return [
    {
      identity: 'admin' as const,
      commonName: 'amarre-admin',
      organizations: ['system:masters'],
      usages: ['client' as const],
    },
    {
      identity: 'apiserver' as const,
      commonName: 'kube-apiserver',
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      ipAddresses: spec.apiAddresses,
      usages: ['server' as const],
    },
    {
      identity: 'kubelet-client' as const,
      commonName: 'kube-apiserver-kubelet-client',
      usages: ['client' as const],
    },
    {
      identity: 'controllers' as const,
      commonName: 'system:amarre:controllers',
      usages: ['client' as const],
    },
    {
      identity: 'backup' as const,
      commonName: 'system:amarre:backup',
      usages: ['client' as const],
    },
    ...spec.nodes.map((node) => ({
      identity: `node-${node.name}` as const,
      commonName: `system:node:${node.name}`,
      organizations: ['system:nodes'],
      dnsNames: [node.name],
      ipAddresses: [node.address],
      usages: ['client' as const, 'server' as const],
    })),
  ];
}

/** The file of the keys that sign and verify service account tokens. */
export function signingKeysPath(folder: DataFolder): string {
  return join(folder.pki, 'sa.key');
}

async function createSigningKey(folder: DataFolder): Promise<void> {
  if (await exists(signingKeysPath(folder))) return;
  await writeSecret(signingKeysPath(folder), newSigningKey());
}

/** PEM of a new private key for service account tokens. */
export function newSigningKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

/** The file of the keys that encrypt Secrets at rest, and what else its "resources" names. */
export function encryptionKeysPath(folder: DataFolder): string {
  return join(folder.pki, 'encryption-keys.json');
}

async function createEncryptionKeys(folder: DataFolder, randomBytes: RandomBytes): Promise<void> {
  if (await exists(encryptionKeysPath(folder))) return;
  const keys = [{ name: 'key1', secret: Buffer.from(randomBytes(32)).toString('base64') }];
  await writeSecret(encryptionKeysPath(folder), `${JSON.stringify({ resources: ['secrets'], keys }, undefined, 2)}\n`);
}

/** The authority's certificate and key, with which certificates are signed. */
export async function requireAuthority(folder: DataFolder): Promise<Authority> {
  const authority = await readAuthority(folder);
  if (!authority) throw new Error(`Cannot sign certificates: ${join(folder.pki, 'ca.key')} is missing. Restore it.`);
  return authority;
}

async function readAuthority(folder: DataFolder): Promise<Authority | undefined> {
  if (!(await exists(join(folder.pki, 'ca.key')))) return undefined;
  const [cert, key] = await Promise.all([
    readFile(join(folder.pki, 'ca.crt'), 'utf8'),
    readFile(join(folder.pki, 'ca.key'), 'utf8'),
  ]);
  return { cert, key };
}

function keyPath(folder: DataFolder, identity: IdentityName): string {
  return join(folder.pki, `${identity}.key`);
}

/** Writes a file that holds keys, whole or not at all. */
export async function writeSecret(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
  await rename(temporary, path);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
