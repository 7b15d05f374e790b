// What does the reference say of the doctor's rules? One page, made from the rules themselves.

import { assert } from '../src/base/assert.ts';
import type { Rule } from '../src/doctor/rule.ts';
import type { KindName } from '../src/doctor/snapshot/kinds.ts';

const groups: Record<string, string> = {
  P: 'Binding and provisioning',
  S: 'Scheduling',
  A: 'Attaching',
  M: 'Mounting',
  L: 'Deleting and keeping',
  E: 'Growing',
  C: 'Capacity',
  W: 'Workloads',
  N: 'Snapshots',
  B: 'Backups',
  X: 'Versions and control plane',
};

/** Where what is no object comes from: of a cluster, and of a dump. */
const told = {
  volumeStats: ['every kubelet, by `nodes/proxy`: `/stats/summary`', 'the same answer, saved with `kubectl get --raw`'],
  pools: [
    "the drivers' own kinds: nodes.longhorn.io (each disk of a node), cephclusters.ceph.rook.io, thin pools of lvmnodes.local.openebs.io. Other drivers show no more than CSIStorageCapacity, which has no total and is no pool",
    'the same kinds, or StoragePool objects',
  ],
  disks: [
    "the drivers' own kinds: volumes.longhorn.io, lvmvolumes.local.openebs.io, logicalvolumes.topolvm.io. Disks of clouds and other backends are not in the API",
    'the same kinds (then a missing disk proves nothing), or BackendDisk objects',
  ],
  logs: [
    'kubelets, by `nodes/proxy`, for orphaned pods: only where the feature NodeLogQuery and enableSystemLogQuery are on. Logs of pods and controllers are not asked for: the right to read them is one to read every application',
    'LogLine objects',
  ],
  etcdMembers: [
    "the API server: size of its store on `/metrics`, `/readyz/etcd`; the quota from etcd's static pods. Alarms and members are not in the API, and of a control plane that others run there is no quota",
    'EtcdMember objects',
  ],
} satisfies Partial<Record<KindName, [cluster: string, dump: string]>>;

/** The page as Markdown; the same rules give the same text. */
export function doctorPage(rules: readonly Rule[]): string {
  const parts = grouped(rules);
  return `# Rules of amarre doctor

Made from the rules by \`npm run docs:doctor\`; \`amarre doctor explain ID\` prints the same. A rule that lacks data is listed as *not run* by the
report, and never passes silently.

Most of what rules need are objects, by the names under *Needs*. The rest comes from here:

| | On a cluster | In a dump |
|---|---|---|
${Object.entries(told)
  .map(([kind, row]) => `| ${kind} | ${row.join(' | ')} |`)
  .join('\n')}

What is refused or not there is a reason for *not run*, or for *run in part*; nothing of it is needed for the other rules. A dump
may hold \`StoragePool\`, \`BackendDisk\`, \`LogLine\` and \`EtcdMember\` objects of \`doctor.amarre.io/v1\`, which a script writes from what the
backend's own tools print.

${[...parts].map(([group, members]) => `- ${groupName(group)}: ${members.map(({ id, title }) => `[${id}](#${anchor(id, title)})`).join(', ')}`).join('\n')}

${[...parts].map(([group, members]) => `## ${groupName(group)}\n\n${members.map(section).join('\n')}`).join('\n')}`;
}

function groupName(letter: string): string {
  const name = groups[letter];
  assert(name, `there are rules ${letter}…, and their group has no name`);
  return name;
}

function grouped(rules: readonly Rule[]): Map<string, Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const rule of rules) {
    const group = rule.id.replace(/\d+$/, '');
    found.set(group, [...(found.get(group) ?? []), rule]);
  }
  return found;
}

/** As code hosts make it from the heading. */
function anchor(id: string, title: string): string {
  return `${id} ${title}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}

function section({ id, title, severity, needs, reads = [], page }: Rule): string {
  const lines: [string, string][] = [
    ['Severity', `${severity}, unless a finding says otherwise`],
    ['Symptom', page.symptom],
    ['Cause', page.cause],
    ['If nothing is done', page.consequence],
    ['Remedy', page.remedy],
    ['Wrong moves', page.wrongMoves],
    ['Needs', needs.join(', ')],
    ...(reads.length > 0 ? ([['Sees more with', reads.join(', ')]] as [string, string][]) : []),
  ];
  const sources = page.sources.map((source) => `<${source}>`).join(', ');
  return `### ${id} ${title}

${lines.map(([name, text]) => `- **${name}:** ${escaped(text)}`).join('\n')}
- **Sources:** ${sources}
`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|]/g, '\\$&');
}
