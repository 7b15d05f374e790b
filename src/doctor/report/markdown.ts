// How does the report look in a ticket?

import { type Action, evidenceText, type Finding, refText } from '../finding.ts';
import { type FoldedFinding, flatten } from '../fold.ts';
import { countsText, plural, type Report } from './report.ts';
import { byVerdict, headLines, limits, plainLine, proofText, verdictWords } from './words.ts';

export function renderMarkdown(report: Report): string {
  return `${[
    '# Amarre doctor',
    '',
    `Findings: ${countsText(report.findings)}.`,
    '',
    ...headLines(report).map((line) => `- ${escaped(line)}`),
    ...report.findings.flatMap(section),
    ...limits(report).flatMap(({ head, lines }) => [
      '',
      `## ${head}`,
      '',
      ...lines.map((line) => `- ${escaped(line)}`),
    ]),
  ].join('\n')}\n`;
}

function section(folded: FoldedFinding): string[] {
  const { severity, rule, subject, sentence, cause, consequence, evidence, actions }: Finding = folded.finding;
  const below = flatten(folded.symptoms);
  return [
    '',
    `## ${severity}: ${escaped(refText(subject))} (${rule})`,
    '',
    escaped(sentence),
    '',
    `- **Cause:** ${escaped(cause)}`,
    `- **If nothing is done:** ${escaped(consequence)}`,
    '',
    '### Evidence',
    '',
    ...fenced(evidence.map(evidenceText)),
    '',
    '### What can be done',
    ...byVerdict(actions).flatMap(actionLines),
    ...(below.length > 0 ? ['', `### Explains ${plural(below.length, 'more finding')}`, ''] : []),
    ...below.map((each) => `- ${each.severity} ${each.rule}: ${escaped(each.sentence)}`),
  ];
}

function actionLines({ title, verdict, why, proofs, commands }: Action): string[] {
  return [
    '',
    `**${verdictWords[verdict]}: ${escaped(title)}** ${escaped(why)}`,
    ...(proofs.length > 0 ? ['', ...proofs.map((proof) => `- ${escaped(proofText(proof))}`)] : []),
    ...(commands.length > 0 ? ['', ...fenced(commands, 'sh')] : []),
  ];
}

/** A fence longer than any run of backquotes in it, so that no text can end it. */
function fenced(lines: readonly string[], language = ''): string[] {
  const plain = lines.map(plainLine);
  const longest = Math.max(2, ...plain.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...plain, fence];
}

function escaped(text: string): string {
  return plainLine(text).replaceAll(/[\\`*_[\]<>|#&]/g, '\\$&');
}
