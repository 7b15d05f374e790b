// Which fields do snapshot objects have? OpenAPI schemas of snapshot.storage.k8s.io/v1, after upstream's CRDs.

import type { SchemaComponents } from '../definition.ts';
import { classFields, deletionPolicy, error, kind as kindOf, object, referenceTo, text } from './schema-parts.ts';

const prefix = 'io.k8s.snapshot.storage.v1';

/** Schema names by kind, for `ResourceDefinition.schemaName`. */
export const snapshotSchemaNames = {
  VolumeSnapshot: `${prefix}.VolumeSnapshot`,
  VolumeSnapshotContent: `${prefix}.VolumeSnapshotContent`,
  VolumeSnapshotClass: `${prefix}.VolumeSnapshotClass`,
} as const;

function kind(name: keyof typeof snapshotSchemaNames, schema: ReturnType<typeof object>): ReturnType<typeof object> {
  return kindOf('snapshot.storage.k8s.io', name, schema);
}

const snapshotSpec = object(
  'What is wished for.',
  {
    source: object('Where the snapshot comes from. Never changed.', {
      persistentVolumeClaimName: text('The claim, in the same namespace, whose volume is to be cut.'),
      volumeSnapshotContentName: text('The content object of a snapshot that exists already.'),
    }),
    volumeSnapshotClassName: {
      ...text("Name of the VolumeSnapshotClass; absent means the default class of the volume's driver."),
      minLength: 1,
    },
  },
  ['source'],
);

const snapshotStatus = object('What is known of the snapshot.', {
  boundVolumeSnapshotContentName: text('The content object; bound only if that object points back.'),
  creationTime: { type: 'string', format: 'date-time', description: 'When the storage cut the snapshot.' },
  readyToUse: { type: 'boolean', description: 'Whether a volume can be restored from the snapshot.' },
  restoreSize: {
    ...text('The smallest size of a volume restored from the snapshot.'),
    pattern:
      '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
    'x-kubernetes-int-or-string': true,
  },
  error,
  volumeGroupSnapshotName: text('The group snapshot that this snapshot belongs to.'),
});

const contentSpec = object(
  'The snapshot in the storage.',
  {
    deletionPolicy,
    driver: text('Name of the CSI driver.'),
    source: object('Either a volume to cut or a snapshot that exists. Never changed.', {
      snapshotHandle: text('CSI snapshot_id of an existing snapshot.'),
      volumeHandle: text('CSI volume_id of the volume to cut.'),
    }),
    sourceVolumeMode: text('Filesystem or Block: the mode of the source volume. Never changed.'),
    volumeSnapshotClassName: text('Name of the class that the snapshot was made with.'),
    volumeSnapshotRef: referenceTo('The VolumeSnapshot that this content is bound to.'),
  },
  ['deletionPolicy', 'driver', 'source', 'volumeSnapshotRef'],
);

const contentStatus = object('What the driver said of the snapshot.', {
  creationTime: { type: 'integer', format: 'int64', description: 'Nanoseconds since the Unix epoch.' },
  error,
  readyToUse: { type: 'boolean', description: 'Whether a volume can be restored from the snapshot.' },
  restoreSize: { type: 'integer', format: 'int64', minimum: 0, description: 'Size in bytes.' },
  snapshotHandle: text('CSI snapshot_id; absent until the snapshot exists.'),
  volumeGroupSnapshotHandle: text('CSI group_snapshot_id, if the snapshot is part of a group.'),
});

/** Components of the three kinds, by schema name. */
export const snapshotSchemas: SchemaComponents = {
  [snapshotSchemaNames.VolumeSnapshot]: kind(
    'VolumeSnapshot',
    object(
      'A wish for a point-in-time copy of a volume, or for an existing one.',
      { spec: snapshotSpec, status: snapshotStatus },
      ['spec'],
    ),
  ),
  [snapshotSchemaNames.VolumeSnapshotContent]: kind(
    'VolumeSnapshotContent',
    object('A snapshot in the storage.', { spec: contentSpec, status: contentStatus }, ['spec']),
  ),
  [snapshotSchemaNames.VolumeSnapshotClass]: kind(
    'VolumeSnapshotClass',
    object('How snapshots of one driver are made.', classFields, ['deletionPolicy', 'driver']),
  ),
};
