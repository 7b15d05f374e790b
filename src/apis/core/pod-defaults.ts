// Which fields of a pod does the server fill in? Upstream's pkg/apis/core/v1/defaults.go.

import type {
  Container,
  HTTPGetAction,
  PersistentVolumeSpec,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Volume,
} from './generated/v1.ts';
import { imageTag } from './image-name.ts';
import { defaultPodResources } from './pod-resources.ts';
import { defaultRequests } from './resource-list.ts';

const fileMode = 0o644;

/** Defaults of a pod. */
export function defaultPod(pod: Pod): void {
  if (!pod.spec) return;
  pod.spec.enableServiceLinks ??= true;
  defaultPodSpec(pod.spec);
  // What is negative means at once, and a second is as near to that as it gets.
  if ((pod.spec.terminationGracePeriodSeconds ?? 0) < 0) pod.spec.terminationGracePeriodSeconds = 1;
  for (const container of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]) {
    if (container.resources) defaultRequests(container.resources);
  }
  defaultPodResources(pod.spec);
}

/** Defaults of a pod template. A template's requests are not filled from its limits: the pods' are. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec) defaultPodSpec(template.spec);
}

function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  // Both names say the same. Source: pkg/apis/core/v1, the conversions of PodSpec.
  if (!spec.serviceAccountName && spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  spec.restartPolicy ||= 'Always';
  // kubectl debug crashes on a pod whose security context is absent.
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  // Both spellings of the account: the older one is what very old clients read.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) spec.serviceAccountName = spec.serviceAccount = account;
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  if (!spec.hostNetwork) return;
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
  }
}

function defaultContainer(container: Container): void {
  container.imagePullPolicy ||= pullPolicyOf(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) defaultProbe(probe);
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}

/** The tag `latest`, written or implied, may change under its name. */
function pullPolicyOf(image: string): string {
  return imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc) probe.grpc.service ??= '';
  defaultHttpGet(probe.httpGet);
}

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

/** What upstream assumes of storage that neither it nor we bring along any more. */
function defaultSource({ iscsi, rbd, azureDisk, scaleIO }: VolumeSources): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (!scaleIO) return;
  scaleIO.storageMode ||= 'ThinProvisioned';
  scaleIO.fsType ||= 'xfs';
}

/** The same of where the bytes of a persistent volume are. */
export function defaultPersistentSource(spec: PersistentVolumeSpec): void {
  if (spec.hostPath) spec.hostPath.type ??= '';
  defaultSource(spec);
}

type VolumeSources = Pick<Volume, 'azureDisk'> & {
  iscsi?: { iscsiInterface?: string };
  rbd?: { pool?: string; user?: string; keyring?: string };
  scaleIO?: { storageMode?: string; fsType?: string };
};

function defaultVolume(volume: Volume): void {
  // `name` alone means an empty directory.
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
  defaultSource(volume);
  if (volume.secret) volume.secret.defaultMode ??= fileMode;
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode;
  if (volume.downwardAPI) volume.downwardAPI.defaultMode ??= fileMode;
  if (volume.hostPath) volume.hostPath.type ??= '';
  for (const { fieldRef } of volume.downwardAPI?.items ?? []) if (fieldRef) fieldRef.apiVersion ||= 'v1';
  if (volume.projected) volume.projected.defaultMode ??= fileMode;
  for (const { downwardAPI, serviceAccountToken } of volume.projected?.sources ?? []) {
    for (const { fieldRef } of downwardAPI?.items ?? []) if (fieldRef) fieldRef.apiVersion ||= 'v1';
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= 3600;
  }
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference ?? '');
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) claim.volumeMode ??= 'Filesystem';
}
