// Which kinds live otherwise than upstream's, and why?

/** Of these kinds something differs: the reason of each. */
export const differentLives: Record<string, string> = {
  'v1/Event': 'times that nobody set are left out, not null',
  'events.k8s.io/v1/Event': 'times that nobody set are left out, not null',
  'autoscaling/v2/HorizontalPodAutoscaler': 'a list that is always there is empty, not null',
  'networking.k8s.io/v1/IPAddress': 'a table has no cell without a column',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy':
    'the server checks types itself, and says so in the status',
};
