// By which labels does a job find its pods? Upstream's generated selector.

import type { Job } from './generated/v1.ts';

const controllerLabel = 'batch.kubernetes.io/controller-uid';

/** Labels of the pods of a job that chooses none itself, in their older and newer spellings. */
export function generatedLabels({ metadata }: Job): Record<string, string> {
  return {
    'controller-uid': metadata.uid,
    'job-name': metadata.name,
    [controllerLabel]: metadata.uid,
    'batch.kubernetes.io/job-name': metadata.name,
  };
}

/** Is it one of the newer spellings? */
export function isPrefixed(key: string): boolean {
  return key.includes('/');
}

/** Puts the generated labels into the template and selects by them, unless the job does so itself. */
export function generateSelector(job: Job): void {
  const { spec, metadata } = job;
  if (!spec) return;
  if (!spec.manualSelector) {
    // What a client has set stays, for validation to judge.
    const templateMeta = (spec.template.metadata ??= {});
    const labels = (templateMeta.labels ??= {});
    // In place: labels that the job has from its template are the same labels.
    Object.assign(labels, { ...generatedLabels(job), ...labels });
    spec.selector ??= {};
    spec.selector.matchLabels = { [controllerLabel]: metadata.uid, ...spec.selector.matchLabels };
  }
  defaultLabels(job);
}

/** A job without labels has those of its template. */
export function defaultLabels({ metadata, spec }: Job): void {
  const labels = spec?.template.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
}
