import { expect, test } from 'vitest';
import { created, type Fields, refusals } from '../testing.ts';
import { statefulSet } from './stateful-set.ts';

const selector = { matchLabels: { app: 'x' } };
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'i' }] } };
const spec = { selector, template };
const withPod = (pod: object): Fields => ({ ...template, spec: { ...template.spec, ...pod } });

interface Case {
  name: string;
  kind: string;
  spec?: object;
  old?: object;
  status?: object;
  want: string[];
}

test.each<Case>([
  { name: 'whole -> accepted', kind: 'Deployment', want: [] },
  {
    name: 'fewer than no replicas -> refused',
    kind: 'Deployment',
    spec: { replicas: -1 },
    want: ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  },
  {
    name: 'no selector -> refused',
    kind: 'Deployment',
    spec: { selector: undefined },
    want: [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    ],
  },
  {
    name: 'malformed selector -> refused',
    kind: 'Deployment',
    spec: { selector: { matchExpressions: [{ key: 'app', operator: 'Is' }] } },
    want: [
      'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Is"}]}: invalid label selector',
    ],
  },
  {
    name: 'empty selector -> refused',
    kind: 'Deployment',
    spec: { selector: {} },
    want: ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  },
  {
    name: 'selector of other pods -> refused',
    kind: 'Deployment',
    spec: { selector: { matchLabels: { app: 'y' } } },
    want: ['spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`'],
  },
  {
    name: 'pods that end -> refused',
    kind: 'Deployment',
    spec: { template: withPod({ restartPolicy: 'Never', activeDeadlineSeconds: 5 }) },
    want: [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
  },
  {
    name: 'no containers -> refused',
    kind: 'Deployment',
    spec: { template: withPod({ containers: [] }) },
    want: ['spec.template.spec.containers: Required value'],
  },
  {
    name: 'recreate with a rolling update -> refused',
    kind: 'Deployment',
    spec: { strategy: { type: 'Recreate', rollingUpdate: {} } },
    want: ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  },
  {
    name: 'unknown strategy -> refused',
    kind: 'Deployment',
    spec: { strategy: { type: 'Fast' } },
    want: [
      'spec.strategy: Unsupported value: {"Type":"Fast","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
  },
  {
    name: 'neither surge nor unavailability -> refused',
    kind: 'Deployment',
    spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
    want: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
  },
  {
    name: 'more than all unavailable -> refused',
    kind: 'Deployment',
    spec: { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
    want: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  },
  {
    name: 'a share that is none -> refused',
    kind: 'Deployment',
    spec: { strategy: { rollingUpdate: { maxSurge: 'half' } } },
    want: [
      `spec.strategy.rollingUpdate.maxSurge: Invalid value: "half": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
    ],
  },
  {
    name: 'deadline within the time to be ready -> refused',
    kind: 'Deployment',
    spec: { minReadySeconds: 700 },
    want: ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
  },
  {
    name: 'another selector -> refused',
    kind: 'Deployment',
    spec: { selector: { matchLabels: { app: 'y' } }, template: { ...template, metadata: { labels: { app: 'y' } } } },
    old: spec,
    want: ['spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable'],
  },
  {
    name: 'another image -> accepted',
    kind: 'Deployment',
    spec: { template: withPod({ containers: [{ name: 'a', image: 'j' }] }) },
    old: spec,
    want: [],
  },
  {
    name: 'more ready than there are -> refused',
    kind: 'Deployment',
    status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 },
    want: [
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
    ],
  },
  { name: 'whole -> accepted', kind: 'ReplicaSet', want: [] },
  {
    name: 'empty template -> refused',
    kind: 'ReplicaSet',
    spec: { template: { metadata: {}, spec: { containers: [] } } },
    want: [
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ],
  },
  {
    name: 'another selector -> refused',
    kind: 'ReplicaSet',
    spec: {
      selector: { matchLabels: { app: 'x', tier: 'y' } },
      template: { ...template, metadata: { labels: { app: 'x', tier: 'y' } } },
    },
    old: spec,
    want: ['spec.selector: Invalid value: {"matchLabels":{"app":"x","tier":"y"}}: field is immutable'],
  },
  {
    name: 'negative count -> refused',
    kind: 'ReplicaSet',
    status: { replicas: -1 },
    want: [
      'status.replicas: Invalid value: -1: must be greater than or equal to 0',
      'status.fullyLabeledReplicas: Invalid value: 0: cannot be greater than status.replicas',
      'status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas',
    ],
  },
  {
    name: 'fewer collisions than before -> refused',
    kind: 'Deployment',
    status: { collisionCount: 1 },
    old: { ...spec, status: { collisionCount: 2 } },
    want: ['status.collisionCount: Invalid value: 1: cannot be decremented'],
  },
  { name: 'whole -> accepted', kind: 'DaemonSet', want: [] },
  {
    name: 'no selector -> told of the labels alone',
    kind: 'DaemonSet',
    spec: { selector: undefined },
    want: ['spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`'],
  },
  {
    name: 'surge and unavailability -> refused',
    kind: 'DaemonSet',
    spec: { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } },
    want: [
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
  },
  {
    name: 'neither -> refused',
    kind: 'DaemonSet',
    spec: { updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
    want: ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
  },
  {
    name: 'pods that end -> refused',
    kind: 'DaemonSet',
    spec: { template: withPod({ restartPolicy: 'OnFailure' }) },
    want: ['spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"'],
  },
  {
    name: 'negative count -> refused',
    kind: 'DaemonSet',
    status: { currentNumberScheduled: 0, numberMisscheduled: -1, desiredNumberScheduled: 0, numberReady: 0 },
    want: ['status.numberMisscheduled: Invalid value: -1: must be greater than or equal to 0'],
  },
])('$kind: $name', ({ kind, spec: changed, old, status, want }) => {
  const fields = { spec: { ...spec, ...changed }, ...(status && { status }) };
  expect(
    refusals(kind, fields, { ...(old && { old: { spec: old, ...old } }), isStatus: status !== undefined }),
  ).toEqual(want);
});

test.each<{ name: string; spec: object; want: string[] }>([
  { name: 'selector from the template -> accepted', spec: { template }, want: [] },
  {
    name: 'selector of other pods -> refused',
    spec: { selector: { app: 'y' }, template },
    want: ['spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`'],
  },
  { name: 'no template -> refused', spec: { selector: { app: 'x' } }, want: ['spec.template: Required value'] },
])('ReplicationController: $name', ({ spec: given, want }) => {
  expect(refusals('ReplicationController', { spec: given })).toEqual(want);
});

const claim = (name: string, changed: object = {}): object => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...changed },
});

test.each<{ name: string; spec: object; old?: object; want: string[] }>([
  { name: 'whole -> accepted', spec: { serviceName: 's', volumeClaimTemplates: [claim('data')] }, want: [] },
  {
    name: 'a claim template that is no claim, a service name that is none -> refused in upstream’s order',
    spec: { serviceName: 'S.s', replicas: -1, volumeClaimTemplates: [claim('data', { accessModes: [] })] },
    want: [
      'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      expect.stringMatching(/^spec\.serviceName: Invalid value: "S\.s": a lowercase RFC 1123 label/),
    ],
  },
  {
    name: 'a claim template and a volume of one name -> accepted',
    spec: {
      volumeClaimTemplates: [claim('data'), claim('data')],
      template: withPod({ volumes: [{ name: 'data', emptyDir: {} }] }),
    },
    want: [],
  },
  { name: 'a host name of its own -> not looked at', spec: { template: withPod({ hostname: 'NO' }) }, want: [] },
  {
    name: 'pods replaced when deleted, with a partition -> refused',
    spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
    want: [
      `spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'`,
    ],
  },
  {
    name: 'another service -> refused',
    spec: { serviceName: 'b' },
    old: { serviceName: 'a' },
    want: [expect.stringMatching(/^spec: Forbidden: updates to statefulset spec for fields other than/)],
  },
  { name: 'more replicas -> accepted', spec: { replicas: 3 }, old: { replicas: 1 }, want: [] },
])('StatefulSet: $name', ({ spec: changed, old, want }) => {
  const of = (fields: object): Fields => ({ spec: { ...spec, ...fields } });
  expect(refusals('StatefulSet', of(changed), old && { old: of(old) })).toEqual(want);
});

test('a stateful set -> nothing of what upstream keeps behind a closed gate', () => {
  const set = created('StatefulSet', {
    spec: { ...spec, updateStrategy: { rollingUpdate: { partition: 1, maxUnavailable: 2 } } },
  });
  statefulSet.dropClosedFields?.(set);
  expect(set).toHaveProperty('spec.updateStrategy.rollingUpdate', { partition: 1 });
});
