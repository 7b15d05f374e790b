// Who is on the other end of a TLS connection? Subject of the client certificate, as Kubernetes reads it.

import type { TLSSocket } from 'node:tls';

export interface PeerIdentity {
  /** CN. */
  user: string;
  /** O. */
  groups: string[];
}

/** The verified peer. Meaningful only on a server that refuses clients without a valid certificate. */
export function peerIdentity(socket: TLSSocket): PeerIdentity {
  const subject = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] } | undefined;
  const names = list(subject?.CN);
  return { user: names[0] ?? '', groups: list(subject?.O) };
}

function list(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
