// Which ephemeral containers may a pod get? Source: pkg/registry/core/pod/strategy and pkg/apis/core/validation
// ValidatePodEphemeralContainersUpdate.

import { semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { PartRules } from '../definition.ts';
import { internalDiff } from '../internal-form.ts';
import type { Pod, PodSpec } from './generated/v1.ts';
import { mirrorAnnotation, validatePodAnnotationUpdates } from './pod-annotations.ts';
import { validateWholePod } from './pod-validation.ts';

/** `pods/ephemeralcontainers`: more of them, and nothing else. */
export const ephemeralContainersRules: PartRules<Pod> = {
  limit: (next, current) => {
    const { ephemeralContainers: _had, ...spec } = specOf(current);
    const { ephemeralContainers } = specOf(next);
    return { ...current, spec: { ...spec, ...(ephemeralContainers && { ephemeralContainers }) } };
  },
  validate: validateEphemeralContainersUpdate,
};

function validateEphemeralContainersUpdate(pod: Pod, old: Pod): StatusCause[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
    return [forbidden('', 'static pods do not support ephemeral containers')];
  const causes = [...validateWholePod(pod), ...validatePodAnnotationUpdates(pod, old, 'metadata.annotations')];
  const now = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const container of old.spec?.ephemeralContainers ?? []) {
    const found = now.get(container.name);
    const what = `existing ephemeral containers ${JSON.stringify(container.name)}`;
    if (!found) causes.push(forbidden('spec.ephemeralContainers', `${what} may not be removed\n`));
    else if (!semanticallyEqualStructs(found, container)) {
      const diff = internalDiff('EphemeralContainer', container, found) || '\n';
      causes.push(forbidden('spec.ephemeralContainers', `${what} may not be changed${diff}`));
    }
  }
  return causes;
}

function specOf({ spec }: Pod): PodSpec {
  return spec ?? { containers: [] };
}
