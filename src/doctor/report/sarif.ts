// How does code scanning read the report? As SARIF 2.1.0, one result for each cause.
// Source: docs.oasis-open.org/sarif/sarif/v2.1.0.

import { rfc3339 } from '../../base/clock.ts';
import { evidenceText, type ObjectRef, refText, type Severity } from '../finding.ts';
import { type FoldedFinding, flatten } from '../fold.ts';
import type { Rule } from '../rule.ts';
import type { Report } from './report.ts';

const levels: Record<Severity, 'error' | 'warning' | 'note'> = {
  Critical: 'error',
  High: 'error',
  Medium: 'warning',
  Low: 'note',
};
/** GitHub's scale of 0 to 10: critical from 9 on, high from 7, medium from 4. */
const scores: Record<Severity, string> = { Critical: '9.5', High: '8.0', Medium: '5.5', Low: '2.0' };

export function renderSarif(report: Report): string {
  const { rules, findings, notRun, partlyRun, source, takenAtMs } = report;
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'amarre-doctor', rules: rules.map(descriptorOf) } },
        invocations: [
          {
            executionSuccessful: true,
            endTimeUtc: rfc3339(takenAtMs),
            toolConfigurationNotifications: [...notRun, ...partlyRun].map(({ rule, reason }) => ({
              level: 'warning',
              message: { text: `Rule ${rule}: ${reason}` },
              associatedRule: { id: rule },
            })),
          },
        ],
        properties: { source },
        results: findings.map((folded) => resultOf(folded, rules)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function descriptorOf({ id, title, severity, page }: Rule): object {
  return {
    id,
    name: title,
    shortDescription: { text: title },
    fullDescription: { text: page.symptom },
    help: { text: `${page.cause} ${page.remedy} Wrong moves: ${page.wrongMoves}` },
    defaultConfiguration: { level: levels[severity] },
    properties: { 'security-severity': scores[severity], tags: ['kubernetes', 'storage'] },
  };
}

function resultOf(folded: FoldedFinding, rules: readonly Rule[]): object {
  const { rule, severity, subject, objects, sentence, evidence } = folded.finding;
  const below = flatten(folded.symptoms).map((each) => `${each.rule}: ${each.sentence}`);
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: levels[severity],
    message: { text: [sentence, ...evidence.map(evidenceText), ...below].join('\n') },
    locations: [locationOf(subject)],
    relatedLocations: objects.slice(1, 21).map(locationOf),
    // Stays the same from look to look, so that one finding is one alert.
    partialFingerprints: { 'amarre/v1': `${rule}/${refText(subject)}` },
  };
}

/** There is no file: the object's place in the cluster stands for one. */
function locationOf({ kind, namespace, name }: ObjectRef): object {
  const parts = [namespace ?? '_cluster', kind, name];
  return {
    physicalLocation: {
      artifactLocation: { uri: parts.map(encodeURIComponent).join('/') },
      region: { startLine: 1 },
    },
    logicalLocations: [{ name, kind: 'resource', fullyQualifiedName: parts.join('/') }],
  };
}
