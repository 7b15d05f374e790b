// Which changes of a pod are refused? Source: pkg/apis/core/validation ValidatePodUpdate.

import { semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import { ownField } from '../../apimachinery/json-fields.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type {
  Container,
  NodeAffinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  PodSpec,
  Toleration,
} from './generated/v1.ts';
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
  if (!semanticallyEqualStructs(immutablePart(pod.spec, old.spec, isGated), immutablePart(old.spec, old.spec, isGated)))
    causes.push(forbidden('spec', mutableFieldsMessage));
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
function placementCauses({ nodeSelector, affinity }: PodSpec, old: PodSpec): StatusCause[] {
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
    // A list that is sent empty has been dropped.
    const found = terms?.length ? terms.map(termInGo) : null;
    return [
      invalidValue(
        `${field}.nodeSelectorTerms`,
        found,
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
            termInGo(term),
            'only additions are allowed (no mutations or deletions)',
          ),
        ],
  );
}

/** As Go's own type has it, which messages show. */
function termInGo({ matchExpressions, matchFields }: NodeSelectorTerm): unknown {
  const requirements = (list: NodeSelectorRequirement[] = []) =>
    list.length === 0
      ? null
      : list.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null }));
  return { MatchExpressions: requirements(matchExpressions), MatchFields: requirements(matchFields) };
}

function isNarrowed(term: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const isEmpty = !before.matchExpressions?.length && !before.matchFields?.length;
  if (isEmpty) return semanticallyEqualStructs(term, before);
  return (['matchExpressions', 'matchFields'] as const).every((list) => {
    const had = before[list] ?? [];
    return semanticallyEqualStructs((term[list] ?? []).slice(0, had.length), had);
  });
}

function immutablePart(spec: PodSpec, old: PodSpec, isGated: boolean): unknown {
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  const withoutImage = (containers: Container[] | undefined) => containers?.map((each) => ({ ...each, image: '' }));
  return {
    ...spec,
    containers: withoutImage(spec.containers),
    initContainers: withoutImage(spec.initContainers),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    ...(isGated && { nodeSelector: undefined, affinity: { ...spec.affinity, nodeAffinity: undefined } }),
    terminationGracePeriodSeconds: wasNegative ? old.terminationGracePeriodSeconds : spec.terminationGracePeriodSeconds,
  };
}
