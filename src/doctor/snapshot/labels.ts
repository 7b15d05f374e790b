// Does a Velero selection match an object's labels?

import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { BackupSpec } from '../../apis/velero/types.ts';

/** `labelSelector`, or any of `orLabelSelectors`; both absent match everything. */
export function labelsMatch(
  { labelSelector, orLabelSelectors }: Partial<Pick<BackupSpec, 'labelSelector' | 'orLabelSelectors'>>,
  labels: Record<string, string> | undefined,
): boolean {
  if (labelSelector) return matchesLabelSelector(labelSelector, labels);
  if (!orLabelSelectors?.length) return true;
  return orLabelSelectors.some((selector) => matchesLabelSelector(selector, labels));
}
