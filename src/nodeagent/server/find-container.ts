// Which container or pod of this node does a path name?

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { AgentConfig } from '../config.ts';
import type { PodManager } from '../pods/manager.ts';
import { containerLogPath } from '../pods/start-container.ts';
import { podContainers, runsOf } from '../pods/view.ts';
import type { ContainerRecord, Runtime } from '../runtime/types.ts';
import type { LogSource } from './log-reader.ts';

export interface KubeletServerDeps {
  config: AgentConfig;
  pods: PodManager;
  runtime: Runtime;
  stats: (signal: AbortSignal) => Promise<object>;
  /** The body of `/metrics`. */
  metrics: (signal: AbortSignal) => Promise<string>;
  clock: Clock;
  log: Logger;
}

/** The request cannot be served; `code` is the HTTP status. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface FoundContainer {
  record: ContainerRecord;
  pod: Pod;
}

/** The pod of namespace and name. Throws HttpError 404. */
export function findPod([namespace = '', podName = '']: string[], { pods }: KubeletServerDeps): Pod {
  const pod = pods.find(namespace, podName)?.pod;
  if (!pod) throw new HttpError(404, `pod "${namespace}/${podName}" not found on this node`);
  return pod;
}

/** The newest run of the container, or the one before. Throws HttpError. */
export function findContainer(
  [namespace = '', podName = '', name = '']: string[],
  deps: KubeletServerDeps,
  { previous }: { previous: boolean },
): FoundContainer {
  const pod = findPod([namespace, podName], deps);
  if (!podContainers(pod).some(({ container }) => container.name === name)) {
    throw new HttpError(400, `container ${name} is not valid for pod ${podName}`);
  }
  const records = deps.pods.find(namespace, podName)?.records() ?? [];
  const record = runsOf(records, name)[previous ? 1 : 0];
  if (record) return { record, pod };
  if (previous) throw new HttpError(400, `previous terminated container "${name}" in pod "${podName}" not found`);
  throw new HttpError(400, `container "${name}" in pod "${podName}" is waiting to start: ContainerCreating`);
}

/** Where the container's output is. */
export function containerLog({ record, pod }: FoundContainer, { config, pods, clock }: KubeletServerDeps): LogSource {
  return {
    path: containerLogPath(config.nodeDir, pod, { container: record.name, attempt: record.attempt }),
    isOpen: () =>
      pods
        .workers()
        .some((worker) => worker.records().some(({ id, state }) => id === record.id && state === 'running')),
    clock,
  };
}
