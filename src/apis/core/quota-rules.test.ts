import { expect, test } from 'vitest';
import { type Fields, refusals } from '../testing.ts';

const path = 'spec.scopeSelector.matchExpressions';
const notStandard = 'must be a standard resource type or fully qualified';

test.each<{ name: string; kind?: string; given: Fields; old?: Fields; isStatus?: boolean; want: string[] }>([
  {
    name: 'storage of a class, huge pages, counts, devices -> valid',
    given: {
      spec: {
        hard: {
          'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
          'count/deployments.apps': '3',
          'requests.hugepages-2Mi': '2Mi',
          'requests.nvidia.com/gpu': '2',
        },
      },
    },
    want: [],
  },
  {
    name: 'what no quota knows, and half a pod -> refused',
    given: { spec: { hard: { apples: '1', pods: '0.5' } } },
    want: [
      `spec.hard[apples]: Invalid value: "apples": ${notStandard}`,
      'spec.hard[apples]: Invalid value: "apples": must be a standard resource for quota',
      'spec.hard[pods]: Invalid value: "500m": must be an integer',
    ],
  },
  {
    name: 'scopes that contradict each other, are unknown, or do not know the resource -> refused',
    given: { spec: { hard: { 'requests.cpu': '1' }, scopes: ['BestEffort', 'NotBestEffort', 'Odd'] } },
    want: ['unsupported scope applied to resource', 'unsupported scope', 'conflicting scopes'].map(
      (why) => `spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Odd"]: ${why}`,
    ),
  },
  {
    name: 'a selector with values where none are, and none where some are -> refused',
    given: {
      spec: {
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'PriorityClass', operator: 'NotIn' },
            { scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] },
            { scopeName: 'Odd', operator: 'Like' },
          ],
        },
      },
    },
    want: [
      `${path}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
      `${path}.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
      `${path}.scopeName: Invalid value: "Odd": unsupported scope`,
      `${path}.operator: Invalid value: "Like": not a valid selector operator`,
    ],
  },
  {
    name: 'another scope -> not in an update',
    given: { spec: { scopes: ['Terminating'] } },
    old: { spec: { scopes: ['NotTerminating'] } },
    want: ['spec.scopes: Invalid value: ["Terminating"]: field is immutable'],
  },
  {
    name: 'less than nothing used -> refused',
    given: { status: { used: { pods: '-1' } } },
    isStatus: true,
    want: ['status.used[pods]: Invalid value: "-1": must be greater than or equal to 0'],
  },
  {
    name: 'a ratio that nothing within the bounds can have -> refused',
    kind: 'LimitRange',
    given: {
      spec: { limits: [{ type: 'Pod', min: { cpu: '1' }, max: { cpu: '4' }, maxLimitRequestRatio: { cpu: '5' } }] },
    },
    want: ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "5": ratio 5 is greater than max/min = 4.000000'],
  },
  {
    name: 'a resource of no container, and devices whose default is not their request -> refused',
    kind: 'LimitRange',
    given: {
      spec: {
        limits: [
          { type: 'Pod', max: { storage: '1' } },
          { type: 'Container', default: { 'a.b/c': '2' }, defaultRequest: { 'a.b/c': '1' } },
        ],
      },
    },
    want: [
      'spec.limits[0].max[storage]: Invalid value: "storage": must be a standard resource for containers',
      'spec.limits[1].defaultRequest[a.b/c]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in a.b/c',
    ],
  },
  {
    name: 'terminating while nobody deletes it -> refused',
    kind: 'Namespace',
    given: { status: { phase: 'Terminating' } },
    isStatus: true,
    want: ['status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty'],
  },
  {
    name: 'neither a name nor a password -> refused',
    kind: 'Secret',
    given: { type: 'kubernetes.io/basic-auth' },
    want: ['data[username]: Required value', 'data[password]: Required value'],
  },
  {
    name: 'a growth of something else, in no state -> refused',
    kind: 'PersistentVolumeClaim',
    given: {
      spec: { accessModes: ['ReadWriteOnce'] },
      status: { allocatedResourceStatuses: { storage: 'Growing' }, allocatedResources: { cpu: '1' } },
    },
    isStatus: true,
    want: [
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ],
  },
])('$name', ({ kind = 'ResourceQuota', given, old, isStatus, want }) => {
  expect(refusals(kind, given, { ...(old && { old }), ...(isStatus && { isStatus }) })).toEqual(want);
});
