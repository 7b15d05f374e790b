// What is a pod to the API server?

import { defineResource } from '../definition.ts';
import { pods } from '../resources.ts';
import { dropClosedFields } from './closed-gates.ts';
import type { Pod } from './generated/v1.ts';
import { settleAddresses } from './pod-addresses.ts';
import { preparePod } from './pod-admission.ts';
import { podColumns } from './pod-columns.ts';
import { defaultPod } from './pod-defaults.ts';
import { resizeRules } from './pod-resize.ts';
import { keepPodStatus, validatePodStatus } from './pod-status.ts';
import { ephemeralContainersRules } from './pod-subresources.ts';
import { validatePodUpdate } from './pod-update.ts';
import { validatePod } from './pod-validation.ts';
import { podStatusWarnings, podWarnings } from './pod-warnings.ts';

export const pod = defineResource<Pod>({
  resource: pods,
  listKind: 'PodList',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  subresources: [
    'status',
    'log',
    'exec',
    'attach',
    'portforward',
    'proxy',
    'binding',
    'eviction',
    'ephemeralcontainers',
    'resize',
  ],
  // Old agents would corrupt them.
  statusKeeps: ['ownerReferences'],
  parts: { ephemeralcontainers: ephemeralContainersRules, resize: resizeRules },
  schemaName: 'io.k8s.api.core.v1.Pod',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: true,
  columns: podColumns,
  selectableFields: {
    'spec.nodeName': (object) => object.spec?.nodeName ?? '',
    // Its name of old.
    'spec.host': (object) => object.spec?.nodeName ?? '',
    'spec.restartPolicy': (object) => object.spec?.restartPolicy ?? '',
    'spec.schedulerName': (object) => object.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (object) => object.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (object) => String(object.spec?.hostNetwork ?? false),
    'status.phase': (object) => object.status?.phase ?? '',
    'status.podIP': (object) => object.status?.podIPs?.[0]?.ip ?? object.status?.podIP ?? '',
    'status.podIPs': (object) => object.status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': (object) => object.status?.nominatedNodeName ?? '',
  },
  applyDefaults: (pod) => {
    defaultPod(pod);
    if (pod.status) settleAddresses(pod.status);
  },
  dropClosedFields: ({ spec }) => spec && dropClosedFields(spec),
  prepareForCreate: preparePod,
  prepareForUpdate: (pod, old, { subresource }) => subresource === 'status' && keepPodStatus(pod, old),
  validateCreate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatus: validatePodStatus,
  // Whoever updates a pod is hardly ever a person.
  warnings: (object, old) => (old ? [] : podWarnings(object)),
  statusWarnings: podStatusWarnings,
});
