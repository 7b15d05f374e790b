import { expect, test } from 'vitest';
import type { Pod } from './generated/v1.ts';
import { lines, pod } from './pod.fixture.ts';
import { keepPodStatus, validatePodStatus } from './pod-status.ts';

test.each<{ name: string; status: Pod['status']; old: Pod['status']; want: string[] }>([
  { name: 'same class -> fine', status: { qosClass: 'Burstable' }, old: { qosClass: 'Burstable' }, want: [] },
  {
    name: 'another class',
    status: { qosClass: 'Guaranteed' },
    old: { qosClass: 'Burstable' },
    want: ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
  },
  {
    name: 'a nominated node that none can be called',
    status: { nominatedNodeName: '/' },
    old: {},
    want: [expect.stringContaining('status.nominatedNodeName: Invalid value: "/": a lowercase RFC 1123 subdomain')],
  },
])('validatePodStatus: $name', ({ status, old, want }) => {
  expect(
    lines(validatePodStatus({ ...pod(), ...(status && { status }) }, { ...pod(), ...(old && { status: old }) })),
  ).toEqual(want);
});

test.each<{ name: string; status: Pod['status']; old: Pod['status']; want: Pod['status'] }>([
  {
    name: 'class left out -> kept',
    status: { phase: 'Running' },
    old: { phase: 'Pending', qosClass: 'Burstable', observedGeneration: 3 },
    want: { phase: 'Running', qosClass: 'Burstable', observedGeneration: 3 },
  },
  {
    name: 'a newer generation -> taken',
    status: { qosClass: 'Burstable', observedGeneration: 4 },
    old: { qosClass: 'Burstable', observedGeneration: 3 },
    want: { qosClass: 'Burstable', observedGeneration: 4 },
  },
  {
    name: 'conditions without generations -> each keeps its own',
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'New', status: 'True' },
        { type: 'Initialized', status: 'True', observedGeneration: 9 },
      ],
    },
    old: {
      conditions: [
        { type: 'Initialized', status: 'True', observedGeneration: 1 },
        { type: 'Ready', status: 'False', observedGeneration: 2 },
      ],
    },
    want: {
      conditions: [
        { type: 'Ready', status: 'True', observedGeneration: 2 },
        { type: 'New', status: 'True' },
        { type: 'Initialized', status: 'True', observedGeneration: 9 },
      ],
    },
  },
])('keepPodStatus: $name', ({ status, old, want }) => {
  const object = { ...pod(), ...(status && { status }) };
  keepPodStatus(object, { ...pod(), ...(old && { status: old }) });
  expect(object.status).toEqual(want);
});
