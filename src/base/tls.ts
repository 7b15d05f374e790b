// Who am I on a TLS connection, and whom do I trust?

/** PEM texts. `ca` is the one authority that peers' certificates must come from. */
export interface TlsIdentity {
  ca: string;
  cert: string;
  key: string;
}
