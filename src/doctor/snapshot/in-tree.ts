// Which CSI driver stands in for a volume plugin that was part of Kubernetes once?

/** Source: k8s.io/csi-translation-lib, plugins. */
const successors: Record<string, string> = {
  'kubernetes.io/aws-ebs': 'ebs.csi.aws.com',
  'kubernetes.io/azure-disk': 'disk.csi.azure.com',
  'kubernetes.io/azure-file': 'file.csi.azure.com',
  'kubernetes.io/gce-pd': 'pd.csi.storage.gke.io',
  'kubernetes.io/cinder': 'cinder.csi.openstack.org',
  'kubernetes.io/vsphere-volume': 'csi.vsphere.vmware.com',
  'kubernetes.io/portworx-volume': 'pxd.portworx.com',
};

/** The CSI driver that answers for a provisioner's name. */
export function csiDriverName(provisioner: string): string {
  return successors[provisioner] ?? provisioner;
}
