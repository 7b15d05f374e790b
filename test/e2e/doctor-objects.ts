// Of which objects are the faults made that the doctor is to find? Small manifests; a case overrides what matters.

export const namespace = 'shop';

const size = { requests: { storage: '64Mi' } };

/** Of the class; without a word about one if that is undefined. */
export const claim = (name: string, storageClassName: string | undefined, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: size,
    ...(storageClassName !== undefined && { storageClassName }),
    ...rest,
  },
});

/** Runs `script` with its volume at /data. */
export const container = (script: string, rest: object = {}) => ({
  name: 'app',
  image: 'amarre.io/host',
  command: ['sh', '-c', script],
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
  ...rest,
});

export const idle = container('exec sleep 600');

export const pod = (name: string, claimName: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [idle],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    ...spec,
  },
});

export const storageClass = (name: string, rest: object = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'local.csi.amarre.io',
  volumeBindingMode: 'Immediate',
  ...rest,
});

/** Of a driver that nobody has installed. */
export const absentDriver = { driver: 'nobody.example.com' };

interface VolumeRest {
  /** Of the claim that had it before. */
  uid?: string;
  storageClassName?: string;
  nodeAffinity?: object;
}

/** A volume made by hand, for the claim of its name. */
export const handmade = (name: string, csi: object, { uid, ...rest }: VolumeRest = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '64Mi' },
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'by-hand',
    claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, ...(uid !== undefined && { uid }) },
    csi: { volumeHandle: name, ...csi },
    ...rest,
  },
});

interface SetRest {
  /** Of its claim. */
  storage?: string;
  replicas?: number;
  persistentVolumeClaimRetentionPolicy?: object;
}

/** One replica with a claim of the immediate class, at /data. */
export const set = (name: string, template: object = {}, { storage = '64Mi', ...rest }: SetRest = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 0, containers: [idle], ...template },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'immediate',
          resources: { requests: { storage } },
        },
      },
    ],
    ...rest,
  },
});

export const snapshotKind = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot' };

export const snapshotClass = (name: string) => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotClass',
  metadata: { name },
  driver: 'local.csi.amarre.io',
  deletionPolicy: 'Delete',
});

export const snapshot = (name: string, volumeSnapshotClassName: string, persistentVolumeClaimName: string) => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshot',
  metadata: { name, namespace },
  spec: { volumeSnapshotClassName, source: { persistentVolumeClaimName } },
});
