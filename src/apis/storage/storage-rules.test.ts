import { expect, test } from 'vitest';
import { created, type Fields, refusals } from '../testing.ts';

const classOf = (terms: unknown[]): Fields => ({ provisioner: 'd.example.com', allowedTopologies: terms });
const term = (...expressions: [string, string[]][]) => ({
  matchLabelExpressions: expressions.map(([key, values]) => ({ key, values })),
});
const subdomain = (field: string, value: string) =>
  expect.stringContaining(`${field}: Invalid value: "${value}": a lowercase RFC 1123 subdomain`) as string;
const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
const csi = { driver: 'd.example.com', volumeHandle: 'h' };
const attachment = (source: object): Fields => ({ spec: { attacher: 'd.example.com', nodeName: 'n', source } });
const inline = (spec: object): Fields =>
  attachment({ inlineVolumeSpec: { accessModes: ['ReadWriteOnce'], csi, ...spec } });
const nodeOf = (driver: object): Fields => ({
  spec: { drivers: [{ name: 'd', nodeID: 'n', topologyKeys: [], ...driver }] },
});
const at = 'spec.source.inlineVolumeSpec';

test.each<{ name: string; kind: string; given: Fields; old?: Fields; want: string[] }>([
  {
    name: 'the same topology twice, in another order -> refused',
    kind: 'StorageClass',
    given: classOf([term(['zone', ['a', 'b']]), term(['zone', ['b', 'a']])]),
    want: ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
  },
  {
    name: 'a topology of nothing -> refused',
    kind: 'StorageClass',
    given: classOf([{}]),
    want: ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'],
  },
  {
    name: 'a key and a value of a topology twice -> refused',
    kind: 'StorageClass',
    given: classOf([term(['zone', ['a', 'a']], ['zone', ['b']])]),
    want: [
      'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
      'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "zone"',
    ],
  },
  {
    name: 'more parameters than there may be -> refused',
    kind: 'StorageClass',
    given: {
      provisioner: 'd.example.com',
      parameters: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`p${i}`, ''])),
    },
    want: ['parameters: Too long: may not be more than 512 bytes'],
  },
  {
    name: 'tokens for one audience twice, for too short and too long -> refused',
    kind: 'CSIDriver',
    given: {
      spec: {
        tokenRequests: [
          { audience: 'a', expirationSeconds: 599 },
          { audience: 'a', expirationSeconds: 2 ** 32 + 1 },
        ],
      },
    },
    want: [
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.tokenRequests[1].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
    ],
  },
  {
    name: 'tokens in secrets without tokens, an update all the time -> refused',
    kind: 'CSIDriver',
    given: { spec: { serviceAccountTokenInSecrets: false, nodeAllocatableUpdatePeriodSeconds: 9 } },
    want: [
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
      'spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
    ],
  },
  {
    name: 'keys of a topology of no form, and twice -> refused, of the whole driver',
    kind: 'CSINode',
    given: nodeOf({ topologyKeys: ['zone', 'zone', ''], nodeID: 'n'.repeat(257) }),
    want: [
      expect.stringMatching(/^spec\.drivers\[0\]\.nodeID: .*: must be 256 characters or less$/) as string,
      'spec.drivers[0]: Duplicate value: "zone"',
      'spec.drivers[0]: Required value',
      'spec.drivers[0]: Invalid value: "": name part must be non-empty',
      expect.stringContaining('spec.drivers[0]: Invalid value: "": name part must consist of') as string,
    ],
  },
  {
    name: 'another ID of the node -> refused, by the names of Go',
    kind: 'CSINode',
    given: nodeOf({ nodeID: 'other', allocatable: { count: 1 } }),
    old: nodeOf({}),
    want: [
      'spec.drivers: Invalid value: {"Name":"d","NodeID":"other","TopologyKeys":null,"Allocatable":null}: field is immutable',
    ],
  },
  {
    name: 'a volume of its own -> refused',
    kind: 'VolumeAttachment',
    given: attachment({}),
    want: [`spec.source: Required value: ${one}`],
  },
  {
    name: 'two volumes -> refused',
    kind: 'VolumeAttachment',
    given: attachment({ persistentVolumeName: 'Pv', inlineVolumeSpec: {} }),
    want: [`spec.source: Forbidden: ${one}`, subdomain('spec.source.persistentVolumeName', 'Pv')],
  },
  {
    name: 'a volume without a name -> refused',
    kind: 'VolumeAttachment',
    given: attachment({ persistentVolumeName: '' }),
    want: [
      'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
      subdomain('spec.source.persistentVolumeName', ''),
    ],
  },
  { name: 'an inline volume -> accepted', kind: 'VolumeAttachment', given: inline({}), want: [] },
  {
    name: 'what only a volume of its own can say -> refused',
    kind: 'VolumeAttachment',
    given: inline({
      claimRef: {},
      capacity: { storage: '1' },
      volumeMode: 'Block',
      storageClassName: 's',
      nodeAffinity: {},
    }),
    want: ['claimRef', 'capacity', 'nodeAffinity', 'storageClassName', 'volumeMode'].map((field) =>
      field === 'volumeMode'
        ? `${at}.volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes`
        : `${at}.${field}: Forbidden: may not be specified in the context of inline volumes`,
    ),
  },
])('$kind: $name', ({ kind, given, old, want }) => {
  expect(refusals(kind, given, old && { old })).toEqual(want);
});

test('a driver has a generation from its first change on, a class of attributes its protection', () => {
  expect(created('CSIDriver', { metadata: { generation: 1 }, spec: {} }).metadata.generation).toBeUndefined();
  const { finalizers } = created('VolumeAttributesClass', { driverName: 'd', parameters: { a: 'b' } }).metadata;
  expect(finalizers).toEqual(['kubernetes.io/vac-protection']);
});
