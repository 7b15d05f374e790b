// How is a node cut off from the API server where there is no network to cut? Its agent drops its connection.

import type { Clock } from '../base/clock.ts';
import type { Transport, TransportRequest, TransportResponse } from '../client/transport.ts';
import { UnreachableError } from '../client/types.ts';

const pollMs = 50;

export interface PartitionOptions {
  isPartitioned: () => Promise<boolean>;
  clock: Clock;
}

/** `transport` as long as the node is not partitioned: then requests are refused and running ones break off. */
export function partitionable(transport: Transport, { isPartitioned, clock }: PartitionOptions): Transport {
  const assertConnected = async (): Promise<void> => {
    if (await isPartitioned()) throw new UnreachableError('The node is cut off from the API server');
  };
  return {
    async request(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
      await assertConnected();
      const response = await transport.request(request, signal);
      return { ...response, body: breakable(response.body, assertConnected, clock) };
    },
    async exec(path, signal) {
      await assertConnected();
      return transport.exec(path, signal);
    },
    close: () => transport.close(),
  };
}

/** `body`, but looks at the partition while it waits for the next chunk. */
async function* breakable(
  body: AsyncIterable<Uint8Array>,
  assertConnected: () => Promise<void>,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let next = chunks.next();
  try {
    for (;;) {
      const stop = new AbortController();
      const tick = clock.sleep(pollMs, stop.signal).then(
        () => 'tick' as const,
        () => 'tick' as const,
      );
      const first = await Promise.race([next, tick]);
      stop.abort();
      if (first === 'tick') {
        await assertConnected();
        continue;
      }
      if (first.done) return;
      yield first.value;
      next = chunks.next();
    }
  } finally {
    // The read under way is answered by the end of the stream.
    next.catch(() => {});
    await chunks.return?.();
  }
}
