// How does monitoring read what is found? Gauges in the text format of Prometheus.

import { type FoldedFinding, flatten } from '../fold.ts';
import { counts, type Report } from './report.ts';

/** What one look has come to. */
export interface Look {
  /** Undefined if it could not be looked: old findings must then not be taken for today's. */
  report: Report | undefined;
  endedAtMs: number;
  tookMs: number;
}

/** A text for a scrape. Each cause is a gauge of its own; what it explains is counted. */
export function renderMetrics({ report, endedAtMs, tookMs }: Look): string {
  const gauges = [
    gauge('amarre_doctor_up', 'Whether the last look at the cluster succeeded.', [[{}, report ? 1 : 0]]),
    gauge('amarre_doctor_last_look_timestamp_seconds', 'When the last look ended.', [[{}, endedAtMs / 1000]]),
    gauge('amarre_doctor_look_duration_seconds', 'How long the last look took.', [[{}, tookMs / 1000]]),
  ];
  if (report) gauges.push(...findingGauges(report));
  return gauges.join('');
}

function findingGauges({ findings, notRun, rules }: Report): string[] {
  return [
    gauge(
      'amarre_doctor_findings',
      'Causes found, by severity.',
      Object.entries(counts(findings)).map(([severity, count]) => [{ severity }, count]),
    ),
    gauge(
      'amarre_doctor_finding_explains',
      'Causes found, and how many more findings each explains.',
      findings.map((folded) => [labelsOf(folded), flatten(folded.symptoms).length]),
    ),
    gauge(
      'amarre_doctor_rule_runs',
      'Whether a rule had the data that it needs.',
      rules.map(({ id }) => [{ rule: id }, notRun.some(({ rule }) => rule === id) ? 0 : 1]),
    ),
  ];
}

function labelsOf({ finding: { rule, severity, subject } }: FoldedFinding): Record<string, string> {
  return { rule, severity, kind: subject.kind, namespace: subject.namespace ?? '', name: subject.name };
}

function gauge(name: string, help: string, samples: readonly [Record<string, string>, number][]): string {
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
