// Which fields of a pod does upstream drop, as the feature gates that they belong to are closed by default?
// Source: pkg/api/pod/util.go dropDisabledFields and pkg/features of 1.36.

import type { Container, PodSpec, PodTemplateSpec } from './generated/v1.ts';

/** Takes them away in place. */
export function dropClosedFields(spec: PodSpec): void {
  // GenericWorkload
  delete spec.schedulingGroup;
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      // ClusterTrustBundleProjection and PodCertificateRequest
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
  const lists: (Container[] | undefined)[] = [spec.containers, spec.initContainers, spec.ephemeralContainers];
  for (const container of lists.flatMap((list) => list ?? [])) dropStopSignal(container);
}

/** The same of the pods that a template stands for. */
export function dropClosedFieldsOf(template: PodTemplateSpec | undefined): void {
  if (template?.spec) dropClosedFields(template.spec);
}

/** ContainerStopSignals: a lifecycle of nothing else goes with it. */
function dropStopSignal(container: Container): void {
  if (container.lifecycle?.stopSignal === undefined) return;
  delete container.lifecycle.stopSignal;
  if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
}
