// Who is who in a local cluster? One authority and one certificate per identity, in files of mode 0600.

import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authority, CertificateRequest, IssueOptions } from '../base/certificates.ts';
import { exists } from '../base/exists.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { controlPlanes } from './control-planes.ts';
import type { ClusterSpec, DataFolder } from './data-folder.ts';

/** Names of the identities; a node's is `node-<name>`. */
export type IdentityName =
  | 'admin'
  | 'apiserver'
  | 'kubelet-client'
  | 'controllers'
  | 'controllers-serving'
  | 'backup'
  | 'downloads'
  | `node-${string}`
  | EtcdIdentityName;

/** Of an authority of their own: whoever etcd lets in may read and write all. */
type EtcdIdentityName = 'etcd' | 'etcd-client';

const authorityNames = { cluster: 'ca', etcd: 'etcd-ca' } as const;
type AuthorityName = (typeof authorityNames)[keyof typeof authorityNames];

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
  // Before any certificate: `assertKeysKept` tells by those that the keys were there.
  await createSigningKey(folder);
  await createEncryptionKeys(folder, options.randomBytes);
  const authority = { file: authorityNames.cluster, commonName: `amarre-${spec.clusterId}` };
  await createIdentities(folder, { authority, wanted: identityRequests(spec) }, options);
  if (spec.etcd?.own) await createEtcdPki(folder, spec, options);
}

/**
 * Rejects with an Error if a key of an old cluster is missing: what was encrypted or signed with it would be lost behind a new one.
 * Nothing is created.
 */
export async function assertKeysKept(folder: DataFolder): Promise<void> {
  if (!(await exists(join(folder.pki, `${authorityNames.cluster}.crt`)))) return;
  const uses = {
    [encryptionKeysPath(folder)]: 'Secrets in the state are encrypted with the keys in it',
    [signingKeysPath(folder)]: 'the tokens of service accounts are signed with the key in it',
  };
  for (const [path, use] of Object.entries(uses)) {
    if (await exists(path)) continue;
    throw new Error(`Cannot start: ${path} is missing, and ${use}. Restore it from a copy of ${folder.root}.`);
  }
}

/** Creates the identities of an etcd of the cluster's own, as far as they are missing. */
export async function createEtcdPki(
  folder: DataFolder,
  { clusterId }: Pick<ClusterSpec, 'clusterId'>,
  options: Omit<IssueOptions, 'validDays'>,
): Promise<void> {
  const authority = { file: authorityNames.etcd, commonName: `amarre-${clusterId}-etcd` };
  await createIdentities(folder, { authority, wanted: etcdRequests }, options);
}

interface WantedIdentities {
  authority: { file: AuthorityName; commonName: string };
  wanted: readonly ({ identity: IdentityName } & CertificateRequest)[];
}

async function createIdentities(
  folder: DataFolder,
  { authority: { file, commonName }, wanted }: WantedIdentities,
  options: Omit<IssueOptions, 'validDays'>,
): Promise<void> {
  const missing = [];
  for (const request of wanted) if (!(await exists(identityFiles(folder, request.identity).key))) missing.push(request);
  // An authority's key may be kept elsewhere while nothing has to be signed.
  if (missing.length === 0) return;
  const [certPath, keyPath] = [join(folder.pki, `${file}.crt`), join(folder.pki, `${file}.key`)];
  // A new authority would make the certificates of the old one worthless.
  if (missing.length < wanted.length) await requireKey(keyPath);

  // Loaded here because only a new data folder needs it.
  const { createAuthority, issueCertificate } = await import('../base/certificates.ts');
  const issue = { ...options, validDays };
  const signer = (await readAuthority(folder, file)) ?? (await createAuthority(commonName, issue));
  await writeSecret(certPath, signer.cert);
  await writeSecret(keyPath, signer.key);
  await Promise.all(
    missing.map(async ({ identity, ...request }) => {
      const { cert, key } = await issueCertificate(signer, request, issue);
      const files = identityFiles(folder, identity);
      await writeSecret(files.cert, cert);
      await writeSecret(files.key, key);
    }),
  );
}

/** Where the PEM texts of one identity are. */
export function identityFiles({ pki }: DataFolder, identity: IdentityName): TlsIdentity {
  const authority = identity === 'etcd' || identity === 'etcd-client' ? authorityNames.etcd : authorityNames.cluster;
  return {
    ca: join(pki, `${authority}.crt`),
    cert: join(pki, `${identity}.crt`),
    key: join(pki, `${identity}.key`),
  };
}

/** Reads one identity. */
export async function readIdentity(folder: DataFolder, identity: IdentityName): Promise<TlsIdentity> {
  const files = identityFiles(folder, identity);
  const [ca = '', cert = '', key = ''] = await Promise.all(
    [files.ca, files.cert, files.key].map((path) => readFile(path, 'utf8')),
  );
  return { ca, cert, key };
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
      ipAddresses: [...controlPlanes(spec).flatMap(({ addresses }) => addresses), ...(spec.balancerAddresses ?? [])],
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
      identity: 'controllers-serving' as const,
      commonName: 'amarre-controllers',
      dnsNames: ['localhost'],
      ipAddresses: controlPlanes(spec).flatMap(({ addresses }) => addresses.slice(0, 1)),
      usages: ['server' as const],
    },
    {
      identity: 'backup' as const,
      commonName: 'system:amarre:backup',
      usages: ['client' as const],
    },
    {
      // Who gives out the files of backups; beside the API server, so at its address.
      identity: 'downloads' as const,
      commonName: 'amarre-downloads',
      ipAddresses: spec.apiAddresses.slice(0, 1),
      usages: ['server' as const],
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

/** etcd shows its certificate to other members as well. */
const etcdRequests = [
  {
    identity: 'etcd' as const,
    commonName: 'etcd',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['client' as const, 'server' as const],
  },
  { identity: 'etcd-client' as const, commonName: 'kube-apiserver-etcd-client', usages: ['client' as const] },
];

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
  await requireKey(join(folder.pki, `${authorityNames.cluster}.key`));
  return (await readAuthority(folder, authorityNames.cluster)) as Authority;
}

async function requireKey(path: string): Promise<void> {
  if (!(await exists(path))) throw new Error(`Cannot sign certificates: ${path} is missing. Restore it.`);
}

async function readAuthority({ pki }: DataFolder, name: AuthorityName): Promise<Authority | undefined> {
  const [certPath, keyPath] = [join(pki, `${name}.crt`), join(pki, `${name}.key`)];
  if (!(await exists(keyPath))) return undefined;
  const [cert, key] = await Promise.all([readFile(certPath, 'utf8'), readFile(keyPath, 'utf8')]);
  return { cert, key };
}

/** Writes a file that holds keys, whole or not at all. */
export async function writeSecret(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
  await rename(temporary, path);
}
