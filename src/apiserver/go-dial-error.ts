// In which words does Go say that nobody could be reached?

const causes: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'EOF',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls: failed to verify certificate: x509: certificate is not valid for this name',
};

/** `dial tcp 10.0.0.1:443: connect: connection refused`. */
export function dialProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = '', message, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const text = Object.hasOwn(causes, code) ? (causes[code] as string) : message;
  return address !== undefined ? `dial tcp ${address}:${port}: ${text}` : text;
}
