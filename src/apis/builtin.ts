// Which resources does the server have from the start, and with which schemas?

import { schemasJson as machinery } from '../apimachinery/generated/schemas.ts';
import { fenceProof } from './amarre/fence-proof.ts';
import { amarreSchemas } from './amarre/schema.ts';
import { customResourceDefinition } from './apiextensions/custom-resource-definition.ts';
import { schemasJson as apiextensions } from './apiextensions/generated/schemas.ts';
import { controllerRevision } from './apps/controller-revision.ts';
import { daemonSet, deployment, replicaSet } from './apps/data-only.ts';
import { schemasJson as apps } from './apps/generated/schemas.ts';
import { statefulSet } from './apps/stateful-set.ts';
import { schemasJson as coordination } from './coordination/generated/schemas.ts';
import { lease } from './coordination/lease.ts';
import { configMap } from './core/config-map.ts';
import { endpoints } from './core/endpoints.ts';
import { event } from './core/event.ts';
import { schemasJson as core } from './core/generated/schemas.ts';
import { limitRange } from './core/limit-range.ts';
import { namespace } from './core/namespace.ts';
import { node } from './core/node.ts';
import { persistentVolume } from './core/persistent-volume.ts';
import { persistentVolumeClaim } from './core/persistent-volume-claim.ts';
import { pod } from './core/pod.ts';
import { podTemplate } from './core/pod-template.ts';
import { resourceQuota } from './core/resource-quota.ts';
import { secret } from './core/secret.ts';
import { service } from './core/service.ts';
import { serviceAccount } from './core/service-account.ts';
import type { ResourceDefinition, SchemaComponents } from './definition.ts';
import { eventsEvent } from './events/event.ts';
import { schemasJson as events } from './events/generated/schemas.ts';
import { snapshotResources } from './snapshot/resources.ts';
import { snapshotSchemas } from './snapshot/schema.ts';
import { csiDriver } from './storage/csi-driver.ts';
import { csiNode } from './storage/csi-node.ts';
import { csiStorageCapacity } from './storage/csi-storage-capacity.ts';
import { schemasJson as storage } from './storage/generated/schemas.ts';
import { storageClass } from './storage/storage-class.ts';
import { volumeAttachment } from './storage/volume-attachment.ts';
import { volumeAttributesClass } from './storage/volume-attributes-class.ts';
import { veleroResources } from './velero/resources.ts';
import { veleroSchemas } from './velero/schema.ts';

/** Every resource that exists without a custom resource definition, and those of our own groups. */
export const builtinResources: ResourceDefinition[] = [
  pod,
  persistentVolumeClaim,
  persistentVolume,
  secret,
  configMap,
  service,
  node,
  namespace,
  event,
  serviceAccount,
  endpoints,
  resourceQuota,
  limitRange,
  podTemplate,
  statefulSet,
  controllerRevision,
  deployment,
  replicaSet,
  daemonSet,
  storageClass,
  csiDriver,
  csiNode,
  csiStorageCapacity,
  volumeAttachment,
  volumeAttributesClass,
  lease,
  eventsEvent,
  customResourceDefinition,
  fenceProof,
  ...snapshotResources,
  ...veleroResources,
];

let parsed: SchemaComponents | undefined;

/** The schemas of builtinResources and all that they refer to. Parsed on first use; callers don't change them. */
export function builtinSchemas(): SchemaComponents {
  parsed ??= {
    ...Object.assign(
      {},
      ...[machinery, core, apps, storage, coordination, events, apiextensions].map((text) => JSON.parse(text)),
    ),
    ...amarreSchemas,
    ...snapshotSchemas,
    ...veleroSchemas,
  };
  return parsed as SchemaComponents;
}
