// Which commands quiesce a pod, and which let it go again? Read from its annotations, or from the backup's spec.
// Rules of Velero's backup hooks: an annotation replaces the spec's hooks for that pod and phase.

import { matchesSelector, selectorOf } from '../apimachinery/selectors.ts';
import type { Pod } from '../apis/core/generated/v1.ts';
import type { BackupResourceHookSpec, ExecHook, HookErrorMode } from '../apis/velero/types.ts';
import { msOfDuration } from './duration.ts';
import { isIncluded } from './selection.ts';

/** Velero's default. */
export const defaultHookTimeoutMs = 30_000;

export interface PlannedHook {
  container: string;
  /** One argv; no shell. */
  command: string[];
  /** `Fail`: the backup fails. `Continue`: it goes on and reports the failure. */
  onError: HookErrorMode;
  timeoutMs: number;
}

/** The hooks of one pod. `pre` run in order before the snapshots, `post` in order after them. */
export interface PodHooks {
  namespace: string;
  podName: string;
  /** Another pod of the same name was never quiesced by these. */
  podUid: string;
  pre: PlannedHook[];
  post: PlannedHook[];
}

export interface PodHookPlan extends PodHooks {
  /** What was wrong with the annotations, and what is done instead. */
  warnings: string[];
}

type Phase = 'pre' | 'post';

/** Plans the hooks of a running pod. A pod that does not run writes nothing, and gets none. */
export function planPodHooks(pod: Pod, specHooks: BackupResourceHookSpec[]): PodHookPlan {
  const { namespace = '', name, uid } = pod.metadata;
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(`Pod ${namespace}/${name}: ${message}`);
  const isRunning = pod.status?.phase === 'Running';
  const plan = (phase: Phase): PlannedHook[] => {
    const hooks = hooksOf(pod, phase, { specHooks, warn });
    if (hooks.length > 0 && !isRunning) warn(`it is not running; its ${phase} hook is skipped`);
    return isRunning ? hooks : [];
  };
  return { namespace, podName: name, podUid: uid, pre: plan('pre'), post: plan('post'), warnings };
}

interface HookSources {
  specHooks: BackupResourceHookSpec[];
  warn: (message: string) => void;
}

function hooksOf(pod: Pod, phase: Phase, { specHooks, warn }: HookSources): PlannedHook[] {
  const firstContainer = pod.spec?.containers[0]?.name ?? '';
  const annotated = annotatedHook(pod, phase, warn);
  const hooks = annotated
    ? [annotated]
    : specHooks.filter((spec) => concerns(spec, pod)).flatMap((spec) => (spec[phase] ?? []).map((hook) => hook.exec));
  return hooks.map((hook) => plannedHook(hook, firstContainer, warn));
}

function plannedHook(hook: ExecHook, firstContainer: string, warn: (message: string) => void): PlannedHook {
  const timeoutMs = hook.timeout ? msOfDuration(hook.timeout) : defaultHookTimeoutMs;
  const isUsable = timeoutMs !== undefined && timeoutMs > 0;
  if (!isUsable) warn(`"${hook.timeout}" is not a positive duration; the hook's timeout is 30s`);
  return {
    container: hook.container || firstContainer,
    command: hook.command,
    onError: hook.onError ?? 'Fail',
    timeoutMs: isUsable ? timeoutMs : defaultHookTimeoutMs,
  };
}

function annotatedHook(pod: Pod, phase: Phase, warn: (message: string) => void): ExecHook | undefined {
  const annotations = pod.metadata.annotations ?? {};
  // Annotations without a phase are of an older form, and mean `pre`.
  const prefixes = phase === 'pre' ? ['pre.', ''] : ['post.'];
  const prefix = prefixes.find((each) => annotations[`${each}hook.backup.velero.io/command`]);
  if (prefix === undefined) return undefined;
  const value = (key: string): string | undefined => annotations[`${prefix}hook.backup.velero.io/${key}`];
  const onError = value('on-error');
  if (onError && onError !== 'Continue' && onError !== 'Fail')
    warn(`"${onError}" is not Continue or Fail; Fail is used`);
  const container = value('container');
  const timeout = value('timeout');
  return {
    command: parseCommand(value('command') ?? ''),
    onError: onError === 'Continue' ? 'Continue' : 'Fail',
    ...(container && { container }),
    ...(timeout && { timeout }),
  };
}

/** A JSON array of strings is an argv; anything else is the one element of an argv. */
export function parseCommand(value: string): string[] {
  if (!value.startsWith('[')) return [value];
  try {
    const parsed: unknown = JSON.parse(value);
    if (Array.isArray(parsed) && parsed.length > 0 && parsed.every((each) => typeof each === 'string')) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return [value];
}

function concerns(spec: BackupResourceHookSpec, pod: Pod): boolean {
  return (
    isIncluded(pod.metadata.namespace ?? '', {
      included: spec.includedNamespaces,
      excluded: spec.excludedNamespaces,
    }) &&
    isIncluded('pods', { included: spec.includedResources, excluded: spec.excludedResources }) &&
    (!spec.labelSelector || matchesSelector(selectorOf(spec.labelSelector), pod.metadata.labels))
  );
}
