// Which changes of a pod are refused? Source: pkg/apis/core/validation ValidatePodUpdate.

import { semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import { ownField } from '../../apimachinery/json-fields.ts';
import { emptiesOf, toldAs } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { internalDiff, internalForm } from '../internal-form.ts';
import type { Affinity, Container, NodeAffinity, NodeSelectorTerm, Pod, PodSpec, Toleration } from './generated/v1.ts';
import { validateImage, validatePodAnnotationUpdates } from './pod-annotations.ts';
import { validateTolerations, validateWholePod } from './pod-validation.ts';

const mutableFieldsMessage =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
const int32Max = 2 ** 31 - 1;

/**
 * Causes against an update of a pod's main resource. The binding subresource, which sets spec.nodeName,
 * isn't such an update.
 */
export function validatePodUpdate(pod: Pod, old: Pod): StatusCause[] {
  if (!pod.spec || !old.spec) return [required('spec')];
  const causes = validateWholePod(pod);
  causes.push(...validatePodAnnotationUpdates(pod, old, 'metadata.annotations'));
  for (const list of ['containers', 'initContainers'] as const) {
    if ((pod.spec[list] ?? []).length !== (old.spec[list] ?? []).length)
      return [...causes, forbidden(`spec.${list}`, 'pod updates may not add or remove containers')];
    for (const [index, container] of (pod.spec[list] ?? []).entries()) {
      const at = `spec.${list}[${index}]`;
      causes.push(...(container.image ? validateImage(container, at) : [required(`${at}.image`)]));
    }
  }
  const deadline = deadlineCauses(pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  if (deadline.length > 0 && pod.spec.activeDeadlineSeconds !== undefined) return [...causes, ...deadline];
  causes.push(...deadline);
  causes.push(...tolerationCauses(pod.spec.tolerations ?? [], old.spec.tolerations ?? []));
  causes.push(...gateCauses(pod.spec, old.spec));
  const isGated = (old.spec.schedulingGates ?? []).length > 0;
  if (isGated) causes.push(...placementCauses(pod.spec, old.spec));
  const next = settled(pod.spec, old.spec);
  if (!semanticallyEqualStructs(next, old.spec)) {
    const diff = internalDiff('PodSpec', old.spec, next) || '\n';
    causes.push(forbidden('spec', `${mutableFieldsMessage}${diff}`));
  }
  return causes;
}

/** A deadline may be set, and come nearer. */
function deadlineCauses(deadline: number | undefined, before: number | undefined): StatusCause[] {
  const field = 'spec.activeDeadlineSeconds';
  if (deadline === undefined) {
    const why = 'must not update from a positive integer to nil value';
    return before === undefined ? [] : [invalidValue(field, null, why)];
  }
  if (deadline < 0 || deadline > int32Max)
    return [invalidValue(field, deadline, `must be between 0 and ${int32Max}, inclusive`)];
  if (before === undefined || deadline <= before) return [];
  return [invalidValue(field, deadline, 'must be less than or equal to previous value')];
}

function tolerationCauses(tolerations: Toleration[], before: Toleration[]): StatusCause[] {
  const isKept = before.every((toleration) => tolerations.some((other) => sameButSeconds(other, toleration)));
  if (isKept) return validateTolerations(tolerations, 'spec.tolerations');
  return [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function sameButSeconds(a: Toleration, b: Toleration): boolean {
  return semanticallyEqualStructs({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });
}

/** Gates are opened one after the other, never closed. */
function gateCauses({ schedulingGates = [] }: PodSpec, { schedulingGates: before = [] }: PodSpec): StatusCause[] {
  return schedulingGates.flatMap(({ name }, index) =>
    before.some((gate) => gate.name === name)
      ? []
      : [
          forbidden(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

/** Who waits at a gate may be told to go to fewer nodes. */
function placementCauses(spec: PodSpec, old: PodSpec): StatusCause[] {
  const { nodeSelector = emptiesOf(spec)['nodeSelector'] as PodSpec['nodeSelector'], affinity } = spec;
  const causes = Object.entries(old.nodeSelector ?? {}).some(([key, value]) => ownField(nodeSelector, key) !== value)
    ? [
        invalidValue(
          'spec.nodeSelector',
          nodeSelector ?? null,
          'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        ),
      ]
    : [];
  const [now, before] = [affinity?.nodeAffinity, old.affinity?.nodeAffinity];
  return semanticallyEqualStructs(now, before) ? causes : [...causes, ...affinityCauses(now, before)];
}

const termsName = 'requiredDuringSchedulingIgnoredDuringExecution';

function affinityCauses(now: NodeAffinity | undefined, before: NodeAffinity | undefined): StatusCause[] {
  const wanted = before?.[termsName]?.nodeSelectorTerms ?? [];
  const field = `spec.affinity.nodeAffinity.${termsName}`;
  if (wanted.length === 0) return [];
  const terms = now?.[termsName]?.nodeSelectorTerms;
  if (terms?.length !== wanted.length) {
    const found = internalForm('NodeSelector', now?.[termsName] ?? {}) as { NodeSelectorTerms: unknown };
    return [
      invalidValue(
        `${field}.nodeSelectorTerms`,
        found.NodeSelectorTerms,
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
      ),
    ];
  }
  return terms.flatMap((term, index) =>
    isNarrowed(term, wanted[index] ?? {})
      ? []
      : [
          invalidValue(
            `${field}.nodeSelectorTerms[${index}]`,
            internalForm('NodeSelectorTerm', term),
            'only additions are allowed (no mutations or deletions)',
          ),
        ],
  );
}

function isNarrowed(term: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const isEmpty = !before.matchExpressions?.length && !before.matchFields?.length;
  if (isEmpty) return semanticallyEqualStructs(term, before);
  return (['matchExpressions', 'matchFields'] as const).every((list) => {
    const had = before[list] ?? [];
    return semanticallyEqualStructs((term[list] ?? []).slice(0, had.length), had);
  });
}

/** The new spec with all that may change as it was. */
function settled(spec: PodSpec, old: PodSpec): PodSpec {
  const { activeDeadlineSeconds, tolerations, schedulingGates, nodeSelector, terminationGracePeriodSeconds } = old;
  const wasNegative = (terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  const isGated = (schedulingGates ?? []).length > 0;
  const withImages = (now: Container[], had: Container[] = []): Container[] =>
    now.map((each, index) => toldAs(each, { ...each, image: had[index]?.image ?? '' }));
  const next = {
    ...spec,
    containers: withImages(spec.containers, old.containers),
    ...(spec.initContainers && { initContainers: withImages(spec.initContainers, old.initContainers) }),
    activeDeadlineSeconds,
    tolerations,
    schedulingGates,
    ...(isGated && { nodeSelector, affinity: settledAffinity(spec.affinity, old.affinity) }),
    ...(wasNegative && { terminationGracePeriodSeconds }),
  } as PodSpec;
  return toldAs(spec, next, ['tolerations', 'schedulingGates', 'initContainers', ...(isGated ? ['nodeSelector'] : [])]);
}

/** With the nodes as they were. */
function settledAffinity(now: Affinity | undefined, before: Affinity | undefined): Affinity | undefined {
  const { nodeAffinity } = before ?? {};
  if (semanticallyEqualStructs(now?.nodeAffinity, nodeAffinity)) return now;
  if (!before && !now?.podAffinity && !now?.podAntiAffinity) return undefined;
  return { ...now, nodeAffinity };
}
