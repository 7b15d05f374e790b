// Which daemon sets are refused? Upstream's pkg/apis/apps/validation.

import { invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { goLabelSelector, goStruct } from '../../apimachinery/go-values.ts';
import { selects } from '../../apimachinery/selectors.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateLabelSelector } from '../../apimachinery/validation.ts';
import { allNonNegative, amountOf, atMostAll, countOrPercent, nonNegative } from '../field-rules.ts';
import type { DaemonSet, DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy } from './generated/v1.ts';
import { choosesAll, keptSelector, unselected, validateLastingTemplate } from './template-rules.ts';
import { keptCollisions } from './validation.ts';

const strategyShape = { Type: '', RollingUpdate: { MaxUnavailable: 0, MaxSurge: 0 } } as const;

/** Causes against a daemon set. */
export function validateDaemonSet({ spec }: DaemonSet): StatusCause[] {
  if (!spec) return [required('spec')];
  return [
    ...validateChoice(spec),
    ...validateLastingTemplate(spec.template, 'DaemonSet', 'spec.template'),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateDaemonUpdates(spec.updateStrategy ?? {}),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

/** Unlike those of other workloads, a selector that is absent or can't be read is not named twice. */
function validateChoice({ selector, template }: Partial<DaemonSetSpec>): StatusCause[] {
  const causes = validateLabelSelector(selector ?? {}, 'spec.selector');
  if (selects(selector, template?.metadata?.labels) === false) causes.push(unselected(template, 'spec.template'));
  if (!selector || !choosesAll(selector)) return causes;
  return [
    ...causes,
    invalidValue('spec.selector', goLabelSelector(selector), 'empty selector is invalid for daemonset'),
  ];
}

/** Causes against an update of a daemon set. */
export function validateDaemonSetUpdate(set: DaemonSet, old: DaemonSet): StatusCause[] {
  return [...keptSelector(set.spec, old.spec), ...validateDaemonSet(set)];
}

function validateDaemonUpdates(strategy: DaemonSetUpdateStrategy): StatusCause[] {
  const at = 'spec.updateStrategy';
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate')
    return [notSupported(at, goStruct(strategy, strategyShape), ['RollingUpdate', 'OnDelete'])];
  if (!strategy.rollingUpdate) return [required(`${at}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate;
  const causes = [
    ...countOrPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...countOrPercent(`${at}.rollingUpdate.maxSurge`, maxSurge),
    ...atMostAll(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...atMostAll(`${at}.rollingUpdate.maxSurge`, maxSurge),
  ];
  const [hasUnavailable, hasSurge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0];
  if (hasUnavailable && hasSurge) {
    causes.push(
      invalidValue(`${at}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'),
    );
  }
  if (!hasUnavailable && !hasSurge) {
    causes.push(required(`${at}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return causes;
}

/** Causes against the status of a daemon set. */
export function validateDaemonSetStatus(set: DaemonSet, old: DaemonSet): StatusCause[] {
  const status: Partial<DaemonSetStatus> = set.status ?? {};
  const counts = allNonNegative('status', status, [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ]);
  return [...counts, ...keptCollisions(set, old)];
}
