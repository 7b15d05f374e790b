// How are requests to metrics.k8s.io answered? By asking the agents of the nodes concerned, each time anew.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { notFound, StatusError } from '../../apimachinery/status-error.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import { StoredObject } from '../cache/stored-object.ts';
import { listResponse, objectResponse } from '../forms/object-response.ts';
import { nodeTarget } from '../kubelet/pod-target.ts';
import type { KubeletClient } from '../kubelet/types.ts';
import { negotiateForm } from '../media-type.ts';
import { cachedObject, cachedObjects } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';
import { selectionOf } from '../registry/selection.ts';
import { methodNotAllowed } from '../registry/catalogue.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import { nodeMetricsOf, podMetricsOf, type Summary } from './summary.ts';

const summaryTimeoutMs = 5000;

/** The answer to a get or list. A node whose agent does not answer is left out of a list, as by upstream's server. */
export async function metricsResponse(
  operation: Operation,
  { headers }: ApiRequest,
  kubelet: KubeletClient | undefined,
): Promise<ApiResponse> {
  const { info, entry, cache, clock, signal } = operation;
  if (info.subresource !== '') throw new StatusError('NotFound', 'the server could not find the requested resource');
  if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
  if (!kubelet) throw new StatusError('ServiceUnavailable', 'this API server has no connection to the nodes');
  const form = negotiateForm(headers['accept'], { hasProtobuf: false, isStream: false, hasTable: true });
  const options = { form, includeObject: info.query.get('includeObject'), nowMs: clock.now() };
  await cache.caughtUp(signal);
  const objects = await (entry.kind === 'NodeMetrics' ? metricsOfNodes : metricsOfPods)(operation, kubelet);
  const items = objects.map(asStored);
  if (info.verb === 'list')
    return listResponse(
      entry,
      { items, revision: cache.revision, continueToken: undefined, remaining: undefined },
      options,
    );
  const [item] = items;
  if (!item) throw notFound(entry.groupResource, info.name);
  return objectResponse(entry, item, { ...options, status: 200 });
}

async function metricsOfNodes(operation: Operation, kubelet: KubeletClient): Promise<KubeObject[]> {
  const isChosen = selectionOf(operation);
  const chosen = cachedObjects<Node>(operation, { group: '', plural: 'nodes' }).filter(
    (node) => isChosen?.(node) ?? true,
  );
  const now = rfc3339(operation.clock.now());
  const found = await Promise.all(
    chosen.map(async (node) => {
      const summary = await summaryOf(node.metadata.name, operation, kubelet);
      return summary && nodeMetricsOf(node, summary, now);
    }),
  );
  return found.filter((metrics) => metrics !== undefined);
}

async function metricsOfPods(operation: Operation, kubelet: KubeletClient): Promise<KubeObject[]> {
  const { namespace } = operation.info;
  const isChosen = selectionOf(operation);
  const place = { group: '', plural: 'pods', ...(namespace !== '' && { namespace }) };
  const chosen = cachedObjects<Pod>(operation, place).filter(
    (pod) => pod.status?.phase === 'Running' && (isChosen?.(pod) ?? true),
  );
  const now = rfc3339(operation.clock.now());
  const nodeNames = [...new Set(chosen.map(({ spec }) => spec?.nodeName ?? ''))].filter(Boolean);
  const summaries = new Map(
    await Promise.all(nodeNames.map(async (name) => [name, await summaryOf(name, operation, kubelet)] as const)),
  );
  return chosen.flatMap((pod) => {
    const summary = summaries.get(pod.spec?.nodeName ?? '');
    return (summary && podMetricsOf(pod, summary, now)) ?? [];
  });
}

/** What the agent of a node reports; undefined if it does not answer in time. */
async function summaryOf(nodeName: string, operation: Operation, kubelet: KubeletClient): Promise<Summary | undefined> {
  const { clock, signal, log } = operation;
  const node = cachedObject<Node>(operation, { group: '', plural: 'nodes', key: nodeName });
  const address = node && nodeTarget(node);
  if (!address) return undefined;
  const waiting = { what: `stats of node ${nodeName}`, timeoutMs: summaryTimeoutMs, signal };
  try {
    return await clock.withTimeout(waiting, async (limit) => {
      const { status, body } = await kubelet.get({ ...address, path: '/stats/summary' }, limit);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      if (status !== 200) throw new Error(`the agent answered with code ${status}: ${text.slice(0, 200)}`);
      return JSON.parse(text) as Summary;
    });
  } catch (error) {
    signal.throwIfAborted();
    log.warn('no stats from a node', { node: nodeName, error });
    return undefined;
  }
}

function asStored(object: KubeObject): StoredObject {
  return new StoredObject({ key: '', revision: 0, bytes: Buffer.from(JSON.stringify(object)), object });
}
