import { expect, test } from 'vitest';
import { type Fields, refusals } from '../testing.ts';

interface Case {
  name: string;
  kind: string;
  given: Fields;
  old?: Fields;
  isStatus?: boolean;
  want: unknown[];
}

const limits = (...items: Fields[]): Fields => ({ spec: { limits: items } });
const podWith = (spec: Fields): Fields => ({ spec: { containers: [{ name: 'a', image: 'i' }], ...spec } });
const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
const affinityPath = 'spec.affinity';

test.each<Case>([
  {
    name: 'taints that differ -> fine',
    kind: 'Node',
    given: {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoExecute' },
        ],
      },
    },
    want: [],
  },
  {
    name: 'a taint twice -> refused',
    kind: 'Node',
    given: {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', value: 'x', effect: 'NoSchedule' },
        ],
      },
    },
    want: [
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"x","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ],
  },
  {
    name: 'a taint of no effect, and one without anything -> refused',
    kind: 'Node',
    given: { spec: { taints: [{ key: 'a', effect: 'Maybe' }, {}] } },
    want: [
      'metadata.taints[0].effect: Unsupported value: "Maybe": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      expect.stringContaining('metadata.taints[1].key: Invalid value: ""'),
      expect.stringContaining('metadata.taints[1].key: Invalid value: ""'),
      'metadata.taints[1].effect: Required value',
    ],
  },
  {
    name: 'another range of addresses and another provider -> refused',
    kind: 'Node',
    given: { spec: { podCIDRs: ['10.1.0.0/24'], providerID: 'b' } },
    old: { spec: { podCIDRs: ['10.0.0.0/24'], providerID: 'a' } },
    want: [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
  },
  {
    name: 'a first range and provider -> fine',
    kind: 'Node',
    given: { spec: { podCIDRs: ['10.1.0.0/24'], providerID: 'b' } },
    old: { spec: {} },
    want: [],
  },
  {
    name: 'an address twice and less than nothing -> refused',
    kind: 'Node',
    given: {
      status: {
        capacity: { cpu: '-1' },
        addresses: [
          { type: 'InternalIP', address: 'x' },
          { type: 'InternalIP', address: 'x' },
        ],
      },
    },
    old: { status: {} },
    isStatus: true,
    want: [
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"x"}',
    ],
  },
  {
    name: 'bounds in order -> fine',
    kind: 'LimitRange',
    given: limits(
      { type: 'Container', min: { cpu: '1' }, max: { cpu: '4' }, default: { cpu: '3' }, defaultRequest: { cpu: '2' } },
      { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } },
    ),
    want: [],
  },
  {
    name: 'bounds in the wrong order -> refused, each pair',
    kind: 'LimitRange',
    given: limits({
      type: 'Container',
      min: { cpu: '4' },
      max: { cpu: '1' },
      default: { cpu: '2' },
      defaultRequest: { cpu: '3' },
    }),
    want: [
      'spec.limits[0].min[cpu]: Invalid value: "4": min value 4 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": min value 4 is greater than default request value 3',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2',
      'spec.limits[0].default[cpu]: Invalid value: "4": min value 4 is greater than default value 2',
      'spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
    ],
  },
  {
    name: 'a type twice, one that is none, a claim without bounds, defaults of pods, a ratio below one -> refused',
    kind: 'LimitRange',
    given: limits(
      { type: 'Pod', default: { cpu: '1' }, defaultRequest: { cpu: '1' } },
      { type: 'Pod', maxLimitRequestRatio: { cpu: '500m' } },
      { type: 'PersistentVolumeClaim' },
      { type: 'Rack' },
    ),
    want: [
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
      "spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
      'spec.limits[1].type: Duplicate value: "Pod"',
      'spec.limits[1].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
      'spec.limits[2].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      'spec.limits[3].type: Invalid value: "Rack": must be a standard limit type or fully qualified',
    ],
  },
  {
    name: 'spread -> fine',
    kind: 'Pod',
    given: podWith({ topologySpreadConstraints: [spread, { ...spread, topologyKey: 'node', minDomains: 2 }] }),
    want: [],
  },
  {
    name: 'spread by nonsense -> refused',
    kind: 'Pod',
    given: podWith({
      topologySpreadConstraints: [
        { ...spread, maxSkew: 0 },
        { ...spread, topologyKey: '', whenUnsatisfiable: 'Perhaps', minDomains: 1, nodeTaintsPolicy: 'Ask' },
        spread,
      ],
    }),
    want: [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"',
      'spec.topologySpreadConstraints[1].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[1].whenUnsatisfiable: Unsupported value: "Perhaps": supported values: "DoNotSchedule", "ScheduleAnyway"',
      'spec.topologySpreadConstraints[1].minDomains: Invalid value: 1: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not Perhaps',
      'spec.topologySpreadConstraints[1].nodeTaintsPolicy: Unsupported value: "Ask": supported values: "Honor", "Ignore"',
    ],
  },
  {
    name: 'affinity to nodes by nonsense -> refused',
    kind: 'Pod',
    given: podWith({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'a', operator: 'In' },
                  { key: 'a', operator: 'Exists', values: ['x'] },
                  { key: 'a', operator: 'Gt', values: ['1', '2'] },
                  { key: 'a', operator: 'Like' },
                ],
              },
            ],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101 }],
        },
      },
    }),
    want: [
      ["[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
      ["[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"],
      ["[2].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"],
      ['[3].operator: Invalid value: "Like": not a valid selector operator'],
    ]
      .map(
        ([end]) =>
          `${affinityPath}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions${end}`,
      )
      .concat(
        `${affinityPath}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100`,
      ),
  },
  {
    name: 'affinity to nodes without a term, and to pods without anything -> refused',
    kind: 'Pod',
    given: podWith({
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a b' }],
          preferredDuringSchedulingIgnoredDuringExecution: [{}],
        },
      },
    }),
    want: [
      `${affinityPath}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term`,
      expect.stringContaining(
        `${affinityPath}.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "a b"`,
      ),
      `${affinityPath}.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100`,
      `${affinityPath}.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Required value: can not be empty`,
      expect.stringContaining('podAffinityTerm.topologyKey: Invalid value: "": name part must be non-empty'),
      expect.stringContaining('podAffinityTerm.topologyKey: Invalid value: "": name part must consist of'),
    ],
  },
  {
    kind: 'VolumeAttachment',
    name: 'a text of an error that is too long, and a code before the first',
    isStatus: true,
    given: {
      spec: { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'v' } },
      status: { attached: false, attachError: { message: 'm'.repeat(1025), errorCode: -1 } },
    },
    want: [
      'status.attachError.message: Too long: may not be more than 262144 bytes',
      'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
  },
  {
    kind: 'Node',
    name: 'features without names and order',
    given: { status: { declaredFeatures: ['B', 'A', 'A', 'low'] } },
    want: [
      'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
      'status.declaredFeatures[2]: Duplicate value: "A"',
      expect.stringContaining(
        'status.declaredFeatures[3]: Invalid value: "low": invalid feature name "low": must start',
      ),
    ],
  },
])('$kind: $name', ({ kind, given, old, isStatus, want }) => {
  expect(refusals(kind, given, { ...(old && { old }), ...(isStatus && { isStatus }) })).toEqual(want);
});
