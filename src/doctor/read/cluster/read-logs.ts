// What do kubelets log of pods that they can't clean up after? Asked through the API server, where the kubelets answer
// queries of their logs (NodeLogQuery with enableSystemLogQuery, off unless somebody switched it on).

import type { KubeObject } from '../../../apimachinery/meta.ts';
import type { Coverage, LogLine } from '../../snapshot/types.ts';
import { eachLimited } from './each-limited.ts';
import { getText, type Server } from './list-pages.ts';
import { kubeletPatience, readyNodeNames } from './read-volume-stats.ts';

export interface LogReading {
  objects: LogLine[];
  coverage: Coverage;
}

const askedAtOnce = 8;
const linesMax = 100;
/** A kubelet says it again and again while it is so. */
const pattern = 'rphaned pod';

export function logPath(nodeName: string): string {
  const query = new URLSearchParams({ query: 'kubelet', pattern, tailLines: String(linesMax) });
  return `/api/v1/nodes/${encodeURIComponent(nodeName)}/proxy/logs/?${query}`;
}

/** Asks one kubelet first: what it does not offer, the others will not either. Never rejects but for the signal. */
export async function readLogs(server: Server, nodes: readonly KubeObject[], signal: AbortSignal): Promise<LogReading> {
  const [first, ...others] = readyNodeNames(nodes);
  if (first === undefined) return unread('no node is Ready');
  const objects: LogLine[] = [];
  const failures: string[] = [];
  const ask = async (name: string): Promise<void> => {
    try {
      const path = logPath(name);
      const text = await getText(kubeletPatience(server), { path, accept: 'text/plain' }, signal);
      for (const line of text.split('\n')) if (line.includes(pattern)) objects.push(lineOf(name, line, objects.length));
    } catch (error) {
      signal.throwIfAborted();
      failures.push(`${name}: ${(error as Error).message}`);
    }
  };
  await ask(first);
  const [why] = failures;
  if (why !== undefined) return unread(`the kubelets do not show their logs (${why})`);
  await eachLimited(others, askedAtOnce, ask);
  const missing = failures.length > 0 ? `; ${failures.length} kubelets gave no answer (${failures[0]})` : '';
  const reason = `only what kubelets say of orphaned pods, not logs of kernels and controllers${missing}`;
  return { objects, coverage: { state: 'partial', namespaces: [], reason } };
}

function unread(reason: string): LogReading {
  return { objects: [], coverage: { state: 'unread', reason } };
}

function lineOf(nodeName: string, text: string, index: number): LogLine {
  return {
    apiVersion: 'doctor.amarre.io/v1',
    kind: 'LogLine',
    metadata: { name: `${nodeName}-${index}`, uid: '', resourceVersion: '', creationTimestamp: '' },
    component: 'kubelet',
    nodeName,
    text,
  };
}
