// What is said of the containers of a pod that is taken? Source: pkg/api/pod/warnings.go.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { appArmorPrefix, appArmorWarning, profileOfAnnotation } from './app-armor.ts';
import { warnFraction } from './claim-warnings.ts';
import type { EnvVar, PodSpec } from './generated/v1.ts';
import { containersOf } from './placed-containers.ts';
import { seccompPrefix } from './pod-annotations.ts';

interface Place {
  annotations: Record<string, string>;
  /** Of the spec. */
  at: string;
  /** Of the annotations. */
  noteAt: string;
  isTemplate: boolean;
}

/** Warnings of each container by itself. */
export function warnContainers(spec: PodSpec, { annotations, at: path, noteAt, isTemplate }: Place): string[] {
  const warnings: string[] = [];
  const profileOfPod = spec.securityContext?.appArmorProfile;
  for (const { container, at } of containersOf(spec, path)) {
    const { name, securityContext, resources, env } = container;
    if (!securityContext?.seccompProfile && annotations[`${seccompPrefix}${name}`] !== undefined)
      warnings.push(
        `${noteAt}[${seccompPrefix}${name}]: non-functional in v1.27+; use the "seccompProfile" field instead`,
      );
    const appArmor = annotations[`${appArmorPrefix}${name}`];
    // A pod is told when the annotation becomes the field.
    if (isTemplate && appArmor !== undefined && !securityContext?.appArmorProfile) {
      const isOfPod = profileOfPod && jsonEqual(profileOfPod, profileOfAnnotation(appArmor));
      if (!isOfPod) warnings.push(appArmorWarning(name, noteAt));
    }
    for (const resource of ['memory', 'ephemeral-storage'])
      for (const list of ['limits', 'requests'] as const)
        warnings.push(...warnFraction(resources?.[list], resource, `${at}.resources.${list}`));
    if (env && env.length > 1) warnings.push(...warnHidden(env, `${at}.env`));
  }
  return warnings;
}

/** Warnings of variables that take the place of one before, and do not build on it. */
function warnHidden(env: EnvVar[], at: string): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, index) => {
    const isFirst = !seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    const buildsOnIt = !valueFrom && value !== reference && value.includes(reference);
    if (isFirst || buildsOnIt) return [];
    const hidden = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    return [`${at}[${index}]: ${hidden}`];
  });
}
