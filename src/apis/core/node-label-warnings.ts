// Which labels of nodes go by another name today? Source: pkg/api/node.

import { ownField } from '../../apimachinery/json-fields.ts';
import type { LabelSelector } from '../../apimachinery/meta.ts';
import { labelValue } from '../../apimachinery/validation.ts';
import type { NodeSelectorTerm } from './generated/v1.ts';

const outdated: Record<string, string> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

/** What is said of the label, or undefined. */
export const whyOutdated = (label: string): string | undefined => ownField(outdated, label);

/** `textOf` of each label that is outdated, and why. */
export function warnLabels(
  labels: Record<string, string> | undefined,
  textOf: (label: string, why: string) => string,
): string[] {
  return Object.keys(labels ?? {}).flatMap((label) => {
    const why = whyOutdated(label);
    return why === undefined ? [] : [textOf(label, why)];
  });
}

/** Warnings of what a term asks of nodes; of values too if what it says is no more than a wish. */
export function warnTerm(
  { matchExpressions = [] }: NodeSelectorTerm,
  path: string,
  { isWish = false }: { isWish?: boolean } = {},
): string[] {
  return matchExpressions.flatMap(({ key, values = [] }, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const why = whyOutdated(key);
    const badValues = !isWish
      ? []
      : values.flatMap((value, i) => labelValue(value).map((bad) => `${at}.values[${i}]: ${value} is invalid, ${bad}`));
    return why === undefined ? badValues : [`${at}.key: ${key} is ${why}`, ...badValues];
  });
}

/** The same of a selector. */
export function warnNodeSelector(selector: LabelSelector | undefined, path: string): string[] {
  return [
    ...warnTerm(selector ?? {}, path),
    ...warnLabels(selector?.matchLabels, (label, why) => `${path}.matchLabels.${label}: ${why}`),
  ];
}
