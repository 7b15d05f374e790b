// How are X.509 certificates made? One authority, and certificates for clients and servers below it.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Random } from './random.ts';
import type { TlsIdentity } from './tls.ts';

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const daySeconds = 24 * 60 * 60;

export interface Authority {
  /** PEM of the certificate that all peers trust. */
  cert: string;
  /** PEM (PKCS #8) of its key. */
  key: string;
}

export interface CertificateRequest {
  /** Subject CN: the user name of a client certificate. */
  commonName: string;
  /** Subject O: the groups of a client certificate. */
  organizations?: string[];
  dnsNames?: string[];
  ipAddresses?: string[];
  usages: ('client' | 'server')[];
}

export interface IssueOptions {
  /** Start of validity, milliseconds since the epoch; an hour is taken off for clocks that run behind. */
  nowMs: number;
  validDays: number;
  random: Random;
}

/** Makes a self-signed authority that may sign certificates but no further authorities. */
export async function createAuthority(commonName: string, options: IssueOptions): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(options.random),
    name: new x509.Name([{ CN: [commonName] }]).toString(),
    ...validity({ nowMs: options.nowMs, validSeconds: options.validDays * daySeconds }),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { cert: certificate.toString('pem'), key: await exportKey(keys) };
}

/** Signs a certificate for a new key. */
export async function issueCertificate(
  authority: Authority,
  request: CertificateRequest,
  { validDays, ...options }: IssueOptions,
): Promise<TlsIdentity> {
  const keys = await generateKeys();
  const subject = { ...request, publicKey: keys.publicKey };
  const cert = await signCertificate(authority, subject, { ...options, validSeconds: validDays * daySeconds });
  return { ca: authority.cert, cert, key: await exportKey(keys) };
}

/** The certificate, in PEM, of whoever has the key to `publicKey`. */
export async function signCertificate(
  authority: Authority,
  request: CertificateRequest & { publicKey: x509.PublicKeyType },
  options: { nowMs: number; validSeconds: number; random: Random },
): Promise<string> {
  const { issuer, signingKey } = await signerOf(authority);
  const usageIds = { client: x509.ExtendedKeyUsage.clientAuth, server: x509.ExtendedKeyUsage.serverAuth };
  const alternativeNames = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(options.random),
    issuer,
    subject: new x509.Name([
      ...(request.organizations ?? []).map((organization) => ({ O: [organization] })),
      { CN: [request.commonName] },
    ]).toString(),
    ...validity(options),
    publicKey: request.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((usage) => usageIds[usage])),
      ...(alternativeNames.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternativeNames)] : []),
    ],
  });
  return certificate.toString('pem');
}

interface Signer {
  /** Subject of the authority's certificate. */
  issuer: string;
  signingKey: CryptoKey;
}

// A new cluster has a certificate for each of its parts, all of one authority.
const signers = new WeakMap<Authority, Promise<Signer>>();

function signerOf(authority: Authority): Promise<Signer> {
  const known = signers.get(authority);
  if (known) return known;
  const { subject } = new x509.X509Certificate(authority.cert);
  const signer = importKey(authority.key).then((signingKey) => ({ issuer: subject, signingKey }));
  signers.set(authority, signer);
  return signer;
}

function validity({ nowMs, validSeconds }: { nowMs: number; validSeconds: number }): {
  notBefore: Date;
  notAfter: Date;
} {
  const hourMs = 60 * 60 * 1000;
  return { notBefore: new Date(nowMs - hourMs), notAfter: new Date(nowMs + validSeconds * 1000) };
}

function serialNumber(random: Random): string {
  // A leading 7 keeps the number positive and its length even.
  return `7${random.uuid().replaceAll('-', '').slice(1)}`;
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(keys: CryptoKeyPair): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<CryptoKey> {
  const [pkcs8] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', pkcs8 as ArrayBuffer, algorithm, false, ['sign']);
}
