// X01: volumes of a plugin that is no longer part of Kubernetes, or soon will not be.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { siftPods, siftVolumes } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { minorVersion } from '../snapshot/versions.ts';

interface Plugin {
  /** The first minor of 1.x that does not serve it of itself any more: it asks the successor, or nobody. */
  goneSince: number;
  /** The CSI driver that is asked instead; undefined: there is no way but to migrate the data. */
  successor?: string;
}

/**
 * By field of a volume source. Source: kubernetes.io/docs/concepts/storage/persistent-volumes, types of persistent
 * volumes, and changelogs. Where a driver takes over, what counts is since when it is asked by default, which is before
 * the plugin is removed. The plugin of gitRepo is there until 1.35, and switched off since 1.33.
 */
const plugins = new Map<string, Plugin>(
  Object.entries({
    awsElasticBlockStore: { goneSince: 23, successor: 'ebs.csi.aws.com' },
    azureDisk: { goneSince: 23, successor: 'disk.csi.azure.com' },
    azureFile: { goneSince: 24, successor: 'file.csi.azure.com' },
    cinder: { goneSince: 21, successor: 'cinder.csi.openstack.org' },
    gcePersistentDisk: { goneSince: 23, successor: 'pd.csi.storage.gke.io' },
    portworxVolume: { goneSince: 31, successor: 'pxd.portworx.com' },
    vsphereVolume: { goneSince: 25, successor: 'csi.vsphere.vmware.com' },
    cephfs: { goneSince: 31 },
    flocker: { goneSince: 25 },
    gitRepo: { goneSince: 33 },
    glusterfs: { goneSince: 26 },
    photonPersistentDisk: { goneSince: 15 },
    quobyte: { goneSince: 25 },
    rbd: { goneSince: 31 },
    scaleIO: { goneSince: 21 },
    storageos: { goneSince: 25 },
  }),
);

export const x01RemovedPlugin = defineRule({
  id: 'X01',
  title: 'Volume plugin was removed',
  severity: 'Critical',
  needs: ['volumes', 'pods', 'drivers'],
  reads: ['nodes'],
  lacks: (snapshot) =>
    minorVersion(snapshot) === undefined ? 'neither the API server nor a node tells its version' : undefined,
  page: {
    symptom: '"no volume plugin matched": pods with such a volume stay in ContainerCreating after an upgrade.',
    cause:
      'Kubernetes no longer has the plugin of the volume. Some have a CSI driver that takes over, if it is installed; others have none.',
    consequence: 'The volumes can not be mounted, and no running pod with one can move to another node.',
    remedy:
      'Install the driver that takes over; where there is none, copy the data to another volume before the upgrade.',
    wrongMoves: 'Upgrading first and migrating after.',
    sources: [
      'https://github.com/rancher/rke2/issues/4770',
      'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#types-of-persistent-volumes',
    ],
  },
  examine: (snapshot) => {
    const minor = minorVersion(snapshot);
    if (minor === undefined) return [];
    return [...usersByPlugin(snapshot)].flatMap(([field, users]) => {
      const plugin = plugins.get(field);
      const isServed = plugin?.successor && snapshot.find('drivers', { name: plugin.successor });
      return plugin && !isServed ? [findingOf({ field, plugin, users, minor })] : [];
    });
  },
});

/** Volumes and pods by the field of their source, for the fields above. */
function usersByPlugin(snapshot: Snapshot): Map<string, Set<KubeObject>> {
  const users = new Map<string, Set<KubeObject>>();
  const add = (source: object, user: KubeObject): void => {
    for (const field of Object.keys(source)) {
      if (!plugins.has(field)) continue;
      const found = users.get(field) ?? new Set();
      users.set(field, found.add(user));
    }
  };
  for (const volume of siftVolumes(snapshot).oldSources) if (volume.spec) add(volume.spec, volume);
  for (const pod of siftPods(snapshot).oldSources) for (const volume of pod.spec?.volumes ?? []) add(volume, pod);
  return users;
}

interface Use {
  field: string;
  plugin: Plugin;
  users: ReadonlySet<KubeObject>;
  minor: number;
}

function findingOf({ field, plugin, users, minor }: Use): FindingDraft {
  const subject: ObjectRef = { kind: 'VolumePlugin', name: field };
  const { goneSince, successor } = plugin;
  const isGone = minor >= goneSince;
  const found = [...users];
  const path = (object: KubeObject): string =>
    object.kind === 'PersistentVolume' ? `spec.${field}` : `spec.volumes[*].${field}`;
  return {
    severity: isGone ? 'Critical' : 'High',
    subject,
    related: found.map(refTo),
    sentence: isGone
      ? `Kubernetes 1.${minor} has no plugin for ${field} any more${successor ? `, and the driver ${successor} that takes over is not installed` : ''}: ${countOf(found)} can't be mounted.`
      : `The upgrade to Kubernetes 1.${goneSince} takes the plugin for ${field} away, and ${countOf(found)} still use it.`,
    evidence: found.slice(0, 5).map((object) => evidence(object, path(object), 'set')),
    actions: [
      ...(successor
        ? [
            harmless({
              title: `Install the driver ${successor}`,
              why: 'It takes over the volumes as they are; nothing is copied.',
              commands: [kubectl(['get', 'csidrivers'])],
            }),
          ]
        : [
            forExpert({
              title: 'Copy the data to volumes of another class, one application after the other',
              why: 'There is no driver that takes these volumes over under their present objects.',
            }),
          ]),
      wrongMove({
        title: isGone ? 'Delete the volumes to get rid of them' : 'Upgrade first, and migrate after',
        why: isGone
          ? 'The data is still on the storage, and the objects say where.'
          : 'After the upgrade the volumes can not be mounted any more, not even to copy them.',
      }),
    ],
  };
}

function countOf(objects: readonly KubeObject[]): string {
  const [first] = objects;
  return objects.length === 1 ? `${first?.kind} ${first?.metadata.name}` : `${objects.length} objects`;
}
