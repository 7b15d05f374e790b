// Which fields do group snapshots have? OpenAPI schemas of groupsnapshot.storage.k8s.io/v1, after upstream's CRDs.

import type { JsonSchema, SchemaComponents } from '../definition.ts';
import { classFields, deletionPolicy, error, kind as kindOf, object, referenceTo, text } from './schema-parts.ts';

const prefix = 'io.k8s.groupsnapshot.storage.v1';

/** Schema names by kind, for `ResourceDefinition.schemaName`. */
export const groupSnapshotSchemaNames = {
  VolumeGroupSnapshot: `${prefix}.VolumeGroupSnapshot`,
  VolumeGroupSnapshotContent: `${prefix}.VolumeGroupSnapshotContent`,
  VolumeGroupSnapshotClass: `${prefix}.VolumeGroupSnapshotClass`,
} as const;

function kind(name: keyof typeof groupSnapshotSchemaNames, schema: JsonSchema): JsonSchema {
  return kindOf('groupsnapshot.storage.k8s.io', name, schema);
}

function listOf(items: JsonSchema, description: string): JsonSchema {
  return { type: 'array', items, description };
}

const created: JsonSchema = { type: 'string', format: 'date-time', description: 'When the storage cut the snapshots.' };
const ready: JsonSchema = { type: 'boolean', description: 'Whether volumes can be restored from all snapshots.' };

const labelSelector: JsonSchema = {
  ...object('Labels of the claims, in the same namespace, whose volumes are to be cut together.', {
    matchExpressions: {
      ...listOf(
        object(
          'A rule about one label.',
          {
            key: text('The label.'),
            operator: text('In, NotIn, Exists or DoesNotExist.'),
            values: { ...listOf({ type: 'string' }, 'The values.'), 'x-kubernetes-list-type': 'atomic' },
          },
          ['key', 'operator'],
        ),
        'Rules that must all hold.',
      ),
      'x-kubernetes-list-type': 'atomic',
    },
    matchLabels: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Labels that must be there with these values.',
    },
  }),
  'x-kubernetes-map-type': 'atomic',
};

const groupSnapshot = object(
  'A wish for point-in-time copies of several volumes, or for an existing group of copies.',
  {
    spec: object(
      'What is wished for.',
      {
        source: object('Where the group snapshot comes from. Never changed.', {
          selector: labelSelector,
          volumeGroupSnapshotContentName: text('The content object of a group snapshot that exists already.'),
        }),
        volumeGroupSnapshotClassName: text(
          "Name of the VolumeGroupSnapshotClass; absent means the default class of the volumes' driver.",
        ),
      },
      ['source'],
    ),
    status: object('What is known of the group snapshot.', {
      boundVolumeGroupSnapshotContentName: text('The content object; bound only if that object points back.'),
      creationTime: created,
      error,
      readyToUse: ready,
    }),
  },
  ['spec'],
);

const contentSpec = object(
  'The group snapshot in the storage.',
  {
    deletionPolicy,
    driver: text('Name of the CSI driver.'),
    source: object('Either volumes to cut or snapshots that exist. Never changed.', {
      groupSnapshotHandles: object(
        'A group of snapshots that exists.',
        {
          volumeGroupSnapshotHandle: text('CSI group_snapshot_id of the group.'),
          volumeSnapshotHandles: listOf({ type: 'string' }, 'CSI snapshot_id of each snapshot of the group.'),
        },
        ['volumeGroupSnapshotHandle', 'volumeSnapshotHandles'],
      ),
      volumeHandles: listOf({ type: 'string' }, 'CSI volume_id of each volume to cut.'),
    }),
    volumeGroupSnapshotClassName: text('Name of the class that the group snapshot was made with.'),
    volumeGroupSnapshotRef: referenceTo('The VolumeGroupSnapshot that this content is bound to.'),
  },
  ['deletionPolicy', 'driver', 'source', 'volumeGroupSnapshotRef'],
);

const contentStatus = object('What the driver said of the group snapshot.', {
  creationTime: created,
  error,
  readyToUse: ready,
  volumeGroupSnapshotHandle: text('CSI group_snapshot_id; absent until the group snapshot exists.'),
  volumeSnapshotInfoList: listOf(
    object('One snapshot of the group.', {
      creationTime: { type: 'integer', format: 'int64', description: 'Nanoseconds since the Unix epoch.' },
      readyToUse: { type: 'boolean', description: 'Whether a volume can be restored from the snapshot.' },
      restoreSize: { type: 'integer', format: 'int64', minimum: 0, description: 'Size in bytes.' },
      snapshotHandle: text('CSI snapshot_id.'),
      volumeHandle: text('CSI volume_id of the volume that was cut.'),
    }),
    'The snapshots of the group.',
  ),
});

/** Components of the three kinds, by schema name. */
export const groupSnapshotSchemas: SchemaComponents = {
  [groupSnapshotSchemaNames.VolumeGroupSnapshot]: kind('VolumeGroupSnapshot', groupSnapshot),
  [groupSnapshotSchemaNames.VolumeGroupSnapshotContent]: kind(
    'VolumeGroupSnapshotContent',
    object('A group of snapshots in the storage.', { spec: contentSpec, status: contentStatus }, ['spec']),
  ),
  [groupSnapshotSchemaNames.VolumeGroupSnapshotClass]: kind(
    'VolumeGroupSnapshotClass',
    object('How group snapshots of one driver are made.', classFields, ['deletionPolicy', 'driver']),
  ),
};
