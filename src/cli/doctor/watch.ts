// amarre doctor --watch: what changes from look to look, and metrics of the last one.

import type { Clock } from '../../base/clock.ts';
import { rfc3339 } from '../../base/clock.ts';
import { refText } from '../../doctor/finding.ts';
import type { FoldedFinding } from '../../doctor/fold.ts';
import { type Look, renderMetrics } from '../../doctor/report/metrics.ts';
import type { Report } from '../../doctor/report/report.ts';
import { plainLine } from '../../doctor/report/words.ts';
import type { CommandContext } from '../actions.ts';

export interface WatchOptions {
  look: (signal: AbortSignal) => Promise<Report>;
  intervalMs: number;
  metricsAddress: { host: string; port: number } | undefined;
}

/** Looks until `signal` aborts. A look that fails is said, and tried again; only metrics that can't be served reject. */
export async function watchCluster(
  { terminal, actions, clock }: CommandContext,
  { look, intervalMs, metricsAddress }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let last: Look = { report: undefined, endedAtMs: 0, tookMs: 0 };
  if (metricsAddress) {
    const { port } = await actions.serveText(metricsAddress, () => renderMetrics(last), signal);
    terminal.err(`Metrics at http://${metricsAddress.host}:${port}/metrics\n`);
  }
  let known: ReadonlyMap<string, FoldedFinding> | undefined;
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    const report = await look(signal).catch((error: Error) => {
      if (!signal.aborted) terminal.err(`${stamp(clock)} could not look: ${plainLine(error.message)}\n`);
      return undefined;
    });
    if (signal.aborted) return;
    last = { report, endedAtMs: clock.now(), tookMs: clock.monotonic() - startedAt };
    if (report) {
      const found = byKey(report);
      terminal.out(changes(known, found, stamp(clock)));
      known = found;
    }
    await clock.sleep(intervalMs, signal).catch(() => {});
  }
}

/** A line for each finding that is new or gone; without an earlier look all are new. */
export function changes(
  before: ReadonlyMap<string, FoldedFinding> | undefined,
  now: ReadonlyMap<string, FoldedFinding>,
  at: string,
): string {
  const appeared = [...now].filter(([key]) => !before?.has(key)).map(([, each]) => line('found  ', each));
  const cleared = [...(before ?? [])].filter(([key]) => !now.has(key)).map(([, each]) => line('cleared', each));
  const lines = [...cleared, ...appeared];
  if (before === undefined && lines.length === 0) return `${at} nothing found\n`;
  return lines.map((each) => `${at} ${each}\n`).join('');
}

export function byKey({ findings }: Report): ReadonlyMap<string, FoldedFinding> {
  return new Map(findings.map((each) => [`${each.finding.rule} ${refText(each.finding.subject)}`, each]));
}

function line(what: string, { finding: { severity, rule, subject, sentence } }: FoldedFinding): string {
  return plainLine(`${what} ${severity} ${rule}  ${refText(subject)}  ${sentence}`);
}

const stamp = (clock: Clock): string => rfc3339(clock.now());
