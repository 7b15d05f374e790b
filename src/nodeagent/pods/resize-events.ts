// What happens to a resize that users should hear of? Told from what the pod's status said before and says now, with the
// kubelet's words. Pure.

import type { Container, Pod, PodCondition, PodStatus } from '../../apis/core/generated/v1.ts';

export interface ResizeEvent {
  type: 'Normal' | 'Warning';
  reason: 'ResizeDeferred' | 'ResizeInfeasible' | 'ResizeStarted' | 'ResizeCompleted';
  message: string;
}

/** Events of a change of status, in the order in which they came about. `pod` asks for what is wanted now. */
export function resizeEvents(pod: Pod, before: PodStatus | undefined, now: PodStatus): ResizeEvent[] {
  const events: ResizeEvent[] = [];
  const pending = changed('PodResizePending', before, now);
  if (pending) {
    const { reason = '', message, observedGeneration } = pending;
    events.push({
      type: 'Warning',
      reason: reason === 'Infeasible' ? 'ResizeInfeasible' : 'ResizeDeferred',
      message: `Pod resize ${reason}: ${summary(pod, observedGeneration, message)}`,
    });
  }
  const started = changed('PodResizeInProgress', before, now);
  if (started) {
    const message = `Pod resize started: ${summary(pod, started.observedGeneration)}`;
    events.push({ type: 'Normal', reason: 'ResizeStarted', message });
  }
  const done = condition('PodResizeInProgress', before);
  if (done && !condition('PodResizeInProgress', now)) {
    const message = `Pod resize completed: ${summary(pod, done.observedGeneration)}`;
    events.push({ type: 'Normal', reason: 'ResizeCompleted', message });
  }
  return events;
}

function condition(type: string, status: PodStatus | undefined): PodCondition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}

function changed(type: string, before: PodStatus | undefined, now: PodStatus): PodCondition | undefined {
  const [old, current] = [condition(type, before), condition(type, now)];
  const isSame =
    old?.reason === current?.reason &&
    old?.message === current?.message &&
    old?.observedGeneration === current?.observedGeneration;
  return old && isSame ? undefined : current;
}

// Names and amounts in the order of the kubelet's JSON.
function summary({ spec }: Pod, generation = 0, error?: string): string {
  const allocation = ({ name, resources }: Container): object => ({
    name,
    resources: {
      ...(resources?.limits && { limits: sorted(resources.limits) }),
      ...(resources?.requests && { requests: sorted(resources.requests) }),
    },
  });
  const [init = [], main = []] = [spec?.initContainers, spec?.containers];
  return JSON.stringify({
    ...(init.length > 0 && { initContainers: init.map(allocation) }),
    ...(main.length > 0 && { containers: main.map(allocation) }),
    generation,
    ...(error && { error }),
  });
}

function sorted(amounts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
