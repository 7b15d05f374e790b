// What schemas do the kinds of amarre.io have? Written by hand, after types.ts.

import type { SchemaComponents } from '../definition.ts';

export const fenceProofSchemaName = 'io.amarre.v1alpha1.FenceProof';

const time = (description: string) => ({ type: 'string', format: 'date-time', description }) as const;
const text = (description: string) => ({ type: 'string', description }) as const;

export const amarreSchemas: SchemaComponents = {
  [fenceProofSchemaName]: {
    type: 'object',
    description:
      "FenceProof states that one attachment of one volume can't write any more. It is never changed after creation.",
    required: ['spec'],
    properties: {
      apiVersion: text('APIVersion defines the versioned schema of this representation of an object.'),
      kind: text('Kind is a string value representing the REST resource this object represents.'),
      metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      spec: {
        type: 'object',
        description: 'What was proven, and how.',
        required: [
          'class',
          'volumeName',
          'volumeHandle',
          'driver',
          'nodeName',
          'bootID',
          'epoch',
          'attachmentUID',
          'cause',
          'suspectedAt',
          'provenAt',
          'evidence',
        ],
        properties: {
          class: {
            type: 'string',
            description:
              'How strong the proof is. Strongest first: Gate, Tombstone, Power, Reboot, DeadMan, Attestation.',
            enum: ['Gate', 'Tombstone', 'Power', 'Reboot', 'DeadMan', 'Attestation'],
          },
          volumeName: text('Name of the PersistentVolume.'),
          volumeHandle: text('Handle of the volume, as its driver knows it.'),
          driver: text('Name of the CSI driver.'),
          nodeName: text('Node that held the attachment.'),
          bootID: text('status.nodeInfo.bootID of the node when it was suspected.'),
          epoch: { type: 'integer', format: 'int64', minimum: 0, description: "The attachment's epoch." },
          attachmentUID: text('UID of the VolumeAttachment that is proven harmless.'),
          podUIDs: {
            type: 'array',
            items: { type: 'string' },
            description: 'UIDs of the pods that wrote through this attachment.',
            'x-kubernetes-list-type': 'set',
          },
          cause: text('Why fencing started: NodeUnresponsive.'),
          suspectedAt: time('When the node was suspected.'),
          provenAt: time('When the proof held.'),
          evidence: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: 'Class-specific facts, as the fence method returned them.',
          },
        },
      },
    },
    'x-kubernetes-group-version-kind': [{ group: 'amarre.io', version: 'v1alpha1', kind: 'FenceProof' }],
  },
};
