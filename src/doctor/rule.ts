// What is a rule? A pure function over the snapshot, with the page that explains it.

import type { FindingDraft, Severity } from './finding.ts';
import type { Settings } from './settings.ts';
import type { KindName } from './snapshot/kinds.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

/** The reference page of a rule; plain sentences. */
export interface RulePage {
  /** What a user sees: messages in upstream's words. */
  symptom: string;
  cause: string;
  /** What happens if nothing is done. */
  consequence: string;
  /** What to do about it. */
  remedy: string;
  /** What is better left alone, and why. */
  wrongMoves: string;
  /** Addresses of the documents or sources that the rule follows. */
  sources: readonly string[];
}

export interface Rule {
  /** `P01`. */
  id: string;
  title: string;
  /** Of a typical finding; a finding may carry its own. */
  severity: Severity;
  /** Without one of these kinds the rule is reported as not run. */
  needs: readonly KindName[];
  /** Without one of these kinds the rule sees only a part of its causes, and is reported as run in part. */
  reads?: readonly KindName[];
  /** Why objects that were read lack what the rule judges, as fields of a newer version; the rule is then not run. */
  lacks?(snapshot: Snapshot): string | undefined;
  page: RulePage;
  examine(snapshot: Snapshot, settings: Settings): FindingDraft[];
}

export function defineRule(rule: Rule): Rule {
  return rule;
}
