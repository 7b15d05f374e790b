// Where is the application now? Service → pods by its selector → the address of one that can be tried.

import { isStatus } from '../apimachinery/status-error.ts';
import type { Pod, Service } from '../apis/core/generated/v1.ts';
import { pods, services } from '../apis/resources.ts';
import type { Client } from '../client/types.ts';
import type { Endpoint } from './connection.ts';

/** The pod that a Service would send a client to. Pure. */
export function chooseEndpoint(service: Service, candidates: readonly Pod[]): Endpoint | undefined {
  const port = service.spec?.ports?.[0]?.port;
  if (port === undefined) return undefined;
  const takesUnready = service.spec?.publishNotReadyAddresses ?? false;
  const chosen = candidates.find(
    (pod) =>
      pod.status?.podIP &&
      !pod.metadata.deletionTimestamp &&
      pod.status.phase === 'Running' &&
      (takesUnready || isReady(pod)),
  );
  return chosen?.status?.podIP ? { podUid: chosen.metadata.uid, address: chosen.status.podIP, port } : undefined;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Asks the API; undefined while there is no Service or no pod to try. */
export async function findEndpoint(
  client: Client,
  at: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<Endpoint | undefined> {
  try {
    const service = await client.get(services, at, signal);
    const labelSelector = Object.entries(service.spec?.selector ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    if (labelSelector === '') return undefined;
    const { items } = await client.list(pods, { namespace: at.namespace, labelSelector }, signal);
    return chooseEndpoint(service, items);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
