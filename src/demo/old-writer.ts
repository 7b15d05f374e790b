// What may the old writer still say? Some connections stay with it until its node is mended and its containers are gone.

import type { Clock } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import { isAlive, type ProcessRecord } from '../localcluster/process-record.ts';
import type { Cluster } from './cluster.ts';
import type { Writer } from './writer.ts';

export interface OldWriter {
  cluster: Pick<Cluster, 'containerProcesses'>;
  writer: Pick<Writer, 'pin' | 'unpin'>;
  clock: Clock;
  nodeName: string;
  /** Ends the fault; afterwards nothing keeps the old containers from being cleaned up. */
  mend: (signal: AbortSignal) => Promise<void>;
}

// Somebody has to go on asking the old server, or its late answers would not be noticed.
const pinnedConnections = 2;
const pollMs = 25;

/**
 * Runs `task`, which breaks the node, beside connections that stay with its server. They stay, whatever becomes of the
 * task, until the node is mended and every process that its containers had is gone: when this resolves, all that the
 * old server has ever acknowledged is known.
 */
export async function besideOldWriter<T>(
  { cluster, writer, clock, nodeName, mend }: OldWriter,
  task: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const old = await cluster.containerProcesses(nodeName);
  if (old.length === 0) throw new Error(`Cannot watch the old writer: no container runs on ${nodeName}`);
  writer.pin(pinnedConnections);
  try {
    return await task();
  } finally {
    try {
      await mend(signal);
      await pollUntil(async () => areGone(old), { clock, signal, intervalMs: pollMs });
    } finally {
      writer.unpin();
    }
  }
}

function areGone(processes: readonly ProcessRecord[]): boolean {
  return !processes.some(isAlive);
}
