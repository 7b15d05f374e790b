// What does the doctor of the control plane put down? One Finding for each cause; it goes when the cause is gone.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';

/** A cause that a rule of the doctor has found. In the namespace of its subject, `default` for what has none. */
export interface Finding extends KubeObject {
  spec: FindingSpec;
}

export interface FindingSpec {
  /** `A06`; `amarre doctor explain A06` tells more. */
  rule: string;
  severity: 'Critical' | 'High' | 'Medium' | 'Low';
  subject: FindingSubject;
  /** One plain sentence. */
  sentence: string;
  cause: string;
  consequence: string;
  evidence: { object: FindingSubject; path: string; value: string }[];
  actions: FindingAction[];
  /** What this cause explains. */
  symptoms?: { rule: string; subject: FindingSubject; sentence: string }[];
}

export interface FindingSubject {
  kind: string;
  namespace?: string;
  name: string;
}

export interface FindingAction {
  title: string;
  verdict: 'safe' | 'safe-after-proof' | 'unsafe' | 'needs-expert';
  why: string;
  commands?: string[];
  /** What has to be true before the action is safe, and whether it was seen to be. */
  proofs?: { claim: string; found: boolean; howTo: string }[];
}

export const findings: Resource<Finding> = {
  group: 'amarre.io',
  version: 'v1alpha1',
  plural: 'findings',
  kind: 'Finding',
  namespaced: true,
};
