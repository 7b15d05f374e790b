// Which finalizers of custom resources could be somebody else's, too? Source: validateKubeFinalizerName of
// apiextensions-apiserver/pkg/registry/customresource.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { labelKey } from '../../apimachinery/validation.ts';

const standard = new Set(['foregroundDeletion', 'kubernetes', 'orphan']);
const toAvoid = 'to avoid accidental conflicts with other finalizer writers';

/** Warnings of the finalizers that are new. */
export function finalizerWarnings({ metadata }: KubeObject, old?: KubeObject): string[] {
  const { finalizers } = metadata;
  if (!finalizers?.length) return [];
  const before = old?.metadata.finalizers ?? [];
  return [...new Set(finalizers)]
    .filter((finalizer) => !before.includes(finalizer))
    .sort()
    .flatMap((finalizer) =>
      problemsOf(finalizer).map((problem) => `metadata.finalizers: ${JSON.stringify(finalizer)}: ${problem}`),
    );
}

function problemsOf(finalizer: string): string[] {
  const problems = labelKey(finalizer);
  if (finalizer.includes('/') || standard.has(finalizer)) return problems;
  const path = finalizer.includes('.') ? ' including a path (/)' : '';
  return [...problems, `prefer a domain-qualified finalizer name${path} ${toAvoid}`];
}
