// Which resources does a typed client know by name? One constant each, for controllers and tests.

import type { Resource } from '../apimachinery/meta.ts';
import type { CustomResourceDefinition } from './apiextensions/generated/v1.ts';
import type { ControllerRevision, StatefulSet } from './apps/generated/v1.ts';
import type { Lease } from './coordination/generated/v1.ts';
import type {
  ConfigMap,
  Event,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
  ServiceAccount,
} from './core/generated/v1.ts';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from './storage/generated/v1.ts';

const core = { group: '', version: 'v1' } as const;
const storage = { group: 'storage.k8s.io', version: 'v1' } as const;

export const pods: Resource<Pod> = { ...core, plural: 'pods', kind: 'Pod', namespaced: true };
export const persistentVolumeClaims: Resource<PersistentVolumeClaim> = {
  ...core,
  plural: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
};
export const persistentVolumes: Resource<PersistentVolume> = {
  ...core,
  plural: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
};
export const nodes: Resource<Node> = { ...core, plural: 'nodes', kind: 'Node', namespaced: false };
export const namespaces: Resource<Namespace> = { ...core, plural: 'namespaces', kind: 'Namespace', namespaced: false };
export const secrets: Resource<Secret> = { ...core, plural: 'secrets', kind: 'Secret', namespaced: true };
export const configMaps: Resource<ConfigMap> = { ...core, plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
export const services: Resource<Service> = { ...core, plural: 'services', kind: 'Service', namespaced: true };
export const serviceAccounts: Resource<ServiceAccount> = {
  ...core,
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};
export const coreEvents: Resource<Event> = { ...core, plural: 'events', kind: 'Event', namespaced: true };

export const statefulSets: Resource<StatefulSet> = {
  group: 'apps',
  version: 'v1',
  plural: 'statefulsets',
  kind: 'StatefulSet',
  namespaced: true,
};
export const controllerRevisions: Resource<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
};

export const storageClasses: Resource<StorageClass> = {
  ...storage,
  plural: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
};
export const volumeAttributesClasses: Resource<VolumeAttributesClass> = {
  ...storage,
  plural: 'volumeattributesclasses',
  kind: 'VolumeAttributesClass',
  namespaced: false,
};
export const csiDrivers: Resource<CSIDriver> = {
  ...storage,
  plural: 'csidrivers',
  kind: 'CSIDriver',
  namespaced: false,
};
export const csiNodes: Resource<CSINode> = { ...storage, plural: 'csinodes', kind: 'CSINode', namespaced: false };
export const csiStorageCapacities: Resource<CSIStorageCapacity> = {
  ...storage,
  plural: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
};
export const volumeAttachments: Resource<VolumeAttachment> = {
  ...storage,
  plural: 'volumeattachments',
  kind: 'VolumeAttachment',
  namespaced: false,
};

export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
export const customResourceDefinitions: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
