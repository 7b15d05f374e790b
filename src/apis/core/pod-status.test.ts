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
  {
    name: 'generations before the first, and a text of health that says nothing',
    status: {
      observedGeneration: -1,
      conditions: [{ type: 'a b', status: 'True', observedGeneration: -2 }],
      containerStatuses: [
        {
          name: 'other',
          image: '',
          imageID: '',
          ready: true,
          restartCount: 0,
          allocatedResourcesStatus: [{ name: 'x', resources: [{ resourceID: 'r', health: 'Healthy', message: '' }] }],
        },
      ],
    },
    old: {},
    want: [
      'status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer',
      expect.stringContaining('status.conditions[0].Type: Invalid value: "a b"'),
      'status.observedGeneration: Invalid value: -1: must be a non-negative integer',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message: Required value: must be non-empty if specified',
    ],
  },
  {
    name: 'a claim for resources that no container asks for, twice',
    status: {
      extendedResourceClaimStatus: {
        resourceClaimName: '',
        requestMappings: [
          { containerName: 'nobody', resourceName: 'x', requestName: 'r' },
          { containerName: 'nobody', resourceName: 'x', requestName: 'r' },
        ],
      },
    },
    old: {},
    want: [
      ...[0, 1].map(
        (index) =>
          `status.extendedResourceClaimStatus.requestMappings[${index}].containerName: Invalid value: "nobody": must match the name of an entry in spec.initContainers.name or spec.containers.name`,
      ),
      ...Object.entries({ containerName: 'nobody', resourceName: 'x', requestName: 'r' }).map(
        ([field, value]) =>
          `status.extendedResourceClaimStatus.requestMappings[1].${field}: Duplicate value: "${value}"`,
      ),
      'status.extendedResourceClaimStatus.resourceClaimName: Required value',
    ],
  },
  {
    name: 'an address of no family, beside one',
    status: { podIPs: [{ ip: '1.1.1.1' }, { ip: 'x' }] },
    old: { podIPs: [{ ip: 'x' }] },
    want: [
      'status.podIPs: Internal error: failed to check for dual stack with error:invalid IP[1]: x',
      'status.podIPs: Invalid value: [{"IP":"1.1.1.1"},{"IP":"x"}]: may specify no more than one IP for each IP family',
    ],
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
