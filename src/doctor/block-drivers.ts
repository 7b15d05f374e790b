// Which CSI drivers attach a disk to one node at a time, and what of the same house can be shared?

/** Driver of block storage → its counterpart for file storage. Source: the drivers' own documentation of access modes. */
const fileCounterparts: Record<string, string> = {
  'ebs.csi.aws.com': 'efs.csi.aws.com',
  'disk.csi.azure.com': 'file.csi.azure.com',
  'pd.csi.storage.gke.io': 'filestore.csi.storage.gke.io',
  'cinder.csi.openstack.org': 'manila.csi.openstack.org',
  'rbd.csi.ceph.com': 'cephfs.csi.ceph.com',
  'vpc.block.csi.ibm.io': 'vpc.file.csi.ibm.io',
  'dobs.csi.digitalocean.com': '',
  'csi.hetzner.cloud': '',
  'topolvm.io': '',
  'local.csi.openebs.io': '',
  'local.csi.amarre.io': '',
};

/** Does the driver have no file system that several nodes may write at once? Unknown drivers may have one. */
export function isBlockDriver(driver: string): boolean {
  return plainName(driver) in fileCounterparts;
}

/** The driver of the same house whose volumes can be shared; undefined if none is known. */
export function fileCounterpart(driver: string): string | undefined {
  return fileCounterparts[plainName(driver)] || undefined;
}

/** Rook puts its namespace before the name of Ceph's driver. */
function plainName(driver: string): string {
  return driver.endsWith('.rbd.csi.ceph.com') ? 'rbd.csi.ceph.com' : driver;
}
