// Which finding is the cause and which are its symptoms? One dead node is one finding, not forty.

import { type Finding, refText, severities } from './finding.ts';

/** A finding with the findings that it explains. */
export interface FoldedFinding {
  finding: Finding;
  symptoms: FoldedFinding[];
}

/**
 * Hangs every finding under the first finding whose subject it blames, in the order of its blames. What blames itself,
 * or would close a circle, stays a root. Roots come worst first, and a root is as severe as its worst symptom.
 */
export function fold(findings: readonly Finding[]): FoldedFinding[] {
  const bySubject = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = refText(finding.subject);
    bySubject.set(key, [...(bySubject.get(key) ?? []), finding]);
  }
  const parents = new Map<Finding, Finding>();
  for (const finding of findings) {
    const parent = finding.blames
      .flatMap((blamed) => bySubject.get(refText(blamed)) ?? [])
      .find((candidate) => candidate !== finding && !isBelow(candidate, finding, parents));
    if (parent) parents.set(finding, parent);
  }
  const nodes = new Map<Finding, FoldedFinding>(findings.map((finding) => [finding, { finding, symptoms: [] }]));
  const roots: FoldedFinding[] = [];
  for (const [finding, node] of nodes) {
    const parent = parents.get(finding);
    const above = parent && nodes.get(parent);
    if (above) above.symptoms.push(node);
    else roots.push(node);
  }
  return roots.map(withWorst).toSorted(bySeverity);
}

function isBelow(finding: Finding, ancestor: Finding, parents: ReadonlyMap<Finding, Finding>): boolean {
  for (let each: Finding | undefined = finding; each; each = parents.get(each)) if (each === ancestor) return true;
  return false;
}

/** The same tree, with each severity raised to that of the worst symptom. */
function withWorst({ finding, symptoms }: FoldedFinding): FoldedFinding {
  const below = symptoms.map(withWorst).toSorted(bySeverity);
  const ranks = [finding, ...below.map((each) => each.finding)].map(({ severity }) => severities.indexOf(severity));
  return { finding: { ...finding, severity: severities[Math.min(...ranks)] ?? finding.severity }, symptoms: below };
}

function bySeverity(a: FoldedFinding, b: FoldedFinding): number {
  const difference = severities.indexOf(a.finding.severity) - severities.indexOf(b.finding.severity);
  if (difference !== 0) return difference;
  const [left, right] = [a, b].map(({ finding }) => `${finding.rule} ${refText(finding.subject)}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** Every finding of a folded tree, causes before symptoms. */
export function flatten(folded: readonly FoldedFinding[]): Finding[] {
  return folded.flatMap(({ finding, symptoms }) => [finding, ...flatten(symptoms)]);
}
