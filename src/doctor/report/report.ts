// What is reported of an examination? The folded findings that were asked for, and all that limits what they say.

import { type Examination, type NotRun } from '../examine.ts';
import { type Finding, type Severity, severities } from '../finding.ts';
import { type FoldedFinding, flatten, fold } from '../fold.ts';
import type { Reading } from '../read/reading.ts';
import type { Rule } from '../rule.ts';

export interface Report {
  /** `context kind-prod`. */
  source: string;
  /** The moment that the objects show, in ms since the epoch. */
  takenAtMs: number;
  serverVersion: string | undefined;
  rules: readonly Rule[];
  findings: FoldedFinding[];
  /** Findings that were left out by namespace or severity. */
  hidden: number;
  notRun: NotRun[];
  /** Rules that ran, but could not see some of their causes. */
  partlyRun: NotRun[];
  notes: string[];
}

export interface ReportOptions {
  rules: readonly Rule[];
  /** Only what concerns this namespace. */
  namespace?: string | undefined;
  minSeverity: Severity;
}

/** Folds, then leaves out whole trees: a cause is never separated from what it explains. */
export function reportOf(
  { snapshot, source, notes }: Reading,
  examination: Examination,
  options: ReportOptions,
): Report {
  const { rules, namespace, minSeverity } = options;
  const folded = fold(examination.findings);
  const shown = folded.filter((each) => isWorse(each.finding.severity, minSeverity) && concerns(each, namespace));
  return {
    source,
    takenAtMs: snapshot.takenAtMs,
    serverVersion: snapshot.data.serverVersion,
    rules,
    findings: shown,
    hidden: folded.length - shown.length,
    notRun: examination.notRun,
    partlyRun: examination.partlyRun,
    notes,
  };
}

/** Is `severity` at `limit` or above? */
export function isWorse(severity: Severity, limit: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(limit);
}

function concerns(folded: FoldedFinding, namespace: string | undefined): boolean {
  if (namespace === undefined) return true;
  return flatten([folded]).some(({ objects }) =>
    objects.some(
      (object) => object.namespace === namespace || (object.kind === 'Namespace' && object.name === namespace),
    ),
  );
}

/** Number of root findings by severity. */
export function counts(findings: readonly FoldedFinding[]): Record<Severity, number> {
  const found = Object.fromEntries(severities.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const { finding } of findings) found[finding.severity] += 1;
  return found;
}

/** `2 Critical, 1 Low`; `none` without any. */
export function countsText(findings: readonly FoldedFinding[]): string {
  const found = counts(findings);
  const parts = severities
    .filter((severity) => found[severity] > 0)
    .map((severity) => `${found[severity]} ${severity}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

/** `1 finding`, `3 findings`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** The rule behind a finding. */
export function ruleOf({ rules }: Report, { rule }: Finding): Rule | undefined {
  return rules.find(({ id }) => id === rule);
}
