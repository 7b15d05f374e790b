// What does `kubectl get pods` show? The rules of upstream's printPod.

import { ageOf } from '../../apimachinery/duration.ts';
import { epochMsOf } from '../../base/clock.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import type { PrinterColumn } from '../definition.ts';
import type { Container, ContainerStatus, Pod } from './generated/v1.ts';

export const podColumns: PrinterColumn<Pod>[] = [
  nameColumn(),
  {
    ...column<Pod>('Ready', (pod) => {
      const { ready, total } = summarize(pod);
      return `${ready}/${total}`;
    }),
    description: 'The aggregate readiness state of this pod for accepting traffic.',
  },
  {
    ...column<Pod>('Status', (pod) => summarize(pod).status),
    description: 'The aggregate status of the containers in this pod.',
  },
  {
    ...column<Pod>('Restarts', (pod, nowMs) => {
      const { restarts, lastRestart } = summarize(pod);
      return restarts > 0 && lastRestart ? `${restarts} (${ageOf(lastRestart, nowMs)} ago)` : String(restarts);
    }),
    description:
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
  },
  ageColumn(),
  wideColumn('IP', (pod) => pod.status?.podIPs?.[0]?.ip || '<none>'),
  wideColumn('Node', (pod) => pod.spec?.nodeName || '<none>'),
  wideColumn('Nominated Node', (pod) => pod.status?.nominatedNodeName || '<none>'),
  wideColumn('Readiness Gates', readinessGates),
];

interface Summary {
  ready: number;
  total: number;
  status: string;
  restarts: number;
  /** RFC 3339, of the last restart that counts. */
  lastRestart: string | undefined;
}

/** What upstream's printPod computes from the container statuses. Pure. */
export function summarize(pod: Pod): Summary {
  const initContainers = new Map((pod.spec?.initContainers ?? []).map((container) => [container.name, container]));
  const sidecars = [...initContainers.values()].filter(isRestartable).length;
  const summary: Summary = {
    ready: 0,
    total: (pod.spec?.containers.length ?? 0) + sidecars,
    status: pod.status?.reason || pod.status?.phase || '',
    restarts: 0,
    lastRestart: undefined,
  };
  const conditions = pod.status?.conditions ?? [];
  const isGated = conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  if (isGated) summary.status = 'SchedulingGated';

  const isInitializing = addInitContainers(summary, pod, initContainers);
  const isInitialized = conditions.some(({ type, status }) => type === 'Initialized' && status === 'True');
  if (!isInitializing || isInitialized) addContainers(summary, pod, initContainers);

  if (pod.metadata.deletionTimestamp) {
    const isTerminal = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
    if (pod.status?.reason === 'NodeLost') summary.status = 'Unknown';
    else if (!isTerminal) summary.status = 'Terminating';
  }
  return summary;
}

/** Returns whether an init container is still at work or has failed. */
function addInitContainers(summary: Summary, pod: Pod, initContainers: Map<string, Container>): boolean {
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = isRestartable(initContainers.get(status.name));
    countRestarts(summary, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isSidecar && status.started) {
      if (status.ready) summary.ready += 1;
      continue;
    }
    if (terminated) summary.status = `Init:${terminated.reason || exitText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') summary.status = `Init:${waiting.reason}`;
    else summary.status = `Init:${index}/${pod.spec?.initContainers?.length ?? 0}`;
    return true;
  }
  return false;
}

function addContainers(summary: Summary, pod: Pod, initContainers: Map<string, Container>): void {
  summary.restarts = 0;
  summary.lastRestart = undefined;
  for (const status of pod.status?.initContainerStatuses ?? []) {
    if (isRestartable(initContainers.get(status.name))) countRestarts(summary, status);
  }
  let isRunning = false;
  // The first container's reason wins, so it is looked at last.
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(summary, status);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) summary.status = waiting.reason;
    else if (terminated) summary.status = terminated.reason || exitText(terminated);
    else if (status.ready && running) {
      isRunning = true;
      summary.ready += 1;
    }
  }
  if (summary.status === 'Completed' && isRunning) {
    const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    summary.status = isReady ? 'Running' : 'NotReady';
  }
}

function countRestarts(summary: Summary, status: ContainerStatus): void {
  summary.restarts += status.restartCount;
  const finishedAt = status.lastState?.terminated?.finishedAt;
  if (finishedAt && (!summary.lastRestart || epochMsOf(finishedAt) > epochMsOf(summary.lastRestart))) {
    summary.lastRestart = finishedAt;
  }
}

function exitText({ signal, exitCode }: { signal?: number; exitCode: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function isRestartable(container: Container | undefined): boolean {
  return container?.restartPolicy === 'Always';
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter(({ conditionType }) =>
    pod.status?.conditions?.some(({ type, status }) => type === conditionType && status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}
