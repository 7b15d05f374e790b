import { merged, minutesAgo, node, object, pod, silentNode } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { x03EtcdAtRisk } from './x03-etcd-at-risk.ts';

const gib = 2 ** 30;
const member = (name: string, rest: object = {}) =>
  object(
    { apiVersion: 'doctor.amarre.io/v1', kind: 'EtcdMember', name },
    { dbSizeBytes: gib, quotaBytes: 8 * gib, alarms: [], isHealthy: true, ...rest },
  );
const members = (...sick: string[]) => ['a', 'b', 'c'].map((name) => member(name, { isHealthy: !sick.includes(name) }));
const etcdPod = (name: string, ready: string, nodeName = 'node-1') =>
  pod({
    metadata: { name, namespace: 'kube-system', labels: { component: 'etcd' } },
    spec: { nodeName },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  });
const lease = (name: string, minutes: number) =>
  object(
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name, namespace: 'kube-node-lease' },
    { spec: { holderIdentity: name, renewTime: minutesAgo(minutes) } },
  );
const node2 = node({ metadata: { name: 'node-2' } });

describeRule(x03EtcdAtRisk, {
  finds: [
    {
      name: 'alarm NOSPACE -> found; defragmenting needs a snapshot first',
      objects: [member('a', { alarms: ['NOSPACE'], dbSizeBytes: 8 * gib })],
      subjects: ['Etcd etcd'],
      sentence: 'refuses every write',
      verdicts: {
        'Ask every member': 'safe',
        'Compact, defragment': 'safe-after-proof',
        'Disarm the alarm first': 'unsafe',
        'Start with --force': 'unsafe',
      },
    },
    {
      name: 'nearly full -> found before it is',
      objects: [member('a', { dbSizeBytes: 7.5 * gib })],
      subjects: ['Etcd etcd'],
      sentence: '94 % of its space',
    },
    {
      name: 'API server tells the size of its store, static pods the quota -> found before it is full',
      objects: [
        member('etcd-0', { dbSizeBytes: 7.6 * gib, quotaBytes: undefined, alarms: undefined, isHealthy: undefined }),
        merged(etcdPod('etcd-1', 'True'), {
          spec: { containers: [{ name: 'etcd', command: ['etcd', `--quota-backend-bytes=${8 * gib}`] }] },
        }),
        node(),
      ],
      subjects: ['Etcd etcd'],
      sentence: '95 % of its space',
    },
    {
      name: 'static pods without a quota -> the default counts',
      objects: [
        member('etcd-0', { dbSizeBytes: 1.9 * gib, quotaBytes: undefined, alarms: undefined, isHealthy: undefined }),
        etcdPod('etcd-1', 'True'),
        node(),
      ],
      subjects: ['Etcd etcd'],
      sentence: '95 % of its space',
    },
    {
      name: 'API server does not reach its store -> found',
      objects: [
        member('etcd', { alarms: undefined, isHealthy: undefined, isReachable: false, dbSizeBytes: undefined }),
      ],
      subjects: ['Etcd etcd'],
      sentence: 'gets no answer from etcd',
    },
    {
      name: 'one of three members is sick -> one more stops every write',
      objects: members('b'),
      subjects: ['Etcd etcd'],
      sentence: 'when one more fails',
      verdicts: { 'Bring the members back': 'needs-expert' },
    },
    {
      name: 'two of three static pods are gone or on a silent node -> too few',
      objects: [
        etcdPod('etcd-1', 'True'),
        etcdPod('etcd-2', 'False'),
        etcdPod('etcd-3', 'True', 'node-2'),
        node(),
        silentNode(9, { metadata: { name: 'node-2' } }),
      ],
      snapshot: { coverage: { etcdMembers: { state: 'not-installed' } } },
      subjects: ['Etcd etcd'],
      sentence: 'Only 1 of 3',
    },
    {
      name: 'no node renews its Lease, and none is marked -> no writes',
      objects: [lease('node-1', 20), lease('node-2', 20), node(), node2, member('a')],
      subjects: ['Etcd etcd'],
      sentence: 'takes no writes',
    },
  ],
  passesBy: [
    {
      name: 'size of the store without any quota, as where others run the control plane -> silent',
      objects: [
        member('etcd-0', {
          dbSizeBytes: 7.9 * gib,
          quotaBytes: undefined,
          alarms: undefined,
          isHealthy: undefined,
          isReachable: true,
        }),
      ],
    },
    {
      name: 'all healthy with space -> silent',
      objects: [...members(), lease('node-1', 0), lease('node-2', 0), node(), node2],
    },
    {
      name: 'one node is silent -> silent: that is not the store',
      objects: [lease('node-1', 20), lease('node-2', 0), node(), node2, member('a')],
    },
    {
      name: 'all nodes are silent and were marked -> silent: somebody could write',
      objects: [lease('node-1', 20), lease('node-2', 20), silentNode(19), node2, member('a')],
    },
    {
      name: 'one of five is sick -> silent: one more may fail',
      objects: [...members(), member('d'), member('e', { isHealthy: false })],
    },
  ],
});
