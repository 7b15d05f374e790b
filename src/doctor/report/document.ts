// How do programs read the report? As one JSON or YAML document.

import { stringify } from 'yaml';
import { rfc3339 } from '../../base/clock.ts';
import type { FoldedFinding } from '../fold.ts';
import type { Report } from './report.ts';

/** The report as plain data; its shape is part of the interface. */
export function documentOf({
  source,
  takenAtMs,
  serverVersion,
  rules,
  findings,
  notRun,
  partlyRun,
  notes,
  hidden,
}: Report): object {
  return {
    apiVersion: 'amarre.io/v1alpha1',
    kind: 'DoctorReport',
    source,
    takenAt: rfc3339(takenAtMs),
    ...(serverVersion && { serverVersion }),
    rulesRun: rules.map(({ id }) => id).filter((id) => !notRun.some(({ rule }) => rule === id)),
    rulesNotRun: notRun,
    rulesPartlyRun: partlyRun,
    hiddenFindings: hidden,
    notes,
    findings: findings.map(findingOf),
  };
}

function findingOf({ finding, symptoms }: FoldedFinding): object {
  const { rule, severity, subject, sentence, cause, consequence, evidence, actions, objects } = finding;
  return {
    rule,
    severity,
    subject,
    sentence,
    cause,
    consequence,
    evidence,
    actions,
    objects,
    ...(symptoms.length > 0 && { symptoms: symptoms.map(findingOf) }),
  };
}

export function renderJson(report: Report): string {
  return `${JSON.stringify(documentOf(report), undefined, 2)}\n`;
}

export function renderYaml(report: Report): string {
  return stringify(documentOf(report), { aliasDuplicateObjects: false });
}
