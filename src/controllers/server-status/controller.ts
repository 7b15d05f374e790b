// Which change wakes which question for the server's version? `velero version` and `velero plugin get` ask so.

import { keyOf } from '../../apimachinery/meta.ts';
import { serverStatusRequests } from '../../apis/velero/resources.ts';
import type { ServerStatusRequest } from '../../apis/velero/types.ts';
import { builtInPlugins } from '../../backup/plugins.ts';
import { epochMsOf, rfc3339 } from '../../base/clock.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { deleteSeen, patchSeen } from '../../client/write-seen.ts';
import { reconcileStatusRequest, type Step } from './reconcile.ts';

export interface ServerStatusOptions {
  /** Semantic version, with its `v`: the one of Velero whose kinds are served, and whose server it is. */
  serverVersion: string;
}

/** Answers ServerStatusRequests. */
export function serverStatusController(deps: ControllerDeps, { serverVersion }: ServerStatusOptions): Controller {
  const { client, clock } = deps;
  const requests = deps.informers.of(serverStatusRequests);
  const execute = async (step: Step, seen: ServerStatusRequest, signal: AbortSignal): Promise<Outcome> => {
    switch (step.type) {
      case 'Settled':
        return { requeue: 'never' };
      case 'Wait':
        return { requeue: 'after', delayMs: step.retryAfterMs };
      case 'Answer': {
        const processedTimestamp = rfc3339(clock.now());
        const status = { phase: 'Processed', processedTimestamp, serverVersion, plugins: builtInPlugins };
        await patchSeen(client, { resource: serverStatusRequests, seen, changes: { status } }, signal);
        return { requeue: 'now' };
      }
      case 'Remove':
        await deleteSeen(client, { resource: serverStatusRequests, seen }, signal);
        return { requeue: 'never' };
      default:
        return step satisfies never;
    }
  };
  return keyedController(
    {
      name: 'server-status',
      watch: (enqueue) => requests.onChange(({ object }) => enqueue(keyOf(object))),
      reconcileKey: async (key, signal) => {
        const request = requests.get(key);
        if (!request) return { requeue: 'never' };
        const { phase, processedTimestamp } = request.status ?? {};
        const step = reconcileStatusRequest({
          phase,
          isDeleting: request.metadata.deletionTimestamp !== undefined,
          sinceProcessedMs: processedTimestamp ? clock.now() - epochMsOf(processedTimestamp) : undefined,
        });
        return execute(step, request, signal);
      },
    },
    deps,
  );
}
