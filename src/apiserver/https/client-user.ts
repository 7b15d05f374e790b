// Who is at the other end of a TLS connection? The certificate's CN is the user, its O are the groups.

import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { UserInfo } from '../types.ts';

/** The user of a verified client certificate; undefined without one. Source: apiserver/pkg/authentication/request/x509. */
export function clientUser(socket: Pick<TLSSocket, 'authorized' | 'getPeerCertificate'>): UserInfo | undefined {
  if (!socket.authorized) return undefined;
  return userOfSubject(socket.getPeerCertificate().subject);
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
