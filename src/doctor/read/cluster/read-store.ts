// How full is the store behind the API server, and does the server reach it? What it says on /metrics and /readyz/etcd.

import { isStatus, StatusError } from '../../../apimachinery/status-error.ts';
import type { Coverage, EtcdMember } from '../../snapshot/types.ts';
import { getText, type Server } from './list-pages.ts';

export interface StoreReading {
  objects: EtcdMember[];
  coverage: Coverage;
}

export const storePaths = { metrics: '/metrics', health: '/readyz/etcd' } as const;

// Under the first name since Kubernetes 1.28; the others are those of 1.27 and of before.
const sizeLine =
  /^(?:apiserver_storage_size_bytes|apiserver_storage_db_total_size_in_bytes|etcd_db_total_size_in_bytes)\{([^}]*)\} (\S+)/gm;

/** One object for each store that the server tells the size of. Never rejects but for the signal. */
export async function readStore(server: Server, signal: AbortSignal): Promise<StoreReading> {
  const once = { ...server, attemptsMax: 1 };
  const [sizes, health] = await Promise.all([sizesOf(once, signal), healthOf(once, signal)]);
  const names = sizes.found.length > 0 ? sizes.found : health.isReachable === undefined ? [] : [{ name: 'etcd' }];
  if (names.length === 0)
    return {
      objects: [],
      coverage: { state: 'unread', reason: `the API server tells nothing of its store (${sizes.why ?? health.why})` },
    };
  const objects = names.map(({ name, ...size }) => member(name, { ...size, isReachable: health.isReachable }));
  return {
    objects,
    coverage: {
      state: 'partial',
      namespaces: [],
      reason: `the API server tells size and health of its store, not its alarms and members${sizes.why ? ` (${sizes.why})` : ''}`,
    },
  };
}

function member(
  name: string,
  { dbSizeBytes, isReachable }: { dbSizeBytes?: number; isReachable: boolean | undefined },
): EtcdMember {
  return {
    apiVersion: 'doctor.amarre.io/v1',
    kind: 'EtcdMember',
    metadata: { name, uid: '', resourceVersion: '', creationTimestamp: '' },
    ...(dbSizeBytes !== undefined && { dbSizeBytes }),
    ...(isReachable !== undefined && { isReachable }),
  };
}

interface Sizes {
  found: { name: string; dbSizeBytes: number }[];
  /** Why there are none. */
  why?: string;
}

async function sizesOf(server: Server, signal: AbortSignal): Promise<Sizes> {
  try {
    const text = await getText(server, { path: storePaths.metrics, accept: 'text/plain' }, signal);
    const found = sizesIn(text);
    return found.length > 0 ? { found } : { found, why: `${storePaths.metrics} has no size of the store` };
  } catch (error) {
    signal.throwIfAborted();
    return { found: [], why: (error as Error).message };
  }
}

/** By the label that tells the stores apart, whatever its name in that version. */
export function sizesIn(metrics: string): { name: string; dbSizeBytes: number }[] {
  const byName = new Map<string, number>();
  for (const [, labels = '', value] of metrics.matchAll(sizeLine)) {
    const name = /="([^"]*)"/.exec(labels)?.[1] || 'etcd';
    const bytes = Number(value);
    if (Number.isFinite(bytes) && !byName.has(name)) byName.set(name, bytes);
  }
  return [...byName].map(([name, dbSizeBytes]) => ({ name, dbSizeBytes }));
}

/** A server without etcd has no such check, and who may not ask learns nothing: neither means that etcd is sick. */
async function healthOf(
  server: Server,
  signal: AbortSignal,
): Promise<{ isReachable: boolean | undefined; why?: string }> {
  try {
    await getText(server, { path: storePaths.health, accept: 'text/plain' }, signal);
    return { isReachable: true };
  } catch (error) {
    signal.throwIfAborted();
    const isRefused = error instanceof StatusError && error.code >= 500 && !isStatus(error, 'Timeout');
    return isRefused ? { isReachable: false } : { isReachable: undefined, why: (error as Error).message };
  }
}
