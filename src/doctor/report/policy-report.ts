// How do policy dashboards read the report? As PolicyReport objects, one for each namespace, and one of the cluster.
// Source: kubernetes-sigs/wg-policy-prototypes, wgpolicyk8s.io/v1alpha2.

import { stringify } from 'yaml';
import { apiVersionOf } from '../../apimachinery/meta.ts';
import { evidenceText, type Finding, type ObjectRef, type Severity } from '../finding.ts';
import { type FoldedFinding, flatten } from '../fold.ts';
import { kindNames, kindRows } from '../snapshot/kinds.ts';
import { type Report, ruleOf } from './report.ts';

const severityNames: Record<Severity, string> = { Critical: 'critical', High: 'high', Medium: 'medium', Low: 'low' };

interface Result {
  source: 'amarre-doctor';
  policy: string;
  rule?: string;
  category?: string;
  severity?: string;
  result: 'fail' | 'warn' | 'skip';
  message: string;
  resources?: object[];
  timestamp: { seconds: number; nanos: number };
}

/** A List that `kubectl apply -f -` takes. */
export function renderPolicyReports(report: Report): string {
  return stringify({ apiVersion: 'v1', kind: 'List', items: policyReports(report) }, { aliasDuplicateObjects: false });
}

/** Findings stand in the report of their subject's namespace; rules that did not run are skips of the cluster's. */
export function policyReports(report: Report): object[] {
  const timestamp = { seconds: Math.floor(report.takenAtMs / 1000), nanos: 0 };
  const byNamespace = new Map<string, Result[]>([['', []]]);
  for (const folded of report.findings) {
    const { namespace = '' } = folded.finding.subject;
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), resultOf(folded, report, timestamp)]);
  }
  const skipped = report.notRun.map(
    ({ rule, reason }): Result => ({
      source: 'amarre-doctor',
      policy: rule,
      result: 'skip',
      message: reason,
      timestamp,
    }),
  );
  return [...byNamespace].map(([namespace, results]) =>
    reportObject(namespace, namespace === '' ? [...results, ...skipped] : results),
  );
}

function reportObject(namespace: string, results: readonly Result[]): object {
  const count = (result: Result['result']): number => results.filter((each) => each.result === result).length;
  return {
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: namespace === '' ? 'ClusterPolicyReport' : 'PolicyReport',
    metadata: {
      name: 'amarre-doctor',
      ...(namespace !== '' && { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'amarre' },
    },
    summary: { pass: 0, fail: count('fail'), warn: count('warn'), error: 0, skip: count('skip') },
    results,
  };
}

function resultOf(folded: FoldedFinding, report: Report, timestamp: Result['timestamp']): Result {
  const { finding } = folded;
  const title = ruleOf(report, finding)?.title;
  return {
    source: 'amarre-doctor',
    policy: finding.rule,
    ...(title && { rule: title }),
    category: 'Storage',
    severity: severityNames[finding.severity],
    result: finding.severity === 'Low' ? 'warn' : 'fail',
    message: messageOf(finding, flatten(folded.symptoms).length),
    resources: finding.objects.slice(0, 20).map(referenceTo),
    timestamp,
  };
}

function messageOf({ sentence, evidence }: Finding, explained: number): string {
  const more = explained > 0 ? [`Explains ${explained} more.`] : [];
  return [sentence, ...more, ...evidence.map(evidenceText)].join('\n');
}

const byKind = new Map(kindNames.map((name) => [kindRows[name].resource.kind, kindRows[name].resource]));

function referenceTo({ kind, namespace, name }: ObjectRef): object {
  const resource = byKind.get(kind);
  return { ...(resource && { apiVersion: apiVersionOf(resource) }), kind, ...(namespace && { namespace }), name };
}
