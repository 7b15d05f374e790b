// With which keys are service account tokens signed and verified? One PEM file: the first private key
// signs, every key in it verifies, so that a rotation keeps tokens valid that are still about.

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export interface VerificationKey {
  /** As upstream: the SHA-256 of the public key in DER, base64url. */
  id: string;
  algorithm: 'ES256' | 'ES384' | 'ES512' | 'RS256';
  publicKey: KeyObject;
}

export interface SigningKeys {
  signer: VerificationKey & { privateKey: KeyObject };
  /** The signer's among them, newest first. */
  verifiers: VerificationKey[];
}

const pemBlock = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g;

/** Reads the keys of a PEM file. Throws an Error that says what is wrong with `path`. */
export function parseSigningKeys(pem: string, path: string): SigningKeys {
  const blocks = [...pem.matchAll(pemBlock)].map(([block, label = '']) => ({
    block,
    isPrivate: /PRIVATE/.test(label),
  }));
  const verifiers: VerificationKey[] = [];
  let signer: SigningKeys['signer'] | undefined;
  for (const [index, { block, isPrivate }] of blocks.entries()) {
    try {
      const key = verificationKey(createPublicKey(block));
      verifiers.push(key);
      if (isPrivate) signer ??= { ...key, privateKey: createPrivateKey(block) };
    } catch (cause) {
      throw new Error(`Cannot use the service account keys in ${path}: block ${index + 1} is no key that can be used`, {
        cause,
      });
    }
  }
  if (!signer)
    throw new Error(
      `Cannot use the service account keys in ${path}: it has ${blocks.length} PEM blocks and no private key among them. Restore the file, or remove it to get a new key; tokens signed so far are refused then.`,
    );
  return { signer, verifiers };
}

/** What `/openid/v1/jwks` serves. */
export function jsonWebKeySet({ verifiers }: SigningKeys): { keys: object[] } {
  return {
    keys: verifiers.map(({ id, algorithm, publicKey }) => ({
      use: 'sig',
      ...publicKey.export({ format: 'jwk' }),
      kid: id,
      alg: algorithm,
    })),
  };
}

function verificationKey(publicKey: KeyObject): VerificationKey {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(publicKey), publicKey };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): VerificationKey['algorithm'] {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  const curves = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' } as const;
  const algorithm = curves[asymmetricKeyDetails?.namedCurve as keyof typeof curves];
  if (asymmetricKeyType === 'ec' && algorithm) return algorithm;
  throw new Error(`${asymmetricKeyType} keys can't sign tokens`);
}
