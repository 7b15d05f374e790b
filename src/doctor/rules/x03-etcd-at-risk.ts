// X03: the store of the API server takes no more writes, or is about to.

import { isPodReady } from '../../apis/core/conditions.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { type Action, type Evidence, evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless, wrongMove } from '../safety/actions.ts';
import { commandLine, kubectl } from '../safety/commands.ts';
import type { Settings } from '../settings.ts';
import { isNodeDown } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { EtcdMember } from '../snapshot/types.ts';

const subject: ObjectRef = { kind: 'Etcd', name: 'etcd' };
const fullShare = 0.9;

export const x03EtcdAtRisk = defineRule({
  id: 'X03',
  title: 'Store of the API server',
  severity: 'Critical',
  needs: ['pods', 'leases', 'nodes'],
  reads: ['etcdMembers'],
  page: {
    symptom:
      '"etcdserver: mvcc: database space exceeded"; every write fails while reads go on; the alert etcdInsufficientMembers.',
    cause: 'The database has reached its quota (alarm NOSPACE), or too few members are healthy to agree on a write.',
    consequence: 'Nothing changes any more: no pod is replaced, no volume attached, detached or resized.',
    remedy:
      'Space: compact, defragment one member after the other, then disarm the alarm. Quorum: bring members back, and only then think of a restore.',
    wrongMoves: 'Disarming first; --force-new-cluster while other members live.',
    sources: [
      'https://github.com/beclab/Olares/issues/3142',
      'https://github.com/openshift/runbooks/blob/master/alerts/cluster-etcd-operator/etcdInsufficientMembers.md',
    ],
  },
  examine: (snapshot, settings) => {
    const signs = [
      ...spaceSigns(snapshot),
      ...reachSigns(snapshot),
      ...quorumSigns(snapshot),
      ...writeSigns(snapshot, settings),
    ];
    const [worst] = signs;
    return worst ? [findingOf(worst, signs)] : [];
  },
});

type Kind = 'space' | 'quorum' | 'writes';

interface Sign {
  kind: Kind;
  sentence: string;
  severity: 'Critical' | 'High';
  facts: Evidence[];
  related: ObjectRef[];
}

/** What the members themselves report of their space. */
function spaceSigns(snapshot: Snapshot): Sign[] {
  const members = snapshot.all('etcdMembers').map((member) => ({ member, quota: quotaOf(snapshot, member) }));
  const usedShare = ({ member, quota }: (typeof members)[number]): number =>
    quota ? (member.dbSizeBytes ?? 0) / quota.bytes : 0;
  const full = members.filter(({ member }) => member.alarms?.includes('NOSPACE'));
  const nearly = members.filter((each) => usedShare(each) >= fullShare);
  const [worst] = full.length > 0 ? full : nearly;
  if (!worst) return [];
  const { member: first, quota } = worst;
  return [
    {
      kind: 'space',
      severity: full.length > 0 ? 'Critical' : 'High',
      sentence:
        full.length > 0
          ? 'Etcd has run out of its space and refuses every write, so nothing in the cluster changes any more.'
          : `Etcd has used ${Math.round(100 * usedShare(worst))} % of its space, and refuses every write once it is full.`,
      facts: [
        evidence(first, 'alarms', first.alarms),
        evidence(first, 'dbSizeBytes', first.dbSizeBytes),
        ...(quota ? [quota.fact] : []),
      ],
      related: [refTo(first)],
    },
  ];
}

interface Quota {
  bytes: number;
  fact: Evidence;
}

// Source: etcd, --quota-backend-bytes.
const defaultQuotaBytes = 2 ** 31;

/** As the member says, else as its static pods are started; undefined where neither is seen. */
function quotaOf(snapshot: Snapshot, member: EtcdMember): Quota | undefined {
  if (member.quotaBytes) return { bytes: member.quotaBytes, fact: evidence(member, 'quotaBytes', member.quotaBytes) };
  const [pod] = etcdPods(snapshot);
  if (!pod) return undefined;
  const words = (pod.spec?.containers ?? []).flatMap(({ command = [], args = [] }) => [...command, ...args]);
  const flag = words.find((word) => word.startsWith('--quota-backend-bytes='));
  const bytes = Number(flag?.split('=')[1]) || defaultQuotaBytes;
  return {
    bytes,
    fact: evidence(pod, 'spec.containers[*].command --quota-backend-bytes', flag ?? `${bytes}, the default`),
  };
}

/** What the API server says of the way to its store. */
function reachSigns(snapshot: Snapshot): Sign[] {
  const store = snapshot.all('etcdMembers').find(({ isReachable }) => isReachable === false);
  if (!store) return [];
  return [
    {
      kind: 'quorum',
      severity: 'Critical',
      sentence: 'The API server gets no answer from etcd: what it shows may be old, and nothing can be changed.',
      facts: [evidence(store, 'isReachable', false)],
      related: [refTo(store)],
    },
  ];
}

/** Members by their own report, else by their static pods. */
function quorumSigns(snapshot: Snapshot): Sign[] {
  const members = snapshot
    .all('etcdMembers')
    .flatMap((member) =>
      member.isHealthy === undefined
        ? []
        : { isHealthy: member.isHealthy, fact: evidence(member, 'isHealthy', member.isHealthy), ref: refTo(member) },
    );
  const pods = etcdPods(snapshot).map((pod) => ({
    isHealthy: isPodReady(pod) && !isNodeDown(snapshot, pod.spec?.nodeName ?? ''),
    fact: evidence(pod, 'status.conditions[Ready].status', String(isPodReady(pod))),
    ref: refTo(pod),
  }));
  const all = members.length > 0 ? members : pods;
  const sick = all.filter(({ isHealthy }) => !isHealthy);
  const healthy = all.length - sick.length;
  const quorum = Math.floor(all.length / 2) + 1;
  if (sick.length === 0 || healthy > quorum) return [];
  return [
    {
      kind: 'quorum',
      severity: 'Critical',
      sentence:
        healthy < quorum
          ? `Only ${healthy} of ${all.length} etcd members are healthy, too few to agree on a write.`
          : `Only ${healthy} of ${all.length} etcd members are healthy: when one more fails, every write stops.`,
      facts: sick.map(({ fact }) => fact),
      related: sick.map(({ ref }) => ref),
    },
  ];
}

function etcdPods(snapshot: Snapshot): Pod[] {
  return snapshot
    .where('pods', {
      index: 'podsOfNamespace',
      key: 'kube-system',
      keysOf: (pod) => [pod.metadata.namespace ?? ''],
    })
    .filter(({ metadata }) => metadata.labels?.['component'] === 'etcd');
}

/**
 * Reads are answered, and no node has renewed its Lease for minutes, yet none was marked as unknown: nobody can write.
 * A single silent node is another matter.
 */
function writeSigns(snapshot: Snapshot, { nodeGoneGraceMs }: Settings): Sign[] {
  const leases = snapshot.all('leases').filter(({ metadata }) => metadata.namespace === 'kube-node-lease');
  if (leases.length < 2) return [];
  const isStale = leases.every(({ spec }) => (snapshot.ageMs(spec?.renewTime) ?? 0) > nodeGoneGraceMs);
  const isMarked = leases.some(({ metadata }) => isNodeDown(snapshot, metadata.name));
  if (!isStale || isMarked) return [];
  return [
    {
      kind: 'writes',
      severity: 'Critical',
      sentence: `None of ${leases.length} nodes has renewed its Lease for minutes, and none was marked for it: the API server takes no writes.`,
      facts: leases.slice(0, 3).map((lease) => evidence(lease, 'spec.renewTime', lease.spec?.renewTime)),
      related: leases.slice(0, 3).map(refTo),
    },
  ];
}

function findingOf(worst: Sign, signs: readonly Sign[]): FindingDraft {
  const kinds = new Set(signs.map(({ kind }) => kind));
  return {
    severity: signs.some(({ severity }) => severity === 'Critical') ? 'Critical' : 'High',
    subject,
    related: signs.flatMap(({ related }) => related),
    sentence: worst.sentence,
    evidence: signs.flatMap(({ facts }) => facts),
    actions: [
      harmless({
        title: 'Ask every member how it is',
        why: 'It only reads: size, leader, alarms, health.',
        commands: [
          commandLine('etcdctl', 'endpoint', 'status', '--cluster', '-w', 'table'),
          commandLine('etcdctl', 'endpoint', 'health', '--cluster'),
          commandLine('etcdctl', 'alarm', 'list'),
          kubectl(['get', 'pods', '-l', 'component=etcd', '-o', 'wide'], 'kube-system'),
        ],
      }),
      harmless({
        title: 'Save a snapshot of etcd',
        why: 'It reads from one member, and is what every later step can go back to.',
        commands: [commandLine('etcdctl', 'snapshot', 'save', 'etcd.snapshot')],
      }),
      ...(kinds.has('space') ? [defragment()] : []),
      ...(kinds.has('quorum')
        ? [
            forExpert({
              title: 'Bring the members back; restore only if they are lost for good',
              why: 'With a majority alive, a lost member is removed and added again. Without one, which copy is the newest has to be found out first.',
            }),
          ]
        : []),
      wrongMove({
        title: 'Disarm the alarm first',
        why: 'The database is still full, and the alarm comes back at the next write.',
      }),
      wrongMove({
        title: 'Start with --force-new-cluster while other members live',
        why: 'There are then two stores with different contents, and both are believed.',
      }),
    ],
  };
}

function defragment(): Action {
  return guarded(
    {
      title: 'Compact, defragment one member after the other, then disarm',
      why: 'Old revisions go, and their space is given back. A member answers nothing while it is defragmented.',
      commands: [
        `etcdctl compact "$(etcdctl endpoint status -w json | sed 's/.*"revision":\\([0-9]*\\).*/\\1/')"`,
        commandLine('etcdctl', 'defrag', '--cluster'),
        commandLine('etcdctl', 'alarm', 'disarm'),
      ],
    },
    [
      {
        claim: 'a snapshot of etcd from just now is kept elsewhere',
        found: undefined,
        howTo: 'Save one, and look: etcdutl snapshot status etcd.snapshot -w table',
      },
    ],
  );
}
