// How does a process get its client? From the servers' addresses and its own certificate.

import type { Clock } from '../base/clock.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { httpsTransport } from './https-transport.ts';
import { createClient, type KubeClient } from './kube-client.ts';
import type { RestClientMetrics } from './metrics/rest-client-metrics.ts';
import type { WriteLog } from './write-log.ts';

export interface ServerAddress {
  /** `https://host:port`. */
  server: string;
  /** Further servers of the same cluster, for when that one can't be reached. */
  others?: readonly string[] | undefined;
  identity: TlsIdentity;
  metrics?: RestClientMetrics | undefined;
  /** Of another client of the same process whose informers are to wait for this one's writes too. */
  writes?: WriteLog;
}

/** A client over HTTPS. Connects on first use; `close` ends it. */
export function connectClient({ writes, ...address }: ServerAddress, clock: Clock): KubeClient {
  return createClient({ transport: httpsTransport({ ...address, clock }), clock, ...(writes && { writes }) });
}
