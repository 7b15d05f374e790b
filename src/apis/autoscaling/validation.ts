// Which autoscalers are refused? Upstream's pkg/apis/autoscaling/validation.

import { invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { allNonNegative, listed } from '../field-rules.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from './generated/v2.ts';
import { validateMetrics, validateReference } from './metrics-validation.ts';

const windowSecondsMax = 3600;
const periodSecondsMax = 1800;

/** Causes against an autoscaler. One that came to zero pods (`old`) may stay there. */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler, old?: HorizontalPodAutoscaler): StatusCause[] {
  if (!spec) return [required('spec')];
  const { scaleTargetRef, metrics = [], behavior } = spec;
  return [
    ...validateReplicas(spec, old?.spec?.minReplicas === 0 ? 0 : 1),
    ...validateTarget(scaleTargetRef, 'spec.scaleTargetRef'),
    ...validateMetrics(metrics, 'spec.metrics', { minReplicas: spec.minReplicas }),
    ...(behavior?.scaleUp ? validateRules(behavior.scaleUp, 'spec.behavior.scaleUp') : []),
    ...(behavior?.scaleDown ? validateRules(behavior.scaleDown, 'spec.behavior.scaleDown') : []),
  ];
}

function validateReplicas({ minReplicas, maxReplicas }: HorizontalPodAutoscalerSpec, min: number): StatusCause[] {
  const at = 'spec.maxReplicas';
  const causes: StatusCause[] = [];
  if (minReplicas !== undefined && minReplicas < min) {
    causes.push(invalidValue('spec.minReplicas', minReplicas, `must be greater than or equal to ${min}`));
  }
  if (maxReplicas === 0) causes.push(required(at, 'must be set and greater than 0'));
  if (maxReplicas < 0) causes.push(invalidValue(at, maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    causes.push(invalidValue(at, maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return causes;
}

/** What is scaled has a group, but for what is older than groups. */
function validateTarget(reference: CrossVersionObjectReference, path: string): StatusCause[] {
  const { kind, apiVersion = '' } = reference;
  const causes = validateReference(reference, path);
  if (kind === 'ReplicationController' || apiVersion.indexOf('/') > 0) return causes;
  return [...causes, invalidValue(`${path}.apiVersion`, apiVersion, 'apiVersion must specify API group')];
}

function validateRules(rules: HPAScalingRules, path: string): StatusCause[] {
  const { stabilizationWindowSeconds: windowSeconds = 0, selectPolicy, policies = [], tolerance } = rules;
  const at = `${path}.stabilizationWindowSeconds`;
  const causes: StatusCause[] = [];
  if (windowSeconds < 0) causes.push(invalidValue(at, windowSeconds, 'must be greater than or equal to zero'));
  if (windowSeconds > windowSecondsMax) {
    causes.push(invalidValue(at, windowSeconds, `must be less than or equal to ${windowSecondsMax}`));
  }
  causes.push(...listed(`${path}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min']));
  if (policies.length === 0) causes.push(required(`${path}.policies`, 'must specify at least one Policy'));
  causes.push(...policies.flatMap((policy, index) => validatePolicy(policy, `${path}.policies[${index}]`)));
  if (tolerance !== undefined && parseQuantity(tolerance).nanos < 0n) {
    causes.push(invalidValue(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0'));
  }
  return causes;
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (type !== 'Pods' && type !== 'Percent') causes.push(notSupported(`${path}.type`, type, ['Percent', 'Pods']));
  if (value <= 0) causes.push(invalidValue(`${path}.value`, value, 'must be greater than zero'));
  if (periodSeconds <= 0) {
    causes.push(invalidValue(`${path}.periodSeconds`, periodSeconds, 'must be greater than zero'));
  }
  if (periodSeconds > periodSecondsMax) {
    const why = `must be less than or equal to ${periodSecondsMax}`;
    causes.push(invalidValue(`${path}.periodSeconds`, periodSeconds, why));
  }
  return causes;
}

/** Causes against the status of an autoscaler. */
export function validateAutoscalerStatus({ status }: Pick<HorizontalPodAutoscaler, 'status'>): StatusCause[] {
  return status ? allNonNegative('status', status, ['currentReplicas', 'desiredReplicas']) : [];
}
