// Which Findings have to be made, changed and removed so that they say what the rules say now?

import { createHash } from 'node:crypto';
import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import type { Finding, FindingSpec } from '../../apis/amarre/finding-types.ts';
import type { FoldedFinding } from '../../doctor/fold.ts';
import { flatten } from '../../doctor/fold.ts';

export interface FindingDraft {
  metadata: { namespace: string; name: string };
  spec: FindingSpec;
}

export type Step =
  | { type: 'Create'; draft: FindingDraft }
  | { type: 'Update'; object: Finding; spec: FindingSpec }
  | { type: 'Delete'; object: Finding };

export interface FindingsView {
  found: readonly FoldedFinding[];
  existing: readonly Finding[];
  /** May objects be made in this namespace? */
  isOpen: (namespace: string) => boolean;
}

/** Where findings about cluster-scoped objects stand, and those of namespaces that end, as events do. */
const commonNamespace = 'default';
// More would make an object that nobody reads, and that a store may refuse.
const symptomsMax = 50;

/** All steps; they do not depend on each other. */
export function reconcileFindings({ found, existing, isOpen }: FindingsView): Step[] {
  const wanted = new Map(found.map((folded) => draftOf(folded, isOpen)).map((draft) => [keyOf(draft), draft]));
  const present = new Map(existing.map((object) => [keyOf(object), object]));
  return [
    ...existing.filter((object) => !wanted.has(keyOf(object))).map((object): Step => ({ type: 'Delete', object })),
    ...[...wanted].flatMap(([key, draft]): Step[] => {
      const object = present.get(key);
      if (!object) return [{ type: 'Create', draft }];
      return saysTheSame(object.spec, draft.spec) ? [] : [{ type: 'Update', object, spec: draft.spec }];
    }),
  ];
}

/** Evidence that only counts time would be written again at every look: the rest decides. */
function saysTheSame({ evidence: _old, ...old }: FindingSpec, { evidence: _next, ...next }: FindingSpec): boolean {
  return jsonEqual(old, next);
}

function draftOf(folded: FoldedFinding, isOpen: (namespace: string) => boolean): FindingDraft {
  const { rule, severity, subject, sentence, cause, consequence, evidence, actions } = folded.finding;
  const symptoms = flatten(folded.symptoms)
    .slice(0, symptomsMax)
    .map((each) => ({ rule: each.rule, subject: each.subject, sentence: each.sentence }));
  const namespace = subject.namespace && isOpen(subject.namespace) ? subject.namespace : commonNamespace;
  return {
    metadata: { namespace, name: nameOf(folded) },
    spec: {
      rule,
      severity,
      subject,
      sentence,
      cause,
      consequence,
      evidence: evidence.map(({ object, path, value }) => ({ object, path, value })),
      actions: actions.map(({ title, verdict, why, commands, proofs }) => ({
        title,
        verdict,
        why,
        ...(commands.length > 0 && { commands }),
        ...(proofs.length > 0 && {
          proofs: proofs.map(({ claim, found, howTo }) => ({ claim, found: found !== undefined, howTo })),
        }),
      })),
      ...(symptoms.length > 0 && { symptoms }),
    },
  };
}

/** `p01-data-3f2a9c`: follows from rule and subject, so that one cause is one object however often it is looked at. */
function nameOf({ finding: { rule, subject } }: FoldedFinding): string {
  const { kind, namespace = '', name } = subject;
  const hash = createHash('sha256').update(`${kind}/${namespace}/${name}`).digest('hex').slice(0, 6);
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  return [rule.toLowerCase(), ...(readable ? [readable] : []), hash].join('-');
}
