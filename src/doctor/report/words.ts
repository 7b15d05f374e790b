// Which words does every form of the report share?

import { rfc3339 } from '../../base/clock.ts';
import type { NotRun } from '../examine.ts';
import type { Action, Proof, Verdict } from '../finding.ts';
import { plural, type Report } from './report.ts';

export const verdictWords: Record<Verdict, string> = {
  safe: 'SAFE',
  'safe-after-proof': 'SAFE AFTER PROOF',
  unsafe: 'UNSAFE',
  'needs-expert': 'FOR AN EXPERT',
};

/** `Proof found: node-1 is powered off (Node node-1: spec.taints[…] = NoSchedule)`. */
export function proofText({ claim, found, howTo }: Proof): string {
  if (!found) return `Proof missing: ${claim}. ${howTo}`;
  const { object, path, value } = found;
  const place = `${object.kind} ${object.namespace ? `${object.namespace}/` : ''}${object.name}`;
  return `Proof found: ${claim} (${place}: ${path} = ${value}).`;
}

/** What may be done first, what is better left alone last. */
export function byVerdict(actions: readonly Action[]): Action[] {
  const order: Verdict[] = ['safe', 'safe-after-proof', 'needs-expert', 'unsafe'];
  return actions.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

/** What was looked at, when, and how much of it: one line each. */
export function headLines(report: Report): string[] {
  const { source, takenAtMs, serverVersion, rules, notRun, hidden, notes } = report;
  const version = serverVersion ? `, Kubernetes ${serverVersion}` : '';
  const ran = rules.length - notRun.length;
  return [
    `Looked at ${source}${version}, as of ${rfc3339(takenAtMs)}; ages are judged from that moment.`,
    `${ran} of ${plural(rules.length, 'rule')} ran.${hidden > 0 ? ` ${plural(hidden, 'finding')} elsewhere or less severe not shown.` : ''}`,
    ...notes,
  ];
}

/** Rules that could not run, or not see all of their causes, grouped by the reason. */
function byReason(rules: readonly NotRun[]): string[] {
  const found = new Map<string, string[]>();
  for (const { rule, reason } of rules) found.set(reason, [...(found.get(reason) ?? []), rule]);
  return [...found].map(([reason, ids]) => `${ids.join(', ')}: ${reason}`);
}

/** Controls, line and paragraph ends, and what turns the direction of writing. */
const steering = /\p{Cc}|\p{Zl}|\p{Zp}|\p{Bidi_Control}/gu;

/** One line of plain characters: control characters of a name or message must not steer a terminal. */
export function plainLine(text: string): string {
  return text.replaceAll(steering, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What was not looked at: a head and lines for each part; empty if everything was. */
export function limits({ notRun, partlyRun }: Report): { head: string; lines: string[] }[] {
  return [
    { head: 'Not run, for lack of data', lines: byReason(notRun) },
    { head: 'Run in part: causes that need this data could not be seen', lines: byReason(partlyRun) },
  ].filter(({ lines }) => lines.length > 0);
}
