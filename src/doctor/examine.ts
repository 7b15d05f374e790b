// What does the doctor find in a snapshot? Every rule that can run, and of every other one why it could not.

import type { Finding, FindingDraft } from './finding.ts';
import type { Rule } from './rule.ts';
import type { Settings } from './settings.ts';
import type { KindName } from './snapshot/kinds.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

export interface NotRun {
  rule: string;
  reason: string;
}

export interface Examination {
  /** Not folded; in the order of the rules. */
  findings: Finding[];
  notRun: NotRun[];
  /** Rules that ran, but could not see some of their causes. */
  partlyRun: NotRun[];
}

/** Runs the rules. A rule that lacks data is never taken for a rule that found nothing. */
export function examine(snapshot: Snapshot, rules: readonly Rule[], settings: Settings): Examination {
  const findings: Finding[] = [];
  const notRun: NotRun[] = [];
  const partlyRun: NotRun[] = [];
  for (const rule of rules) {
    const reason = missingKinds(snapshot, rule.needs) ?? rule.lacks?.(snapshot);
    if (reason) {
      notRun.push({ rule: rule.id, reason });
      continue;
    }
    try {
      findings.push(...rule.examine(snapshot, settings).map((draft) => complete(rule, draft)));
      const unseen = unseenKinds(snapshot, rule);
      if (unseen) partlyRun.push({ rule: rule.id, reason: unseen });
    } catch (error) {
      // Dumps hold objects of any shape. What one rule stumbles over must not silence the others, nor this one.
      notRun.push({ rule: rule.id, reason: `stumbled over this data: ${(error as Error).message}` });
    }
  }
  return { findings, notRun, partlyRun };
}

function missingKinds(snapshot: Snapshot, kinds: readonly KindName[]): string | undefined {
  const reasons = kinds.flatMap((kind) => {
    const coverage = snapshot.coverage(kind);
    return coverage.state === 'unread' ? [`${kind}: ${coverage.reason}`] : [];
  });
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/** Kinds that the rule could do without, and what it did not get to see of the others. */
function unseenKinds(snapshot: Snapshot, { needs, reads = [] }: Rule): string | undefined {
  const partial = [...needs, ...reads].flatMap((kind) => {
    const coverage = snapshot.coverage(kind);
    return coverage.state === 'partial' && coverage.reason ? [`${kind}: ${coverage.reason}`] : [];
  });
  return [missingKinds(snapshot, reads), ...partial].filter(Boolean).join('; ') || undefined;
}

function complete(rule: Rule, draft: FindingDraft): Finding {
  const { related = [], ...rest } = draft;
  return {
    rule: rule.id,
    severity: rule.severity,
    cause: rule.page.cause,
    consequence: rule.page.consequence,
    blames: [],
    ...rest,
    objects: [draft.subject, ...related],
  };
}
