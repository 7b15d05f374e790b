import { expect, test } from 'vitest';
import type { KubeObject } from '../apimachinery/meta.ts';
import { builtinResources } from './builtin.ts';
import type { ResourceDefinition } from './definition.ts';
import { unheard } from './testing.ts';

type Fields = Record<string, unknown>;

function definitionOf(kind: string): ResourceDefinition {
  const found = builtinResources.find(({ resource }) => resource.kind === kind && resource.group !== 'events.k8s.io');
  if (!found) throw new Error(`no definition of ${kind}`);
  return found;
}

function object(kind: string, fields: Fields): KubeObject {
  const metadata = { name: 'x', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  return structuredClone({ kind, metadata, ...fields }) as KubeObject;
}

/** The same, with the server's defaults if it has a spec to fill in. */
function defaulted(kind: string, fields: Fields): KubeObject {
  const filled = object(kind, fields);
  if (kind === 'StatefulSet') definitionOf(kind).applyDefaults?.(filled);
  return filled;
}

const lines = (causes: { field?: string; message?: string }[] | undefined) =>
  (causes ?? []).map(({ field, message }) => `${field}: ${message}`);

const template = {
  metadata: { labels: { app: 'x' } },
  spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'i' }] },
};
const setSpec = {
  selector: { matchLabels: { app: 'x' } },
  template,
  serviceName: 's',
  replicas: 1,
  podManagementPolicy: 'OrderedReady',
  updateStrategy: { type: 'RollingUpdate' },
  persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
};
const volumeSpec = {
  accessModes: ['ReadWriteOnce'],
  capacity: { storage: '1Gi' },
  persistentVolumeReclaimPolicy: 'Delete',
  volumeMode: 'Filesystem',
  csi: { driver: 'd', volumeHandle: 'h' },
};
const classFields = { provisioner: 'd', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' };
const attachmentSpec = { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'pv' } };

test.each<{ name: string; kind: string; given: Fields; want: Fields }>([
  {
    name: 'volume -> kept when released',
    kind: 'PersistentVolume',
    given: { spec: { csi: {} } },
    want: {
      spec: { csi: {}, persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    },
  },
  {
    name: 'class -> deletes, binds at once',
    kind: 'StorageClass',
    given: { provisioner: 'p' },
    want: { provisioner: 'p', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
  },
  {
    name: 'secret -> opaque, text merged over data',
    kind: 'Secret',
    given: { data: { a: 'eA==', b: 'eQ==' }, stringData: { b: 'ä' } },
    want: { type: 'Opaque', data: { a: 'eA==', b: 'w6Q=' } },
  },
  {
    name: 'namespace -> active, labelled with its name',
    kind: 'Namespace',
    given: {},
    want: {
      metadata: expect.objectContaining({ labels: { 'kubernetes.io/metadata.name': 'x' } }),
      status: { phase: 'Active' },
    },
  },
  {
    name: 'attachment -> not attached',
    kind: 'VolumeAttachment',
    given: { spec: attachmentSpec },
    want: { spec: attachmentSpec, status: { attached: false } },
  },
  {
    name: 'CSI driver -> upstream defaults',
    kind: 'CSIDriver',
    given: { spec: { attachRequired: false } },
    want: {
      spec: {
        attachRequired: false,
        podInfoOnMount: false,
        storageCapacity: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        volumeLifecycleModes: ['Persistent'],
        requiresRepublish: false,
        seLinuxMount: false,
      },
    },
  },
  {
    name: 'event -> reporter fields',
    kind: 'Event',
    given: { involvedObject: { kind: 'Pod' } },
    want: { involvedObject: { kind: 'Pod' }, source: {}, reportingComponent: '', reportingInstance: '' },
  },
  {
    name: 'node -> all of it can be allocated',
    kind: 'Node',
    given: { status: { capacity: { cpu: '2' } } },
    want: { status: { capacity: { cpu: '2' }, allocatable: { cpu: '2' } } },
  },
  {
    name: 'stateful set -> ordered, rolling, claims retained',
    kind: 'StatefulSet',
    given: {
      spec: {
        template: { spec: { containers: [] } },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
      },
    },
    want: {
      spec: {
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        replicas: 1,
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        template: {
          spec: {
            containers: [],
            dnsPolicy: 'ClusterFirst',
            restartPolicy: 'Always',
            schedulerName: 'default-scheduler',
            securityContext: {},
            terminationGracePeriodSeconds: 30,
          },
        },
        volumeClaimTemplates: [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            metadata: { name: 'data' },
            spec: { volumeMode: 'Filesystem' },
            status: { phase: 'Pending' },
          },
        ],
      },
    },
  },
  {
    name: 'deployment -> rolling',
    kind: 'Deployment',
    given: { spec: {} },
    want: {
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      },
    },
  },
  {
    name: 'CRD -> names derived',
    kind: 'CustomResourceDefinition',
    given: { spec: { names: { kind: 'Foo', plural: 'foos' } } },
    want: {
      spec: {
        names: { kind: 'Foo', plural: 'foos', singular: 'foo', listKind: 'FooList' },
        conversion: { strategy: 'None' },
      },
    },
  },
])('defaults of $kind: $name', ({ kind, given, want }) => {
  const made = object(kind, given);
  definitionOf(kind).applyDefaults?.(made);
  const once = structuredClone(made);
  expect(made).toEqual({ ...object(kind, {}), ...want });
  definitionOf(kind).applyDefaults?.(made);
  expect(made, 'defaults are filled in once').toEqual(once);
});

test.each<{ kind: string; given: Fields; want: Fields }>([
  {
    kind: 'PersistentVolume',
    given: { status: { phase: 'Bound' } },
    want: {
      metadata: expect.objectContaining({ finalizers: ['kubernetes.io/pv-protection'] }),
      status: { phase: 'Pending', lastPhaseTransitionTime: '' },
    },
  },
  {
    kind: 'Namespace',
    given: { status: { phase: 'Terminating' } },
    want: {
      metadata: expect.objectContaining({ labels: { 'kubernetes.io/metadata.name': 'x' } }),
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    },
  },
  { kind: 'StatefulSet', given: { status: { replicas: 7 } }, want: { status: { replicas: 0, availableReplicas: 0 } } },
  { kind: 'VolumeAttachment', given: { status: { attached: true } }, want: { status: { attached: false } } },
])('a new $kind starts with the server’s status', ({ kind, given, want }) => {
  const made = object(kind, given);
  definitionOf(kind).prepareForCreate?.(made, unheard);
  expect(made).toEqual({ ...object(kind, {}), ...want });
});

test.each<{ name: string; kind: string; given: Fields; want: string[] }>([
  { name: 'whole', kind: 'PersistentVolume', given: { spec: volumeSpec }, want: [] },
  {
    name: 'no source',
    kind: 'PersistentVolume',
    given: { spec: { ...volumeSpec, csi: undefined } },
    want: ['spec: Required value: must specify a volume type'],
  },
  {
    name: 'two sources',
    kind: 'PersistentVolume',
    given: { spec: { ...volumeSpec, nfs: { server: 's', path: '/' } } },
    want: ['spec.csi: Forbidden: may not specify more than 1 volume type'],
  },
  {
    name: 'no capacity, no modes',
    kind: 'PersistentVolume',
    given: { spec: { ...volumeSpec, capacity: {}, accessModes: [] } },
    want: [
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: {}: supported values: "storage"',
    ],
  },
  {
    name: 'capacity of zero',
    kind: 'PersistentVolume',
    given: { spec: { ...volumeSpec, capacity: { storage: '0' } } },
    want: ['spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
  },
  {
    name: 'unknown policy',
    kind: 'PersistentVolume',
    given: { spec: { ...volumeSpec, persistentVolumeReclaimPolicy: 'Burn' } },
    want: [
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
    ],
  },
  {
    name: 'CSI without a handle',
    kind: 'PersistentVolume',
    given: { spec: { ...volumeSpec, csi: { driver: 'd' } } },
    want: ['spec.csi.volumeHandle: Required value'],
  },
  { name: 'whole', kind: 'StorageClass', given: classFields, want: [] },
  {
    name: 'no provisioner',
    kind: 'StorageClass',
    given: { ...classFields, provisioner: '' },
    want: ['provisioner: Required value'],
  },
  {
    name: 'unknown policy',
    kind: 'StorageClass',
    given: { ...classFields, reclaimPolicy: 'Burn' },
    want: ['reclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Retain"'],
  },
  {
    name: 'unknown mode',
    kind: 'StorageClass',
    given: { ...classFields, volumeBindingMode: 'Never' },
    want: ['volumeBindingMode: Unsupported value: "Never": supported values: "Immediate", "WaitForFirstConsumer"'],
  },
  { name: 'whole', kind: 'StatefulSet', given: { spec: setSpec }, want: [] },
  {
    name: 'mount of a claim template',
    kind: 'StatefulSet',
    given: {
      spec: {
        ...setSpec,
        template: {
          ...template,
          spec: {
            ...template.spec,
            containers: [{ name: 'a', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/d' }] }],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
    want: [],
  },
  {
    name: 'selector of other labels',
    kind: 'StatefulSet',
    given: { spec: { ...setSpec, selector: { matchLabels: { app: 'y' } } } },
    want: ['spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`'],
  },
  {
    name: 'empty selector',
    kind: 'StatefulSet',
    given: { spec: { ...setSpec, selector: {} } },
    want: ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
  },
  {
    name: 'negative replicas',
    kind: 'StatefulSet',
    given: { spec: { ...setSpec, replicas: -1 } },
    want: ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  },
  {
    name: 'pods that end',
    kind: 'StatefulSet',
    given: { spec: { ...setSpec, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } } },
    want: ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  },
  {
    name: 'no image',
    kind: 'StatefulSet',
    given: { spec: { ...setSpec, template: { ...template, spec: { ...template.spec, containers: [{ name: 'a' }] } } } },
    want: ['spec.template.spec.containers[0].image: Required value'],
  },
  { name: 'whole', kind: 'Secret', given: { data: { 'a.b': 'eA==' }, type: 'Opaque' }, want: [] },
  {
    name: 'bad key',
    kind: 'Secret',
    given: { data: { 'a b': 'eA==' } },
    want: [expect.stringContaining('data[a b]: Invalid value: "a b": a valid config key must consist of')],
  },
  {
    name: 'TLS without its key',
    kind: 'Secret',
    given: { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
    want: ['data[tls.key]: Required value'],
  },
  {
    name: 'too large',
    kind: 'Secret',
    given: { data: { a: Buffer.alloc(1048577).toString('base64') } },
    want: ['data: Too long: may not be more than 1048576 bytes'],
  },
  {
    name: 'key in both maps',
    kind: 'ConfigMap',
    given: { data: { a: 'x' }, binaryData: { a: 'eA==' } },
    want: ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  },
  {
    name: 'neither volume nor inline',
    kind: 'VolumeAttachment',
    given: { spec: { ...attachmentSpec, source: {} } },
    want: ['spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
  },
  {
    name: 'two drivers of a name',
    kind: 'CSINode',
    given: {
      spec: {
        drivers: [
          { name: 'd', nodeID: 'n' },
          { name: 'd', nodeID: 'n' },
        ],
      },
    },
    want: ['spec.drivers[1].name: Duplicate value: "d"'],
  },
  {
    name: 'unknown lifecycle mode',
    kind: 'CSIDriver',
    given: { spec: { volumeLifecycleModes: ['Always'] } },
    want: ['spec.volumeLifecycleModes: Unsupported value: "Always": supported values: "Persistent", "Ephemeral"'],
  },
  {
    name: 'no class',
    kind: 'CSIStorageCapacity',
    given: { storageClassName: '', capacity: '-1' },
    want: [
      expect.stringContaining('storageClassName: Invalid value: "": a lowercase RFC 1123 subdomain') as string,
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
    ],
  },
  {
    name: 'duration of zero',
    kind: 'Lease',
    given: { spec: { leaseDurationSeconds: 0 } },
    want: ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
  },
  {
    name: 'event of another namespace',
    kind: 'Event',
    given: { involvedObject: { namespace: 'other' } },
    want: ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
  },
  {
    name: 'name that isn’t plural.group',
    kind: 'CustomResourceDefinition',
    given: { spec: { group: 'g', names: { plural: 'p' }, versions: [{}] } },
    want: ['metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group'],
  },
])('creation of $kind: $name -> $want', ({ kind, given, want }) => {
  expect(lines(definitionOf(kind).validateCreate?.(defaulted(kind, given)))).toEqual(want);
});

test.each<{ name: string; kind: string; old: Fields; now: Fields; want: string[] }>([
  {
    name: 'source',
    kind: 'PersistentVolume',
    old: { spec: volumeSpec },
    now: { spec: { ...volumeSpec, csi: { driver: 'd', volumeHandle: 'other' } } },
    want: [
      expect.stringContaining(
        'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n@@ -22,7 +22,7 @@\n',
      ) as string,
    ],
  },
  {
    name: 'reclaim policy',
    kind: 'PersistentVolume',
    old: { spec: volumeSpec },
    now: { spec: { ...volumeSpec, persistentVolumeReclaimPolicy: 'Retain' } },
    want: [],
  },
  {
    name: 'capacity',
    kind: 'PersistentVolume',
    old: { spec: volumeSpec },
    now: { spec: { ...volumeSpec, capacity: { storage: '2Gi' } } },
    want: [],
  },
  {
    name: 'parameters',
    kind: 'StorageClass',
    old: classFields,
    now: { ...classFields, parameters: { a: 'b' } },
    want: ['parameters: Invalid value: {"a":"b"}: field is immutable'],
  },
  {
    name: 'binding mode',
    kind: 'StorageClass',
    old: classFields,
    now: { ...classFields, volumeBindingMode: 'WaitForFirstConsumer' },
    want: ['volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable'],
  },
  {
    name: 'expansion',
    kind: 'StorageClass',
    old: classFields,
    now: { ...classFields, allowVolumeExpansion: true },
    want: [],
  },
  {
    name: 'replicas',
    kind: 'StatefulSet',
    old: { spec: setSpec },
    now: { spec: { ...setSpec, replicas: 3 } },
    want: [],
  },
  {
    name: 'service name',
    kind: 'StatefulSet',
    old: { spec: setSpec },
    now: { spec: { ...setSpec, serviceName: 'other' } },
    want: [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  },
  {
    name: 'type',
    kind: 'Secret',
    old: { type: 'a' },
    now: { type: 'b' },
    want: ['type: Invalid value: "b": field is immutable'],
  },
  {
    name: 'data of an immutable one',
    kind: 'Secret',
    old: { immutable: true, data: { a: '' } },
    now: { immutable: true, data: { a: 'eA==' } },
    want: ['data: Forbidden: field is immutable when `immutable` is set'],
  },
  {
    name: 'immutability',
    kind: 'ConfigMap',
    old: { immutable: true },
    now: {},
    want: ['immutable: Forbidden: field is immutable when `immutable` is set'],
  },
  {
    name: 'spec',
    kind: 'VolumeAttachment',
    old: { spec: attachmentSpec },
    now: { spec: { ...attachmentSpec, nodeName: 'm' } },
    want: [expect.stringContaining('spec: Invalid value: {')],
  },
  {
    name: 'node ID of a driver',
    kind: 'CSINode',
    old: { spec: { drivers: [{ name: 'd', nodeID: 'n' }] } },
    now: { spec: { drivers: [{ name: 'd', nodeID: 'm' }] } },
    want: [expect.stringContaining('spec.drivers: Invalid value')],
  },
  {
    name: 'limit of a driver',
    kind: 'CSINode',
    old: { spec: { drivers: [{ name: 'd', nodeID: 'n' }] } },
    now: { spec: { drivers: [{ name: 'd', nodeID: 'n', allocatable: { count: 5 } }] } },
    want: [],
  },
  {
    name: 'attachRequired',
    kind: 'CSIDriver',
    old: { spec: { attachRequired: true } },
    now: { spec: { attachRequired: false } },
    want: ['spec.attachedRequired: Invalid value: false: field is immutable'],
  },
  {
    name: 'data',
    kind: 'ControllerRevision',
    old: { data: { a: 1 }, revision: 1 },
    now: { data: { a: 2 }, revision: 2 },
    want: ['data: Invalid value: {"a":2}: field is immutable'],
  },
  {
    name: 'spec',
    kind: 'FenceProof',
    old: { spec: { epoch: 1 } },
    now: { spec: { epoch: 2 } },
    want: ['spec: Invalid value: {"epoch":2}: field is immutable'],
  },
])('update of $kind: $name -> $want', ({ kind, old, now, want }) => {
  expect(lines(definitionOf(kind).validateUpdate?.(defaulted(kind, now), defaulted(kind, old)))).toEqual(want);
});

test.each<{ kind: string; given: Fields; field: string; want: string }>([
  { kind: 'Pod', given: { spec: { nodeName: 'n' } }, field: 'spec.nodeName', want: 'n' },
  { kind: 'Pod', given: {}, field: 'status.phase', want: '' },
  { kind: 'Node', given: {}, field: 'spec.unschedulable', want: 'false' },
  { kind: 'Secret', given: { type: 'Opaque' }, field: 'type', want: 'Opaque' },
  { kind: 'Namespace', given: { status: { phase: 'Active' } }, field: 'status.phase', want: 'Active' },
  { kind: 'Event', given: { involvedObject: { uid: '7' } }, field: 'involvedObject.uid', want: '7' },
])('field selector $field of $kind -> "$want"', ({ kind, given, field, want }) => {
  expect(definitionOf(kind).selectableFields[field]?.(object(kind, given))).toBe(want);
});
