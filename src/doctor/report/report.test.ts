import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Severity } from '../finding.ts';
import { finding, nasty, reportWith } from '../testing/reports.ts';
import { renderJson, renderYaml } from './document.ts';
import { renderMarkdown } from './markdown.ts';
import { renderShort, renderWide } from './text.ts';

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

test('table -> one line for each cause, the worst first, with what it explains, and what could not run', () => {
  const text = renderShort(reportWith([...folded, finding('logs', { severity: 'Low' })]));
  expect(text).toMatch(/^Critical +A06 +Node node-1 +Node node-1 is not heard\. \(explains 1 more finding\)$/m);
  expect(text).toMatch(/^Low +X01 +PersistentVolumeClaim shop\/logs/m);
  expect(text).toContain('Findings: 1 Critical, 1 Low.');
  expect(text).toContain('as of 2026-06-01T12:00:00Z');
  expect(text).toContain('Not run: 1 rule');
});

test('table without findings -> says so', () => {
  expect(renderShort(reportWith([]))).toMatch(/^Findings: none\.$/m);
});

test('wide -> evidence, proofs, commands; safe actions first, and why rules did not run', () => {
  const text = renderWide(reportWith([finding('data')]));
  const verdicts = [...text.matchAll(/^ {4}([A-Z ]+):/gm)].map(([, verdict]) => verdict);
  expect(verdicts).toEqual(['SAFE', 'SAFE AFTER PROOF', 'UNSAFE']);
  expect(text).toContain("      $ kubectl get pvc 'a b' -n shop\n");
  expect(text).toContain('Proof missing: there is a copy. Make one.');
  expect(text).toContain('  L01: volumeStats: no permission');
  expect(text).toContain('  P05: events: no permission');
});

test.each([
  { name: 'table', render: renderShort },
  { name: 'wide', render: renderWide },
  { name: 'markdown', render: renderMarkdown },
])('$name: no text of the cluster steers the terminal', ({ render }) => {
  const text = render(reportWith([finding(nasty, { sentence: `Claim ${nasty} is stuck.` })]));
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
  expect(text).toContain('\\u001b');
});

test('markdown: text of the cluster makes no markup, and ends no fence', () => {
  const text = renderMarkdown(
    reportWith([finding(nasty, { actions: [], evidence: [{ object: dead, path: 'p', value: '```\n# heading' }] })]),
  );
  expect(text).not.toMatch(/(?<!\\)<script/);
  expect(text).toMatch(/^````$/m);
  expect(text).not.toMatch(/^# heading/m);
});

test('json and yaml -> the same document, with symptoms under their cause', () => {
  const report = reportWith(folded);
  const document = JSON.parse(renderJson(report)) as { findings: { rule: string; symptoms: { rule: string }[] }[] };
  expect(parse(renderYaml(report))).toEqual(document);
  expect(document).toMatchObject({
    kind: 'DoctorReport',
    takenAt: '2026-06-01T12:00:00Z',
    rulesNotRun: [{ rule: 'L01' }],
  });
  expect(document.findings.map(({ rule, symptoms }) => [rule, symptoms.map((each) => each.rule)])).toEqual([
    ['A06', ['X01']],
  ]);
});

test.each<{ name: string; options: { namespace?: string; minSeverity?: Severity }; want: string[]; hidden: number }>([
  { name: 'everything', options: {}, want: ['node-1', 'logs'], hidden: 0 },
  {
    name: 'of a namespace -> also the cause outside of it',
    options: { namespace: 'shop' },
    want: ['node-1', 'logs'],
    hidden: 0,
  },
  { name: 'of another namespace -> nothing', options: { namespace: 'www' }, want: [], hidden: 2 },
  {
    name: 'from High on -> a cause counts as its worst symptom',
    options: { minSeverity: 'High' },
    want: ['node-1'],
    hidden: 1,
  },
])('reportOf: $name', ({ options, want, hidden }) => {
  const report = reportWith([...folded, finding('logs', { severity: 'Low' })], options);
  expect(report.findings.map((each) => each.finding.subject.name)).toEqual(want);
  expect(report.hidden).toBe(hidden);
});
