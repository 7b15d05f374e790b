// Do the certificate and the key of a TLS secret belong together? Source: crypto/tls X509KeyPair, in whose words it is said.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Secret } from './generated/v1.ts';

export function secretWarnings({ type, data = {} }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const why = whyNoPair(blocksOf(data['tls.crt']), blocksOf(data['tls.key']));
  return why === undefined ? [] : [why];
}

interface Block {
  type: string;
  der: Buffer;
}

const beginning = '-----BEGIN ';
const ending = '-----END ';
const dashes = '-----';

/** The blocks of PEM that can be read; what is none is passed over. Source: encoding/pem Decode. */
function blocksOf(encoded = ''): Block[] {
  const blocks: Block[] = [];
  let type: string | undefined;
  let content: string[] = [];
  for (const line of Buffer.from(encoded, 'base64').toString('latin1').split('\n')) {
    const text = line.trimEnd();
    if (text.startsWith(beginning) && text.endsWith(dashes)) {
      type = text.slice(beginning.length, -dashes.length);
      content = [];
    } else if (text.startsWith(ending)) {
      const der = text === `${ending}${type}${dashes}` ? decoded(content) : undefined;
      if (type !== undefined && der) blocks.push({ type, der });
      type = undefined;
    } else content.push(text);
  }
  return blocks;
}

/** What stands in a block behind its headers; undefined if that is no base64. */
function decoded(lines: string[]): Buffer | undefined {
  const start = lines.findIndex((line) => !line.includes(':'));
  const base64 = start < 0 ? '' : lines.slice(start).join('').replace(/[ \t]/g, '');
  const der = Buffer.from(base64, 'base64');
  return der.toString('base64') === base64 ? der : undefined;
}

function whyNoPair(certificates: Block[], keys: Block[]): string | undefined {
  const certificate = certificates.find(({ type }) => type === 'CERTIFICATE');
  if (!certificate) return whyNoCertificate(certificates.map(({ type }) => type));
  const key = keys.find(({ type }) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'));
  if (!key) return whyNoKey(keys.map(({ type }) => type));
  const read = readCertificate(certificate.der);
  if (!read) return 'x509: malformed certificate';
  const privateKey = readKey(key.der);
  if (!privateKey) return 'tls: failed to parse private key';
  const { asymmetricKeyType } = read.publicKey;
  if (!['rsa', 'ec', 'ed25519'].includes(asymmetricKeyType ?? '')) return 'tls: unknown public key algorithm';
  if (privateKey.asymmetricKeyType !== asymmetricKeyType) return 'tls: private key type does not match public key type';
  return read.checkPrivateKey(privateKey) ? undefined : 'tls: private key does not match public key';
}

const skipping = 'after skipping PEM blocks of the following types';

function whyNoCertificate(skipped: string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (skipped.length === 1 && skipped[0]?.endsWith('PRIVATE KEY'))
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input ${skipping}: [${skipped.join(' ')}]`;
}

function whyNoKey(skipped: string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in key input';
  if (skipped.length === 1 && skipped[0] === 'CERTIFICATE')
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ${skipping}: [${skipped.join(' ')}]`;
}

function readCertificate(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function readKey(key: Buffer): KeyObject | undefined {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({ key, format: 'der', type });
    } catch {
      // Written in another form.
    }
  }
  return undefined;
}
