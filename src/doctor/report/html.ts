// How does the report look in a browser, in print, and as an attachment? One file that asks the network for nothing.

import { createHash } from 'node:crypto';
import { rfc3339 } from '../../base/clock.ts';
import { type Action, evidenceText, refText } from '../finding.ts';
import { type FoldedFinding, flatten } from '../fold.ts';
import { countsText, plural, type Report } from './report.ts';
import { byVerdict, headLines, limits, plainLine, proofText, verdictWords } from './words.ts';

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #5b6570; --line: #d4dae0; --panel: #f5f7f9;
  --Critical: #b3141f; --High: #b4540a; --Medium: #7a6200; --Low: #3b6280; --safe: #1a7037; --unsafe: #b3141f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --paper: #14171a; --soft: #a3adb8; --line: #363d44; --panel: #1d2226;
  --Critical: #ff8d8d; --High: #ffb073; --Medium: #e6cf62; --Low: #93c4e8; --safe: #7fd79a; --unsafe: #ff8d8d; } }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
.soft { color: var(--soft); } article { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .4rem; padding: 1rem; margin: 1rem 0; }
.Critical { border-left-color: var(--Critical); } .High { border-left-color: var(--High); } .Medium { border-left-color: var(--Medium); } .Low { border-left-color: var(--Low); }
pre, table { background: var(--panel); border-radius: .3rem; } pre { padding: .5rem .75rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; vertical-align: top; }
.verdict { font-weight: 700; } .safe { color: var(--safe); } .unsafe { color: var(--unsafe); }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } article, pre, table { break-inside: avoid; background: none; } }
`;

/** The page. All text of the cluster is escaped, and the page's own policy lets nothing run or load. */
export function renderHtml(report: Report): string {
  const { findings, source, takenAtMs } = report;
  const hash = createHash('sha256').update(style).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<title>${escaped(`Amarre doctor: ${source}, ${rfc3339(takenAtMs)}`)}</title>
<style>${style}</style>
</head>
<body>
<h1>Amarre doctor</h1>
<p>Findings: ${countsText(findings)}.</p>
${headLines(report)
  .map((line) => `<p class="soft">${escaped(line)}</p>`)
  .join('\n')}
${findings.length > 0 ? overview(findings) : ''}
${findings.map(article).join('\n')}
${limits(report)
  .map(({ head, lines }) => `<h2>${escaped(head)}</h2>\n${list(lines)}`)
  .join('\n')}
</body>
</html>
`;
}

function overview(findings: readonly FoldedFinding[]): string {
  const rows = findings.map(
    ({ finding: { severity, rule, subject, sentence } }, index) =>
      `<tr><td>${severity}</td><td><a href="#f${index}">${escaped(rule)}</a></td><td>${escaped(refText(subject))}</td><td>${escaped(sentence)}</td></tr>`,
  );
  return `<table>
<thead><tr><th scope="col">Severity</th><th scope="col">Rule</th><th scope="col">Object</th><th scope="col">Finding</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function article(folded: FoldedFinding, index: number): string {
  const { severity, rule, subject, sentence, cause, consequence, evidence, actions } = folded.finding;
  const below = flatten(folded.symptoms);
  const explains =
    below.length > 0
      ? `<h3>Explains ${plural(below.length, 'more finding')}</h3>\n${list(below.map((each) => `${each.severity} ${each.rule}: ${each.sentence}`))}`
      : '';
  return `<article class="${severity}" id="f${index}">
<h2>${severity}: ${escaped(refText(subject))} <span class="soft">${escaped(rule)}</span></h2>
<p>${escaped(sentence)}</p>
<p><strong>Cause:</strong> ${escaped(cause)}<br><strong>If nothing is done:</strong> ${escaped(consequence)}</p>
<h3>Evidence</h3>
${block(evidence.map(evidenceText))}
<h3>What can be done</h3>
${byVerdict(actions).map(actionHtml).join('\n')}
${explains}
</article>`;
}

function actionHtml({ title, verdict, why, proofs, commands }: Action): string {
  return `<p><span class="verdict ${verdict}">${verdictWords[verdict]}: ${escaped(title)}</span><br>${escaped(why)}</p>
${proofs.length > 0 ? list(proofs.map(proofText)) : ''}${commands.length > 0 ? block(commands) : ''}`;
}

function list(lines: readonly string[]): string {
  return `<ul>\n${lines.map((line) => `<li>${escaped(line)}</li>`).join('\n')}\n</ul>`;
}

function block(lines: readonly string[]): string {
  return `<pre>${lines.map(escaped).join('\n')}</pre>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return plainLine(text).replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);
}
