// How much room does the state take? Asked of the store at each scrape. Source: apiserver/pkg/storage/etcd3/metrics.

import { abortable } from '../../base/abortable.ts';
import type { Metric } from '../../base/metrics/exposition.ts';
import type { RegistryParts } from '../registry/context.ts';

const timeoutMs = 1000;

/** Nothing where there are no files. Never rejects: what the store does not say in time is missed, and the rest is shown. */
export async function storageSize({
  store,
  clock,
  log,
}: Pick<RegistryParts, 'store' | 'clock' | 'log'>): Promise<Metric[]> {
  const limit = { what: 'the size of the store', timeoutMs, signal: new AbortController().signal };
  try {
    const value = await clock.withTimeout(limit, (bounded) => abortable(store.sizeBytes(), bounded));
    if (value === undefined) return [];
    const labels = { storage_cluster_id: store.isShared ? 'etcd-0' : 'lmdb-0' };
    const help = 'Bytes of disk that the files of the store take.';
    return [{ name: 'apiserver_storage_size_bytes', help, type: 'gauge', samples: [{ labels, value }] }];
  } catch (error) {
    log.warn('the store does not tell its size', { error });
    return [];
  }
}
