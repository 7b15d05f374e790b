import { expect, test } from 'vitest';
import { secretWarnings } from './core/tls-warnings.ts';
import { type Fields, warnings } from './testing.ts';

const containers = [{ name: 'c', image: 'i:1', env: [{ name: 'A' }, { name: 'A', value: '1' }] }];
const hidden = 'hides previous definition of "A", which may be dropped when using apply';
const template = { spec: { containers } };
const outdated = { 'volume.beta.kubernetes.io/storage-class': 'x' };
const mountable = { metadata: { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } } };
const withFormat = (format: string): Fields => ({
  spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: { properties: { a: { type: 'string', format } } } } }] },
});

test.each<{ name: string; kind: string; fields: Fields; old?: Fields; isStatus?: true; want: string[] }>([
  { name: 'a new pod', kind: 'Pod', fields: template, want: [`spec.containers[0].env[1]: ${hidden}`] },
  { name: 'a changed pod', kind: 'Pod', fields: template, old: {}, want: [] },
  {
    name: 'addresses of a pod',
    kind: 'Pod',
    fields: { status: { podIPs: [{ ip: '1.2.3.4' }, { ip: '::ffff:1.2.3.4' }, { ip: '2001:DB8::1' }] } },
    isStatus: true,
    want: [
      'status.podIPs[1].ip: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4"',
      'status.podIPs[2].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ],
  },
  {
    name: 'a workload that changes',
    kind: 'Deployment',
    fields: { metadata: { generation: 2 }, spec: { template } },
    old: { metadata: { generation: 1 } },
    want: [`spec.template.spec.containers[0].env[1]: ${hidden}`],
  },
  {
    name: 'a workload that does not change',
    kind: 'Deployment',
    fields: { metadata: { generation: 1 }, spec: { template } },
    old: { metadata: { generation: 1 } },
    want: [],
  },
  {
    name: 'a replication controller: the template that was',
    kind: 'ReplicationController',
    fields: { metadata: { generation: 2 }, spec: {} },
    old: { metadata: { generation: 1 }, spec: { template } },
    want: [`spec.template.spec.containers[0].env[1]: ${hidden}`],
  },
  {
    name: 'amounts that are no whole bytes',
    kind: 'PersistentVolumeClaim',
    fields: {
      metadata: { annotations: outdated },
      spec: { resources: { requests: { storage: '1.5' }, limits: { storage: '9Ei' } } },
    },
    want: [
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ],
  },
  { name: 'an annotation that stays', kind: 'ServiceAccount', fields: mountable, old: mountable, want: [] },
  {
    name: 'a format that nobody checks, and one that was there',
    kind: 'CustomResourceDefinition',
    fields: withFormat('abc'),
    old: withFormat('def'),
    want: ['unrecognized format "abc"'],
  },
  {
    name: 'the same format',
    kind: 'CustomResourceDefinition',
    fields: withFormat('abc'),
    old: withFormat('abc'),
    want: [],
  },
  {
    name: 'ranges that are ambiguous or not plain',
    kind: 'Node',
    fields: { spec: { podCIDRs: ['10.0.0.1/8', '010.0.0.0/8', '::ffff:10.0.0.1/104'] } },
    want: [
      'spec.podCIDRs[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
      'spec.podCIDRs[1]: non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"',
      'spec.podCIDRs[2]: CIDR value "::ffff:10.0.0.1/104" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/128"?)',
      'spec.podCIDRs[2]: non-standard CIDR value "::ffff:10.0.0.1/104" is invalid: use "10.0.0.0/8"',
    ],
  },
])('$name of a $kind', ({ kind, fields, old, isStatus, want }) => {
  expect(warnings(kind, fields, { ...(old && { old }), ...(isStatus && { isStatus }) })).toEqual(want);
});

test('a secret of a megabyte that looks like PEM and is none is looked through at once', () => {
  const data = { 'tls.crt': Buffer.from(`-----BEGIN ${'A\n-----BEGIN '.repeat(80_000)}`).toString('base64') };
  expect(secretWarnings({ type: 'kubernetes.io/tls', data } as never)).toEqual([
    'tls: failed to find any PEM data in certificate input',
  ]);
});

test.each<{ name: string; spec: Fields; starts: string }>([
  {
    name: 'ports of one number on many ports of the host',
    spec: { containers: [{ name: 'c', ports: many((index) => ({ containerPort: 80, hostPort: index + 1 })) }] },
    starts: '',
  },
  {
    name: 'ports of one number',
    spec: { containers: [{ name: 'c', ports: many(() => ({ containerPort: 80 })) }] },
    starts: 'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
  },
  {
    name: 'files of many names',
    spec: {
      containers: [],
      volumes: [{ name: 'v', secret: { items: many((index) => ({ key: 'k', path: `f${index}` })) } }],
    },
    starts: '',
  },
  {
    name: 'files of one name',
    spec: { containers: [], volumes: [{ name: 'v', secret: { items: many(() => ({ key: 'k', path: 'f' })) } }] },
    starts: 'volume "v" (Secret ""): overlapping paths: "f" with "f"',
  },
])(
  '$name, 40 000 of them -> looked through at once',
  ({ spec, starts }) => {
    const [first = '', ...more] = warnings('Pod', { spec });
    expect(first).toBe(starts);
    expect(new Set(more).size).toBeLessThan(40_000);
  },
  2000,
);

function many(item: (index: number) => Fields): Fields[] {
  return Array.from({ length: 40_000 }, (_, index) => item(index));
}
