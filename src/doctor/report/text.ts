// How does the report look in a terminal? A line for each finding, or each with all that is known of it.

import { type Action, evidenceText, type Finding, refText } from '../finding.ts';
import { type FoldedFinding, flatten } from '../fold.ts';
import { countsText, plural, type Report } from './report.ts';
import { byVerdict, headLines, limits, plainLine, proofText, verdictWords } from './words.ts';

/** One line for each cause; what it explains is counted. */
export function renderShort(report: Report): string {
  const { findings, notRun } = report;
  const rows = findings.map((folded) => {
    const { finding } = folded;
    return [finding.severity, finding.rule, refText(finding.subject), `${finding.sentence}${explains(folded)}`];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0), 8));
  const lines = rows.map((row) => row.map((cell, column) => plainLine(cell).padEnd(widths[column] ?? 0)).join('  '));
  const more = findings.length > 0 ? ['-o wide shows evidence, verdicts and commands.'] : [];
  const unheard =
    notRun.length > 0 ? [`Not run: ${plural(notRun.length, 'rule')}, for lack of data; -o wide says why.`] : [];
  return block([
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    `Findings: ${countsText(findings)}.`,
    ...headLines(report),
    ...unheard,
    ...more,
  ]);
}

/** Everything, causes before what they explain. */
export function renderWide(report: Report): string {
  const { findings } = report;
  const bodies = findings.flatMap((folded) => [...findingLines(folded.finding), ...symptomLines(folded), '']);
  const unheard = limits(report).flatMap(({ head, lines }) => [`${head}:`, ...lines.map((line) => `  ${line}`)]);
  return block([...bodies, `Findings: ${countsText(findings)}.`, ...headLines(report), ...unheard]);
}

function explains(folded: FoldedFinding): string {
  const below = flatten(folded.symptoms).length;
  return below > 0 ? ` (explains ${plural(below, 'more finding')})` : '';
}

function findingLines({ severity, rule, subject, sentence, cause, consequence, evidence, actions }: Finding): string[] {
  return [
    `${severity} ${rule}  ${refText(subject)}`,
    `  ${sentence}`,
    `  Cause: ${cause}`,
    `  If nothing is done: ${consequence}`,
    '  Evidence',
    ...evidence.map((each) => `    ${evidenceText(each)}`),
    '  What can be done',
    ...byVerdict(actions).flatMap(actionLines),
  ];
}

function actionLines({ title, verdict, why, proofs, commands }: Action): string[] {
  return [
    `    ${verdictWords[verdict]}: ${title}`,
    `      ${why}`,
    ...proofs.map((proof) => `      ${proofText(proof)}`),
    ...commands.map((command) => `      $ ${command}`),
  ];
}

function symptomLines({ symptoms }: FoldedFinding): string[] {
  const below = flatten(symptoms);
  if (below.length === 0) return [];
  return [
    `  Explains ${plural(below.length, 'more finding')}`,
    ...below.map(({ severity, rule, sentence }) => `    ${severity} ${rule}  ${sentence}`),
  ];
}

function block(lines: readonly string[]): string {
  return `${lines.map(plainLine).join('\n')}\n`;
}
