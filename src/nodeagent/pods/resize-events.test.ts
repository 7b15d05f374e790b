import { expect, test } from 'vitest';
import type { Pod, PodCondition, PodStatus } from '../../apis/core/generated/v1.ts';
import { resizeEvents } from './resize-events.ts';

const pod: Pod = {
  metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: {
    initContainers: [{ name: 'first' }],
    containers: [{ name: 'main', resources: { requests: { memory: '1Mi', cpu: '1' }, limits: { cpu: '2' } } }],
  },
};
const asked =
  '"initContainers":[{"name":"first","resources":{}}],"containers":[{"name":"main","resources":{"limits":{"cpu":"2"},"requests":{"cpu":"1","memory":"1Mi"}}}]';

const status = (...conditions: Omit<PodCondition, 'status'>[]): PodStatus => ({
  conditions: conditions.map((one) => ({ status: 'True', ...one })),
});
const infeasible = { type: 'PodResizePending', reason: 'Infeasible', message: 'no room', observedGeneration: 3 };
const going = { type: 'PodResizeInProgress', observedGeneration: 2 };

test.each<{ name: string; before: PodStatus | undefined; now: PodStatus; want: string[] }>([
  { name: 'nothing about a resize -> silence', before: undefined, now: status({ type: 'Ready' }), want: [] },
  {
    name: 'no node could hold it -> ResizeInfeasible with what was asked and why not',
    before: undefined,
    now: status(infeasible),
    want: [`Warning ResizeInfeasible Pod resize Infeasible: {${asked},"generation":3,"error":"no room"}`],
  },
  {
    name: 'not now -> ResizeDeferred',
    before: status(infeasible),
    now: status({ ...infeasible, reason: 'Deferred' }),
    want: [`Warning ResizeDeferred Pod resize Deferred: {${asked},"generation":3,"error":"no room"}`],
  },
  { name: 'the same again -> silence', before: status(infeasible), now: status(infeasible), want: [] },
  {
    name: 'begun -> ResizeStarted',
    before: status(),
    now: status(going),
    want: [`Normal ResizeStarted Pod resize started: {${asked},"generation":2}`],
  },
  {
    name: 'another one begun before the end of the first -> ResizeStarted again',
    before: status(going),
    now: status({ ...going, observedGeneration: 4 }),
    want: [`Normal ResizeStarted Pod resize started: {${asked},"generation":4}`],
  },
  {
    name: 'over -> ResizeCompleted with the generation that was begun',
    before: status(going),
    now: status(),
    want: [`Normal ResizeCompleted Pod resize completed: {${asked},"generation":2}`],
  },
])('resizeEvents: $name', ({ before, now, want }) => {
  expect(resizeEvents(pod, before, now).map(({ type, reason, message }) => `${type} ${reason} ${message}`)).toEqual(
    want,
  );
});
