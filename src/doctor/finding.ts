// What does the doctor say? One finding: a sentence, its evidence, the cause, and a verdict on each possible action.

import type { KubeObject } from '../apimachinery/meta.ts';

/** By consequence: Critical is loss of data or total outage. */
export type Severity = 'Critical' | 'High' | 'Medium' | 'Low';

export const severities: readonly Severity[] = ['Critical', 'High', 'Medium', 'Low'];

/** An object by its place. `uid` is empty where the object is only named and not known. */
export interface ObjectRef {
  kind: string;
  namespace?: string;
  name: string;
}

/** One observed fact: the value that stands at a path of an object, or that nothing stands there. */
export interface Evidence {
  object: ObjectRef;
  /** As kubectl writes it: `status.phase`, `metadata.annotations[volume.kubernetes.io/selected-node]`. */
  path: string;
  value: string;
}

/** Something that must be so before an action is safe. Found only with evidence. */
export interface Proof {
  /** What has to be true: `node-1 is powered off`. */
  claim: string;
  /** Undefined: not found, and so not safe. */
  found: Evidence | undefined;
  /** How someone finds it out. */
  howTo: string;
}

export type Verdict = 'safe' | 'safe-after-proof' | 'unsafe' | 'needs-expert';

export interface Action {
  title: string;
  verdict: Verdict;
  proofs: Proof[];
  /** Ready to paste into a POSIX shell. */
  commands: string[];
  /** What it does, or why it is not for everyone. */
  why: string;
}

export interface Finding {
  rule: string;
  severity: Severity;
  /** The object to blame; a finding about the same object by the same rule is the same finding. */
  subject: ObjectRef;
  /** Everything involved, the subject first. */
  objects: ObjectRef[];
  /** For someone at level 1. */
  sentence: string;
  evidence: Evidence[];
  cause: string;
  consequence: string;
  actions: Action[];
  /** Subjects of findings that would explain this one: it is then a symptom of theirs. */
  blames: ObjectRef[];
}

/** A finding as a rule makes it: rule and severity come from the rule unless it says otherwise. */
export type FindingDraft = Omit<Finding, 'rule' | 'severity' | 'objects' | 'blames' | 'cause' | 'consequence'> &
  Partial<Pick<Finding, 'severity' | 'blames' | 'cause' | 'consequence'>> & { related?: readonly ObjectRef[] };

export function refTo({ kind, metadata }: KubeObject): ObjectRef {
  return { kind: kind ?? '', ...(metadata.namespace && { namespace: metadata.namespace }), name: metadata.name };
}

/** `PersistentVolumeClaim shop/data`. */
export function refText({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

export function evidence(object: KubeObject | ObjectRef, path: string, value: unknown): Evidence {
  const ref = 'metadata' in object ? refTo(object) : object;
  return { object: ref, path, value: valueText(value) };
}

/** That no object of the kind is so: `absence('PersistentVolumeClaim', 'metadata.uid', '4711')`. Only if all are known. */
export function absence(kind: string, path: string, value: string): Evidence {
  return { object: { kind, name: '*' }, path, value: `(none is ${value})` };
}

/** `PersistentVolume pv-1: spec.claimRef.uid = 4711`. */
export function evidenceText({ object, path, value }: Evidence): string {
  return `${refText(object)}: ${path} = ${value}`;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '(absent)';
  if (typeof value === 'string') return value === '' ? '""' : value;
  return JSON.stringify(value);
}
