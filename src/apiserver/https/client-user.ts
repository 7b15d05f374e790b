// Who is at the other end of a TLS connection? The certificate's CN is the user, its O are the groups.

import type { PeerCertificate, TLSSocket } from 'node:tls';
import { epochMsOf } from '../../base/clock.ts';
import type { UserInfo } from '../types.ts';

/** What the user is known by in logs and reviews. Source: apiserver/pkg/authentication/user, CredentialIDKey. */
const credentialId = 'authentication.kubernetes.io/credential-id';

export interface ClientCertificate {
  /** Whom it names at a time; nobody when it has expired. */
  userAt: (nowMs: number) => UserInfo | undefined;
  /** Undefined if there is none. */
  expiresAtMs: number | undefined;
}

/**
 * The verified client certificate of a connection, read once. Source: apiserver/pkg/authentication/request/x509.
 */
export function clientCertificate(socket: Pick<TLSSocket, 'authorized' | 'getPeerCertificate'>): ClientCertificate {
  if (!socket.authorized) return { userAt: () => undefined, expiresAtMs: undefined };
  const { subject, valid_to: validTo, fingerprint256 } = socket.getPeerCertificate();
  const named = userOfSubject(subject);
  const digest = fingerprint256.replaceAll(':', '').toLowerCase();
  const user = named && { ...named, extra: { [credentialId]: [`X509SHA256=${digest}`] } };
  const expiresAtMs = epochMsOf(validTo);
  return { userAt: (nowMs) => (nowMs <= expiresAtMs ? user : undefined), expiresAtMs };
}

/** The user that a certificate's subject names. Every user is in `system:authenticated` too. */
export function userOfSubject(
  subject: Partial<Record<string, unknown>> | PeerCertificate['subject'] | undefined,
): UserInfo | undefined {
  const { CN: name, O: organizations } = (subject ?? {}) as { CN?: string | string[]; O?: string | string[] };
  const first = Array.isArray(name) ? name[0] : name;
  if (!first) return undefined;
  const groups = organizations === undefined ? [] : Array.isArray(organizations) ? organizations : [organizations];
  return { name: first, groups: [...groups, 'system:authenticated'] };
}
