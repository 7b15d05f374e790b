// What do the drivers' own kinds tell of pools and disks? Each that the server has and the caller may list.

import { groupResourceOf, type KubeObject } from '../../../apimachinery/meta.ts';
import { isStatus } from '../../../apimachinery/status-error.ts';
import { collectionPath } from '../../../client/request-path.ts';
import type { Coverage } from '../../snapshot/types.ts';
import { type BackendKind, backendKinds } from '../backends.ts';
import { eachLimited } from './each-limited.ts';
import { listPages, type Server } from './list-pages.ts';

export interface BackendReading {
  objects: KubeObject[];
  coverage: Coverage;
}

const listsAtOnce = 2;

/** Pools, or disks, of every driver that shows them. Never rejects but for the signal. */
export async function readBackends(
  server: Server,
  what: 'pools' | 'disks',
  signal: AbortSignal,
): Promise<BackendReading> {
  const kinds = backendKinds.filter((kind) => kind[what]);
  const failures: string[] = [];
  const objects: KubeObject[] = [];
  let readCount = 0;
  await eachLimited(kinds, listsAtOnce, async (kind) => {
    try {
      for (const each of await listOf(server, kind, signal)) objects.push(...(kind[what]?.(each) ?? []));
      readCount += 1;
    } catch (error) {
      signal.throwIfAborted();
      // The driver is not installed.
      if (isStatus(error, 'NotFound')) return;
      failures.push(`${groupResourceOf(kind.resource)}: ${(error as Error).message}`);
    }
  });
  const others = failures.length > 0 ? ` (${failures.join('; ')})` : '';
  if (readCount === 0) {
    const names = kinds.map(({ resource }) => groupResourceOf(resource)).join(', ');
    return {
      objects,
      coverage: { state: 'unread', reason: `no driver here shows its ${what} in the API, as ${names} do${others}` },
    };
  }
  if (what === 'disks' && failures.length === 0) return { objects, coverage: { state: 'read' } };
  return {
    objects,
    coverage: {
      state: 'partial',
      namespaces: [],
      reason: `only of drivers that show their ${what} in the API${others}`,
    },
  };
}

async function listOf(server: Server, { resource }: BackendKind, signal: AbortSignal): Promise<KubeObject[]> {
  let found: KubeObject[] = [];
  await listPages(
    server,
    {
      path: collectionPath(resource, undefined),
      begin: () => void (found = []),
      take: (object) => found.push(object),
    },
    signal,
  );
  return found;
}
