// What does a certificate signing request ask for, and how does the authority sign it?

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type Authority, signCertificate } from './certificates.ts';
import type { Random } from './random.ts';

x509.cryptoProvider.set(webcrypto);

/** What a PKCS #10 request says. */
export interface SigningRequest {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  ipAddresses: string[];
  /** E-mail addresses, URIs and other names. */
  otherNames: string[];
}

/** Reads a request in PEM. Rejects with an Error if it is none or its signature is not that of its own key. */
export async function readSigningRequest(pem: string): Promise<SigningRequest> {
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error('the signature of the request is not that of its key');
  const fields = (name: string): string[] => request.subjectName.getField(name);
  const names = request.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => extension.names.items);
  const of = (type: string): string[] => names.filter((each) => each.type === type).map(({ value }) => value);
  return {
    commonName: fields('CN')[0] ?? '',
    organizations: fields('O'),
    dnsNames: of('dns'),
    ipAddresses: of('ip'),
    otherNames: names.filter(({ type }) => type !== 'dns' && type !== 'ip').map(({ value }) => value),
  };
}

export interface SignOptions {
  usages: ('client' | 'server')[];
  nowMs: number;
  validSeconds: number;
  random: Random;
}

/** The certificate, in PEM, for the key and the names of the request. Who calls has checked both. */
export async function signRequest(authority: Authority, pem: string, options: SignOptions): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(pem);
  const { commonName, organizations, dnsNames, ipAddresses } = await readSigningRequest(pem);
  return signCertificate(
    authority,
    { publicKey: request.publicKey, commonName, organizations, dnsNames, ipAddresses, usages: options.usages },
    options,
  );
}
