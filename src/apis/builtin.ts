// Which resources does the server have from the start, and with which schemas?

import { schemasJson as machinery } from '../apimachinery/generated/schemas.ts';
import { schemasJson as admissionregistration } from './admissionregistration/generated/schemas.ts';
import { admissionPolicyResources } from './admissionregistration/policies.ts';
import { webhookResources } from './admissionregistration/webhooks.ts';
import { fenceProof } from './amarre/fence-proof.ts';
import { finding } from './amarre/finding.ts';
import { findingSchemas } from './amarre/finding-schema.ts';
import { amarreSchemas } from './amarre/schema.ts';
import { customResourceDefinition } from './apiextensions/custom-resource-definition.ts';
import { schemasJson as apiextensions } from './apiextensions/generated/schemas.ts';
import { apiService } from './apiregistration/api-service.ts';
import { schemasJson as apiregistration } from './apiregistration/generated/schemas.ts';
import { controllerRevision } from './apps/controller-revision.ts';
import { daemonSet } from './apps/daemon-set.ts';
import { deployment, replicaSet } from './apps/data-only.ts';
import { schemasJson as apps } from './apps/generated/schemas.ts';
import { statefulSet } from './apps/stateful-set.ts';
import { schemasJson as authentication } from './authentication/generated/schemas.ts';
import { reviewResources } from './authentication/reviews.ts';
import { schemasJson as authorization } from './authorization/generated/schemas.ts';
import { schemasJson as autoscaling } from './autoscaling/generated/schemas.ts';
import { firstAutoscaler, horizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.ts';
import { cronJob } from './batch/cron-job.ts';
import { schemasJson as batch } from './batch/generated/schemas.ts';
import { job } from './batch/job.ts';
import { certificateSigningRequest } from './certificates/certificate-signing-request.ts';
import { schemasJson as certificates } from './certificates/generated/schemas.ts';
import { schemasJson as coordination } from './coordination/generated/schemas.ts';
import { lease } from './coordination/lease.ts';
import { binding } from './core/binding.ts';
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
import { replicationController } from './core/replication-controller.ts';
import { resourceQuota } from './core/resource-quota.ts';
import { secret } from './core/secret.ts';
import { service } from './core/service.ts';
import { serviceAccount } from './core/service-account.ts';
import type { ResourceDefinition, SchemaComponents } from './definition.ts';
import { endpointSlice } from './discovery/endpoint-slice.ts';
import { schemasJson as discovery } from './discovery/generated/schemas.ts';
import { eventsEvent } from './events/event.ts';
import { schemasJson as events } from './events/generated/schemas.ts';
import { metricsResources, metricsSchemas } from './metrics/resources.ts';
import { ipAddress, networkPolicy, serviceCidr } from './networking/addresses.ts';
import { schemasJson as networking } from './networking/generated/schemas.ts';
import { ingress, ingressClass } from './networking/ingress.ts';
import { schemasJson as nodeGroup } from './node/generated/schemas.ts';
import { runtimeClass } from './node/runtime-class.ts';
import { schemasJson as policy } from './policy/generated/schemas.ts';
import { podDisruptionBudget } from './policy/pod-disruption-budget.ts';
import { schemasJson as rbac } from './rbac/generated/schemas.ts';
import { rbacResources } from './rbac/resources.ts';
import { schemasJson as scheduling } from './scheduling/generated/schemas.ts';
import { priorityClass } from './scheduling/priority-class.ts';
import { groupSnapshotResources } from './snapshot/group-resources.ts';
import { groupSnapshotSchemas } from './snapshot/group-schema.ts';
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
  binding,
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
  replicationController,
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
  job,
  cronJob,
  podDisruptionBudget,
  ...rbacResources,
  ...reviewResources,
  ...webhookResources,
  ...admissionPolicyResources,
  priorityClass,
  endpointSlice,
  ingress,
  ingressClass,
  networkPolicy,
  ipAddress,
  serviceCidr,
  certificateSigningRequest,
  runtimeClass,
  horizontalPodAutoscaler,
  firstAutoscaler,
  ...metricsResources,
  apiService,
  customResourceDefinition,
  fenceProof,
  finding,
  ...snapshotResources,
  ...groupSnapshotResources,
  ...veleroResources,
];

const texts = [
  machinery,
  core,
  apps,
  storage,
  coordination,
  events,
  batch,
  policy,
  rbac,
  authentication,
  authorization,
  admissionregistration,
  scheduling,
  discovery,
  networking,
  certificates,
  nodeGroup,
  autoscaling,
  apiregistration,
  apiextensions,
];

let parsed: SchemaComponents | undefined;

/** The schemas of builtinResources and all that they refer to. Parsed on first use; callers don't change them. */
export function builtinSchemas(): SchemaComponents {
  parsed ??= {
    ...Object.assign({}, ...texts.map((text) => JSON.parse(text))),
    ...metricsSchemas,
    ...amarreSchemas,
    ...findingSchemas,
    ...snapshotSchemas,
    ...groupSnapshotSchemas,
    ...veleroSchemas,
  };
  return parsed as SchemaComponents;
}
