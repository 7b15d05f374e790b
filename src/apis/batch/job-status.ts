// Which states may a job come to? Upstream's validateJobStatus and ValidateJobStatusUpdate, and of its job strategy
// what says when they hold: most rules only judge what has changed, so that a state that is wrong can be mended.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { duplicate, invalidValue, invalidWhole, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { allNonNegative, immutableMessage } from '../field-rules.ts';
import type { Job, JobStatus, UncountedTerminatedPods } from './generated/v1.ts';
import { countIndexes, overlapOf } from './job-indexes.ts';

/** A job's state as the rules see it. */
interface State {
  status: JobStatus;
  isComplete: boolean;
  isFailed: boolean;
  isFailureTarget: boolean;
  hasMetCriteria: boolean;
  isFinished: boolean;
}

function stateOf({ status = {} }: Job): State {
  const holds = (type: string): boolean =>
    status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  const [isComplete, isFailed] = [holds('Complete'), holds('Failed')];
  return {
    status,
    isComplete,
    isFailed,
    isFailureTarget: holds('FailureTarget'),
    hasMetCriteria: holds('SuccessCriteriaMet'),
    isFinished: isComplete || isFailed,
  };
}

/** Both states of a job whose status is written. */
interface Change {
  job: Job;
  now: State;
  before: State;
  /** Has one of the fields changed, or what the conditions say? */
  changed: (...names: (keyof State | keyof JobStatus)[]) => boolean;
}

/** Causes against a write of the status of a job. */
export function validateJobStatus(job: Job, old: Job): StatusCause[] {
  const [now, before] = [stateOf(job), stateOf(old)];
  const changed: Change['changed'] = (...names) =>
    names.some((name) => {
      const of = (state: State): unknown => ({ ...state.status, ...state })[name];
      return !semanticallyEqual(of(now), of(before));
    });
  const change = { job, now, before, changed };
  return [
    ...allNonNegative('status', now.status, ['active', 'succeeded', 'failed', 'ready', 'terminating']),
    ...validateUncounted(now.status.uncountedTerminatedPods ?? {}),
    ...validateCompletion(change),
    ...validateFinished(change),
    ...validateIndexes(change),
    ...validateCounts(change),
    ...validateSuccess(change),
    ...validateReturns(change),
  ];
}

function condition(message: string): StatusCause {
  return invalidWhole('status.conditions', message);
}

function validateUncounted(pods: UncountedTerminatedPods): StatusCause[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (pods[list] ?? []).flatMap((uid, index) => {
      const at = `status.uncountedTerminatedPods.${list}[${index}]`;
      if (uid === '') return [invalidValue(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function validateCompletion({ now, changed }: Change): StatusCause[] {
  const { completionTime, startTime } = now.status;
  const at = 'status.completionTime';
  const causes: StatusCause[] = [];
  if (now.isComplete && now.isFailed && changed('isComplete', 'isFailed')) {
    causes.push(condition('cannot set Complete=True and Failed=true conditions'));
  }
  if (now.isComplete && now.isFailureTarget && changed('isComplete', 'isFailureTarget')) {
    causes.push(condition('cannot set Complete=True and FailureTarget=true conditions'));
  }
  if (changed('isComplete', 'completionTime')) {
    if (completionTime && !now.isComplete) {
      const why = 'cannot set completionTime when there is no Complete=True condition';
      causes.push(invalidValue(at, completionTime, why));
    }
    if (!completionTime && now.isComplete) causes.push(required(at, 'completionTime is required for Complete jobs'));
  }
  if (startTime && completionTime && completionTime < startTime && changed('startTime', 'completionTime')) {
    causes.push(invalidValue(at, completionTime, 'must be equal to or after `startTime`'));
  }
  if (now.isFailed && !now.isFailureTarget && changed('isFailed', 'isFailureTarget')) {
    causes.push(condition('cannot set Failed=True condition without the FailureTarget=true condition'));
  }
  if (now.isComplete && !now.hasMetCriteria && changed('isComplete', 'hasMetCriteria')) {
    causes.push(condition('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'));
  }
  return causes;
}

function validateFinished({ now, changed }: Change): StatusCause[] {
  if (!now.isFinished) return [];
  const { active = 0, startTime, uncountedTerminatedPods: uncounted } = now.status;
  const causes: StatusCause[] = [];
  if (active > 0 && changed('isFinished', 'active')) {
    causes.push(invalidValue('status.active', active, 'active>0 is invalid for finished job'));
  }
  if (!startTime && changed('isFinished', 'startTime')) {
    causes.push(required('status.startTime', 'startTime is required for finished job'));
  }
  const isCounted = !uncounted?.failed?.length && !uncounted?.succeeded?.length;
  if (!isCounted && changed('isFinished', 'uncountedTerminatedPods')) {
    const why = 'uncountedTerminatedPods needs to be empty for finished job';
    const { succeeded = null, failed = null } = uncounted ?? {};
    causes.push(invalidValue('status.uncountedTerminatedPods', { Succeeded: succeeded, Failed: failed }, why));
  }
  return causes;
}

function validateIndexes({ job, now, changed }: Change): StatusCause[] {
  const { completions, backoffLimitPerIndex, completionMode } = job.spec ?? {};
  const { completedIndexes: completed = '', failedIndexes: failed } = now.status;
  const [completedChanged, failedChanged] = [changed('completedIndexes'), changed('failedIndexes')];
  const causes: StatusCause[] = [];
  const readable = (field: 'completedIndexes' | 'failedIndexes', text: string): void => {
    const found = countIndexes(text, completions ?? 0);
    if (typeof found === 'string') {
      causes.push(invalidValue(`status.${field}`, text, `error parsing ${field}: ${found}`));
    }
  };
  if (completedChanged && completions !== undefined) readable('completedIndexes', completed);
  if (failedChanged && completions !== undefined && backoffLimitPerIndex !== undefined && failed !== undefined) {
    readable('failedIndexes', failed);
  }
  if (completedChanged && completed !== '' && completionMode !== 'Indexed') {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    causes.push(invalidValue('status.completedIndexes', completed, why));
  }
  if (failed === undefined) return causes;
  if (failedChanged && backoffLimitPerIndex === undefined) {
    const why = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    causes.push(invalidValue('status.failedIndexes', failed, why));
  }
  if (completions === undefined || !(failedChanged || completedChanged)) return causes;
  const overlap = overlapOf(failed, completed, completions);
  return overlap === undefined ? causes : [...causes, invalidValue('status.failedIndexes', failed, overlap)];
}

function validateCounts({ now, changed }: Change): StatusCause[] {
  const { active = 0, ready, terminating = 0 } = now.status;
  const causes: StatusCause[] = [];
  if (now.isFinished && terminating > 0 && changed('isFinished', 'terminating')) {
    causes.push(invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  }
  if (ready !== undefined && ready > active && changed('ready', 'active')) {
    causes.push(invalidValue('status.ready', ready, 'cannot set more ready pods than active'));
  }
  return causes;
}

function validateSuccess({ job, now }: Change): StatusCause[] {
  const causes: StatusCause[] = [];
  if (now.hasMetCriteria && now.isFailed) {
    causes.push(condition('cannot set SuccessCriteriaMet=True and Failed=true conditions'));
  }
  if (now.hasMetCriteria && now.isFailureTarget) {
    causes.push(condition('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'));
  }
  if (job.spec?.successPolicy && !now.hasMetCriteria && now.isComplete) {
    causes.push(condition('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'));
  }
  return causes;
}

/** What a job never comes back from. */
function validateReturns({ job, now, before }: Change): StatusCause[] {
  const { spec } = job;
  const [{ succeeded = 0, failed = 0, startTime, completionTime }, old] = [now.status, before.status];
  const lost = (['isFailed', 'isComplete', 'isFailureTarget'] as const).filter((each) => before[each] && !now[each]);
  const causes = lost.map((each) => condition(`cannot disable the terminal ${each.slice(2)}=True condition`));
  if (failed < (old.failed ?? 0)) {
    causes.push(invalidValue('status.failed', failed, 'cannot decrease the failed counter'));
  }
  // An indexed job whose indexes all run at once may have been made smaller.
  const isElastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!isElastic && succeeded < (old.succeeded ?? 0)) {
    causes.push(invalidValue('status.succeeded', succeeded, 'cannot decrease the succeeded counter'));
  }
  if (completionTime && old.completionTime && completionTime !== old.completionTime) {
    causes.push(invalidValue('status.completionTime', completionTime, immutableMessage));
  }
  if (old.startTime && startTime !== old.startTime && !spec?.suspend) {
    const why = 'field is immutable for unsuspended job once set';
    causes.push(invalidValue('status.startTime', startTime ?? null, why));
  }
  if (before.hasMetCriteria && !now.hasMetCriteria) {
    causes.push(condition('cannot disable the SuccessCriteriaMet=True condition'));
  }
  if (before.isComplete && !before.hasMetCriteria && now.hasMetCriteria) {
    causes.push(condition('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'));
  }
  return causes;
}
