// Which kinds live otherwise than upstream's, and why?

import type { Sample } from './samples.ts';

/** Of these kinds something differs: the reason of each. */
export const differentLives: Record<string, string> = {
  'v1/Event': 'times that nobody set are left out, not null',
  'events.k8s.io/v1/Event': 'times that nobody set are left out, not null',
  'autoscaling/v2/HorizontalPodAutoscaler': 'a list that is always there is empty, not null',
  'networking.k8s.io/v1/IPAddress': 'a table has no cell without a column',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy':
    'the server checks types itself, and says so in the status',
};

/** And of these something that watches see. */
export const differentWatches: Record<string, string> = {
  ...differentLives,
  'apiextensions.k8s.io/v1/CustomResourceDefinition':
    'a definition is established, and gone, at once and not some time later; there are others from the start',
};

/** The sample without certificates that are sent empty: such are none here, and count in a generation once more upstream. */
export function withoutEmptyCertificates(sample: Sample): Sample {
  const text = JSON.stringify(sample.object).replaceAll(',"caBundle":""', '');
  return { ...sample, object: JSON.parse(text) as Sample['object'] };
}
