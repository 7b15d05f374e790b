// What becomes of a request for a stream? It is counted, and written to the audit log.

import type { Clock } from '../base/clock.ts';
import type { StreamGrant } from './api-server.ts';
import type { Exchange } from './exchange.ts';
import type { ServerMetrics } from './metrics/server-metrics.ts';

/** Tells of the request that begins now. */
export function streamOutcome(
  exchange: Exchange,
  { metrics, clock }: { metrics: ServerMetrics; clock: Clock },
): Pick<StreamGrant, 'accepted' | 'refused'> {
  const startedAt = clock.monotonic();
  const { info, trail, lifetime } = exchange;
  return {
    accepted: () => {
      metrics.requests.streams(info, lifetime.signal);
      metrics.handedOver(exchange, startedAt);
      trail?.switched(lifetime.signal);
    },
    refused: (error) => {
      metrics.refused(exchange, startedAt, error);
      trail?.refused(error);
    },
  };
}
