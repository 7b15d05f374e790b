import { expect, test } from 'vitest';
import { created, type Fields, refusals } from '../testing.ts';

const port = { port: 80 };
const valid = { clusterIP: '10.96.1.1', clusterIPs: ['10.96.1.1'], ipFamilies: ['IPv4'], ports: [port] };
const balanced = { ...valid, type: 'LoadBalancer' };

test("a service without anything but a port -> upstream's defaults, no address yet", () => {
  expect(created('Service', { spec: { ports: [port] } })).toMatchObject({
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    },
    status: { loadBalancer: {} },
  });
});

test('a balanced one that clients stick to -> node ports, policy and a timeout', () => {
  const { spec } = created('Service', { spec: { ...balanced, sessionAffinity: 'ClientIP' } }) as unknown as Fields;
  expect(spec).toMatchObject({
    allocateLoadBalancerNodePorts: true,
    externalTrafficPolicy: 'Cluster',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
  });
});

test.each<{ name: string; spec: Fields; want: string[] }>([
  { name: 'whole', spec: valid, want: [] },
  { name: 'no ports', spec: { ...valid, ports: [] }, want: ['spec.ports: Required value'] },
  { name: 'headless needs no ports', spec: { clusterIP: 'None', clusterIPs: ['None'] }, want: [] },
  {
    name: 'two ports of one pair, without names',
    spec: { ...valid, ports: [port, port] },
    want: [
      'spec.ports[0].name: Required value',
      'spec.ports[1].name: Required value',
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  },
  {
    name: 'unknown type',
    spec: { ...valid, type: 'Other' },
    want: [
      'spec.type: Unsupported value: "Other": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  },
  {
    name: 'node port without one',
    spec: { ...valid, ports: [{ port: 80, nodePort: 30_000 }] },
    want: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  },
  {
    name: 'an outer name with an address',
    spec: { ...valid, type: 'ExternalName', externalName: 'a.b.' },
    want: [
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
    ],
  },
  {
    name: 'addresses that do not fit',
    spec: { ...valid, clusterIPs: ['10.96.01.2', '10.96.1.3', '::1'] },
    want: [
      'spec.clusterIPs: Invalid value: ["10.96.01.2","10.96.1.3","::1"]: first value must match `clusterIP`',
      'spec.clusterIPs[0]: Invalid value: "10.96.01.2": must not have leading 0s',
      'spec.clusterIPs: Invalid value: ["10.96.01.2","10.96.1.3","::1"]: may only hold up to 2 values',
    ],
  },
  {
    name: 'families that do not fit',
    spec: { ...valid, ipFamilies: ['IPv6', 'IPv6'] },
    want: [
      'spec.ipFamilies[1]: Duplicate value: "IPv6"',
      'spec.clusterIPs[0]: Invalid value: "10.96.1.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
  },
  {
    name: 'addresses from outside that lead nowhere',
    spec: { ...valid, externalIPs: ['127.0.0.1', 'fe80::1', '0.0.0.0', 'x'] },
    want: [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[1]: Invalid value: "fe80::1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'spec.externalIPs[2]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      'spec.externalIPs[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    name: 'ranges that are none',
    spec: { ...balanced, loadBalancerSourceRanges: ['10.0.0.0/8', '10.0.0.1/8', '1.2.3/8', '::/0', '1.2.3.4/033'] },
    want: [
      'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      'spec.LoadBalancerSourceRanges[2]: Invalid value: "1.2.3/8": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.LoadBalancerSourceRanges[4]: Invalid value: "1.2.3.4/033": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  },
  {
    name: 'no health check port where there must be one',
    spec: { ...balanced, externalTrafficPolicy: 'Local' },
    want: ['spec.healthCheckNodePort: Required value'],
  },
])('a service, $name -> $want', ({ spec, want }) => {
  expect(refusals('Service', { spec })).toEqual(want);
});

test.each<{ name: string; spec: Fields; old: Fields; want: string[] }>([
  {
    name: 'another address',
    spec: { ...valid, clusterIP: '10.96.1.2', clusterIPs: ['10.96.1.2'] },
    old: valid,
    want: ['spec.clusterIPs[0]: Invalid value: ["10.96.1.2"]: may not change once set'],
  },
  { name: 'an outer name now', spec: { type: 'ExternalName', externalName: 'a.b' }, old: valid, want: [] },
  {
    name: 'another class of balancer',
    spec: { ...balanced, loadBalancerClass: 'a' },
    old: balanced,
    want: ['spec.loadBalancerClass: Invalid value: "a": may not change once set'],
  },
])('a changed service, $name -> $want', ({ spec, old, want }) => {
  expect(refusals('Service', { spec }, { old: { spec: old } })).toEqual(want);
});

test('what a balancer tells of itself -> of balanced services only, addresses with their mode', () => {
  const told = {
    loadBalancer: { ingress: [{ ip: '1.2.3.4', ipMode: 'VIP', hostname: '1.2.3.4' }, { ipMode: 'VIP' }] },
  };
  const statusRefusals = (spec: Fields): string[] =>
    refusals('Service', { spec, status: told }, { old: { spec }, isStatus: true });
  expect(statusRefusals(valid)).toEqual([
    "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  ]);
  expect(statusRefusals(balanced)).toEqual([
    'status.loadBalancer.ingress[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    'status.loadBalancer.ingress[1].ipMode: Forbidden: may not be specified when `ip` is not set',
  ]);
});

test.each<{ name: string; subset: Fields; want: string[] }>([
  { name: 'whole', subset: { addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 1 }] }, want: [] },
  { name: 'nobody', subset: {}, want: ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'] },
  {
    name: 'names and ports that are none',
    subset: { notReadyAddresses: [{ ip: '10.0.0.1', hostname: 'A.' }], ports: [{ port: 0, protocol: 'X' }] },
    want: [
      expect.stringContaining(
        'subsets[0].notReadyAddresses[0].hostname: Invalid value: "A.": a lowercase RFC 1123 label',
      ),
      'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'subsets[0].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ] as string[],
  },
])('endpoints, $name -> refused as upstream refuses', ({ subset, want }) => {
  expect(refusals('Endpoints', { subsets: [subset] })).toEqual(want);
});
