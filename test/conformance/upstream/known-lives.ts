// Which kinds live otherwise than upstream's, and why?

/** Of these kinds something differs: the reason of each. */
export const differentLives: Record<string, string> = {
  'v1/Event': 'times that nobody set are left out, not null',
  'events.k8s.io/v1/Event': 'times that nobody set are left out, not null',
  'apps/v1/DaemonSet': 'what tells its generation is shown with the metadata alone, too',
  'autoscaling/v2/HorizontalPodAutoscaler': 'a list that is always there is empty, not null',
  'networking.k8s.io/v1/IPAddress': 'a table has no cell without a column',
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration':
    'an empty certificate is none: its generation does not change with the labels',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy':
    'the server checks types itself, and says so in the status',
  'apiextensions.k8s.io/v1/CustomResourceDefinition':
    'the server writes the status as nobody, and accepts names at once',
};
