import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { backendKinds } from '../read/backends.ts';
import { allRules } from '../rules/all.ts';
import { isListed, kindNames } from '../snapshot/kinds.ts';
import { kindsFor } from '../snapshot/needed-kinds.ts';
import { finding, nasty, reportWith } from '../testing/reports.ts';
import { policyRules, renderClusterRole } from './cluster-role.ts';
import { renderHtml } from './html.ts';
import { renderMetrics } from './metrics.ts';
import { policyReports } from './policy-report.ts';
import { renderSarif } from './sarif.ts';

const dead = { kind: 'Node', name: 'node-1' };
const folded = [
  finding('data', { blames: [dead] }),
  finding('node', {
    subject: dead,
    objects: [dead],
    severity: 'Critical',
    rule: 'A06',
    sentence: 'Node node-1 is not heard.',
  }),
];

test('html: text of the cluster makes no markup', () => {
  const page = renderHtml(reportWith([finding(nasty, { sentence: `Claim ${nasty} is stuck.`, cause: nasty })]));
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;');
  expect([...page.matchAll(/<(script|img|link|iframe)/g)]).toEqual([]);
});

test('html: asks the network for nothing, and its policy allows only its own style', () => {
  const page = renderHtml(reportWith(folded));
  expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/]+=*'"/);
  expect(page).not.toMatch(/\b(?:src|href)="(?!#)|url\(|@import/);
  expect(page).toMatch(/prefers-color-scheme: dark/);
  expect(page).toMatch(/@media print/);
  expect(page).toContain('Explains 1 more finding');
});

test('sarif -> one result for each cause, the same fingerprint at every look', () => {
  const log = JSON.parse(renderSarif(reportWith(folded))) as {
    runs: [{ results: { partialFingerprints: object }[]; invocations: object[] }];
  };
  const [{ results, invocations }] = log.runs;
  expect(results).toHaveLength(1);
  expect(results[0]).toMatchObject({
    ruleId: 'A06',
    level: 'error',
    partialFingerprints: { 'amarre/v1': 'A06/Node node-1' },
  });
  expect(JSON.stringify(invocations)).toContain('Rule L01: volumeStats: no permission');
});

test('policy reports -> one for the namespace of each subject, one of the cluster with the rules not run', () => {
  const reports = policyReports(reportWith([...folded, finding('logs', { severity: 'Low' })]));
  expect(reports).toMatchObject([
    {
      kind: 'ClusterPolicyReport',
      summary: { fail: 1, warn: 0, skip: 1 },
      results: [
        { policy: 'A06', severity: 'critical', resources: [{ apiVersion: 'v1', kind: 'Node', name: 'node-1' }] },
        { policy: 'L01', result: 'skip' },
      ],
    },
    { kind: 'PolicyReport', metadata: { namespace: 'shop' }, summary: { fail: 0, warn: 1 } },
  ]);
});

test('metrics -> causes with what they explain; a look that failed shows none', () => {
  const look = { report: reportWith([...folded, finding('a"\\\nb')]), endedAtMs: 5000, tookMs: 250 };
  const text = renderMetrics(look);
  expect(text).toContain(
    'amarre_doctor_finding_explains{rule="A06",severity="Critical",kind="Node",namespace="",name="node-1"} 1\n',
  );
  expect(text).toContain('name="a\\"\\\\\\nb"');
  expect(text).toContain('amarre_doctor_findings{severity="Critical"} 1\n');
  expect(text).toMatch(/^amarre_doctor_up 1$/m);
  const failed = renderMetrics({ ...look, report: undefined });
  expect(failed).toMatch(/^amarre_doctor_up 0$/m);
  expect(failed).not.toContain('amarre_doctor_finding');
});

test('cluster role -> lists what the rules read, and nothing else', () => {
  const role = parse(renderClusterRole(allRules)) as {
    rules: { apiGroups?: string[]; resources?: string[]; nonResourceURLs?: string[]; verbs: string[] }[];
  };
  const granted = role.rules.flatMap(({ apiGroups = [], resources = [], nonResourceURLs = [], verbs }) => [
    ...resources.map((each) => `${verbs.join()} ${apiGroups.join()} ${each}`),
    ...nonResourceURLs.map((each) => `${verbs.join()} ${each}`),
  ]);
  expect(new Set(granted).size).toBe(granted.length);
  expect(granted.filter((each) => !each.startsWith('list '))).toEqual([
    'get  nodes/proxy',
    'get  configmaps',
    'get /metrics',
    'get /readyz/etcd',
  ]);
  const asked = kindsFor(allRules).filter(isListed);
  expect(granted.filter((each) => each.startsWith('list '))).toHaveLength(asked.length + backendKinds.length);
});

test.each([
  {
    name: 'no rule needs Secrets or usage -> neither',
    kinds: kindNames.filter((kind) => !['secrets', 'volumeStats', 'logs'].includes(kind)),
    want: [false, false],
  },
  { name: 'some do -> both', kinds: kindNames, want: [true, true] },
])('cluster role: $name', ({ kinds, want }) => {
  const text = JSON.stringify(policyRules(kinds));
  expect([text.includes('"secrets"'), text.includes('nodes/proxy')]).toEqual(want);
});
