// How is a rule tested? Causes that it must find, near misses that it must pass by, and the law of safety over all of them.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { type Examination, examine } from '../examine.ts';
import { type Evidence, type Finding, refText, type Verdict } from '../finding.ts';
import type { Rule } from '../rule.ts';
import { defaultSettings, type Settings } from '../settings.ts';
import { kindNames, kindOf, kindRows } from '../snapshot/kinds.ts';
import type { SnapshotData } from '../snapshot/snapshot.ts';
import { snapshotOf } from './builders.ts';

export interface RuleCase {
  /** `situation -> outcome`. */
  name: string;
  objects: readonly KubeObject[];
  snapshot?: Partial<Omit<SnapshotData, 'objects'>>;
  settings?: Partial<Settings>;
}

export interface FindingCase extends RuleCase {
  /** Subjects of the findings, as `Kind namespace/name`. */
  subjects: readonly string[];
  /** A part of the first finding's sentence. */
  sentence?: string;
  /** Verdicts on the first finding's actions, by title or the start of it. */
  verdicts?: Record<string, Verdict>;
  blames?: readonly string[];
}

export interface RuleTable {
  finds: readonly FindingCase[];
  passesBy: readonly RuleCase[];
}

/** Declares the tests of one rule: two causes and two near misses at least. */
export function describeRule(rule: Rule, { finds, passesBy }: RuleTable): void {
  describe(rule.id, () => {
    test('has two causes and two near misses at least', () => {
      expect(finds.length).toBeGreaterThanOrEqual(2);
      expect(passesBy.length).toBeGreaterThanOrEqual(2);
    });

    test.each(finds)('$name', (each) => {
      const findings = findingsOf(rule, each);
      expect(findings.map(({ subject }) => refText(subject))).toEqual(each.subjects);
      const [first] = findings;
      if (each.sentence) expect(first?.sentence).toContain(each.sentence);
      for (const [title, verdict] of Object.entries(each.verdicts ?? {})) {
        const action = first?.actions.find((candidate) => candidate.title.startsWith(title));
        expect({ title, verdict: action?.verdict }).toEqual({ title, verdict });
      }
      if (each.blames) expect(first?.blames.map(refText)).toEqual(expect.arrayContaining([...each.blames]));
      for (const finding of findings) checkShape(finding);
    });

    test.each(passesBy)('$name', (each) => {
      expect(findingsOf(rule, each)).toEqual([]);
    });

    test('its commands can be pasted as they are', () => {
      const actions = finds.flatMap((each) => findingsOf(rule, each)).flatMap((finding) => finding.actions);
      checkCommands(actions.flatMap(({ commands }) => commands));
    });

    test.each(finds)('$name: without any one proof, nothing stays safe that was', (each) => {
      for (const finding of findingsOf(rule, each)) checkProofs(rule, each, finding);
    });
  });
}

function examineCase(rule: Rule, { objects, snapshot, settings }: RuleCase): Examination {
  return examine(snapshotOf(objects, snapshot), [rule], { ...defaultSettings, ...settings });
}

function findingsOf(rule: Rule, each: RuleCase): Finding[] {
  const { findings, notRun } = examineCase(rule, each);
  expect(notRun).toEqual([]);
  return findings;
}

/** What every finding owes its reader. */
function checkShape({ sentence, evidence, actions, cause, consequence }: Finding): void {
  expect(sentence).toMatch(/^[A-Z].*\.$/);
  expect(evidence.length).toBeGreaterThan(0);
  expect(actions.length).toBeGreaterThan(0);
  for (const text of [cause, consequence, ...actions.map(({ why }) => why)]) expect(text.length).toBeGreaterThan(10);
  for (const { verdict, commands } of actions) if (verdict === 'unsafe') expect(commands).toEqual([]);
}

/** A shell takes them, and none holds a word that its reader has to replace: where one is missing, the shell says so. */
function checkCommands(commands: readonly string[]): void {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: commands.join('\n') });
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  // CHECKPOINT is SQL.
  for (const command of commands) expect(command).not.toMatch(/(?:^|[\s=/"])(?!CHECKPOINT")[A-Z]{3,}(?:$|[\s"])/);
}

/** Takes away the object that a proof stands on: the same action must not be called safe any more. */
function checkProofs(rule: Rule, each: RuleCase, finding: Finding): void {
  for (const { title, verdict, proofs } of finding.actions) {
    if (verdict !== 'safe') continue;
    for (const { found } of proofs) {
      if (!found) throw new Error(`"${title}" is called safe without the proof of one of its conditions`);
      const again = withoutEvidence(each, found).flatMap((poorer) => examineCase(rule, poorer).findings);
      const same = again.filter(({ subject }) => refText(subject) === refText(finding.subject));
      for (const { actions } of same)
        expect(actions.find((action) => action.title === title && action.verdict === 'safe')).toBeUndefined();
    }
  }
}

/**
 * The case without the object, without the part of it that the evidence names, and with its kind not read whole. That
 * there is no such object (see `absence`) is no fact any more once its kind is not read whole.
 */
function withoutEvidence(each: RuleCase, { object, path }: Evidence): RuleCase[] {
  const isIt = (candidate: KubeObject): boolean =>
    candidate.kind === object.kind &&
    candidate.metadata.name === object.name &&
    (candidate.metadata.namespace ?? '') === (object.namespace ?? '');
  const [part = '', field = ''] = path.split(/[.[]/);
  const without = (candidate: KubeObject): KubeObject => ({
    ...candidate,
    ...(part === 'metadata' ? { metadata: { ...candidate.metadata, [field]: undefined } } : { [part]: undefined }),
  });
  const found = each.objects.find(isIt);
  const kind = found ? kindOf(found) : kindNames.find((name) => kindRows[name].resource.kind === object.kind);
  const coverage = {
    ...each.snapshot?.coverage,
    ...(kind && { [kind]: { state: 'partial', namespaces: [] } as const }),
  };
  const poorer = {
    ...each,
    objects: each.objects.filter((candidate) => !isIt(candidate)),
    snapshot: { ...each.snapshot, coverage },
  };
  if (!found) return [poorer];
  return [
    poorer,
    { ...each, objects: each.objects.map((candidate) => (isIt(candidate) ? without(candidate) : candidate)) },
  ];
}
