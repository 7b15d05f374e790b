// How full are the mounted volumes of all nodes? Every kubelet is asked through the API server.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { isStatus } from '../../../apimachinery/status-error.ts';
import { nodeCondition } from '../../../apis/core/conditions.ts';
import type { Node } from '../../../apis/core/generated/v1.ts';
import type { VolumeStats } from '../../snapshot/types.ts';
import { summaryPath, volumeStatsOf } from '../kubelet-stats.ts';
import { eachLimited } from './each-limited.ts';
import { getJson, type Server } from './list-pages.ts';

// A kubelet that is slow must not keep the others waiting for long.
const askedAtOnce = 16;
const timeoutMs = 5_000;

export interface UsageReading {
  /** One for each claim; of a claim that several pods share, the first answer. */
  stats: VolumeStats[];
  /** Why a node could not be asked, one text each. */
  failures: string[];
  asked: number;
}

/** One short try: one of hundreds that does not answer is left out. */
export function kubeletPatience(server: Server): Server {
  return { ...server, attemptsMax: 1, requestTimeoutMs: Math.min(server.requestTimeoutMs, timeoutMs) };
}

export function readyNodeNames(nodes: readonly KubeObject[]): string[] {
  return nodes
    .filter((node) => nodeCondition(node as Node, 'Ready')?.status === 'True')
    .map(({ metadata }) => metadata.name);
}

/** Asks the kubelets of all Ready nodes; those of the others would not answer. Never rejects but for the signal. */
export async function readVolumeStats(
  server: Server,
  nodes: readonly KubeObject[],
  signal: AbortSignal,
): Promise<UsageReading> {
  const patience = kubeletPatience(server);
  const names = readyNodeNames(nodes);
  const failures: string[] = [];
  const byClaim = new Map<string, VolumeStats>();
  let isForbidden = false;
  await eachLimited(names, askedAtOnce, async (name) => {
    // What the first node's answer forbids, the others' will.
    if (isForbidden) return void failures.push(`${name}: no permission`);
    try {
      for (const stats of volumeStatsOf(name, await getJson(patience, { path: summaryPath(name) }, signal))) {
        const key = `${stats.metadata.namespace}/${stats.metadata.name}`;
        if (!byClaim.has(key)) byClaim.set(key, stats);
      }
    } catch (error) {
      signal.throwIfAborted();
      isForbidden ||= isStatus(error, 'Forbidden');
      failures.push(`${name}: ${(error as Error).message}`);
    }
  });
  return { stats: [...byClaim.values()], failures, asked: names.length };
}
