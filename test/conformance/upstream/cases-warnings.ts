// What is said of volumes, addresses and their like that are taken, when they come and when they change: the `Warning` headers.

import { type Case, merge, type Step } from './exchange.ts';
import { pairs } from './pairs.ts';
import { anyZone, claim, type Fields, inNamespace, labels, posted } from './warned.ts';

const storage = '/apis/storage.k8s.io/v1';
const networking = '/apis/networking.k8s.io/v1/namespaces/{ns}';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const metadataAlone = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
const registration = '/apis/admissionregistration.k8s.io/v1';

const outdated = { 'beta.kubernetes.io/arch': 'x' };
const selector = { matchLabels: outdated, matchExpressions: [anyZone] };
const ranges = [
  '10.0.0.0/8',
  '10.0.0.1/8',
  '010.0.0.0/8',
  '10.0.0.0/08',
  '::ffff:10.0.0.0/104',
  '2001:DB8::/32',
  '2001:db8::1/32',
];
const service = (spec: Fields, metadata: Fields = {}): Step =>
  posted(`${inNamespace}/services`, { spec: { ports: [{ port: 80 }], ...spec } }, metadata);
const headless = { clusterIP: 'None', sessionAffinity: 'ClientIP', externalIPs: ['1.2.3.4'] };
const hints = { annotations: { 'service.kubernetes.io/topology-aware-hints': 'auto' } };
const mountable = { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } };
const ports = [{ port: 80 }];
const driver = (spec: Fields): Step => posted(`${storage}/csidrivers`, { spec }, { name: 'warned' });

export const warningCases: Case[] = [
  {
    name: 'warnings of volumes and claims',
    steps: [
      posted(
        `${inNamespace}/persistentvolumeclaims`,
        { spec: claim },
        { annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } },
      ),
      posted(
        '/api/v1/persistentvolumes',
        {
          spec: {
            capacity: { storage: '1500m' },
            accessModes: ['ReadWriteOnce'],
            persistentVolumeReclaimPolicy: 'Recycle',
            hostPath: { path: '/a' },
            nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [anyZone] }] } },
          },
        },
        {
          annotations: {
            'volume.beta.kubernetes.io/storage-class': 'x',
            'volume.beta.kubernetes.io/mount-options': 'ro',
          },
        },
      ),
      posted(`${storage}/storageclasses`, {
        provisioner: 'x.example.com',
        allowedTopologies: [
          {
            matchLabelExpressions: [
              { key: anyZone.key, values: ['a'] },
              { key: 'b', values: ['a'] },
            ],
          },
        ],
      }),
      posted(`${storage}/namespaces/{ns}/csistoragecapacities`, { storageClassName: 'x', nodeTopology: selector }),
      driver({ tokenRequests: [{ audience: 'a' }] }),
      driver({ tokenRequests: [{ audience: 'a' }], serviceAccountTokenInSecrets: true }),
    ],
  },
  {
    name: 'warnings of drivers whose tokens change',
    steps: [
      [`POST ${storage}/csidrivers`, { metadata: { name: 'warned.example.com' }, spec: {} }],
      [`PATCH ${storage}/csidrivers/warned.example.com`, { spec: { tokenRequests: [{ audience: 'a' }] } }, merge],
      [`PATCH ${storage}/csidrivers/warned.example.com`, { metadata: { labels } }, merge],
      [`PATCH ${storage}/csidrivers/warned.example.com`, { spec: { serviceAccountTokenInSecrets: true } }, merge],
    ],
  },
  {
    name: 'warnings of nodes, accounts and quotas',
    steps: [
      posted('/api/v1/nodes', { spec: { externalID: 'x', podCIDRs: ['10.0.0.0/24', '2001:DB8::/64'] } }),
      posted('/apis/node.k8s.io/v1/runtimeclasses', { handler: 'x', scheduling: { nodeSelector: outdated } }),
      [`POST ${inNamespace}/serviceaccounts`, { metadata: { name: 'a', ...mountable } }],
      [`PATCH ${inNamespace}/serviceaccounts/a`, { metadata: { labels } }, merge],
      [`PATCH ${inNamespace}/serviceaccounts/a`, { metadata: { annotations: null } }, merge],
      [`PATCH ${inNamespace}/serviceaccounts/a`, { metadata: mountable }, merge],
      posted(`${inNamespace}/resourcequotas`, {
        spec: {
          hard: {
            cpu: '2',
            'limits.cpu': '1500m',
            'requests.memory': '2048Mi',
            memory: '1',
            'limits.memory': '1Gi',
            'requests.storage': '5',
          },
        },
      }),
      posted(`${inNamespace}/resourcequotas`, {
        spec: {
          hard: { 'requests.ephemeral-storage': '2', 'limits.ephemeral-storage': '1', cpu: '1', 'limits.cpu': '1' },
        },
      }),
    ],
  },
  {
    name: 'warnings of services, addresses and ranges',
    steps: [
      service({ type: 'ClusterIP', externalIPs: ['1.2.3.4', '2001:DB8::1', '2001:db8:0:0:1:0:0:1'] }, hints),
      service(headless),
      service({ type: 'ExternalName', externalName: 'x.example.com', externalIPs: ['1.2.3.4'] }),
      service({ externalName: 'x.example.com', trafficDistribution: 'PreferClose' }),
      service({
        type: 'LoadBalancer',
        allocateLoadBalancerNodePorts: false,
        loadBalancerIP: '1.2.3.4',
        loadBalancerSourceRanges: ['10.0.0.0/8', '2001:DB8::/32'],
      }),
      [
        `POST ${inNamespace}/services`,
        {
          metadata: { name: 'a' },
          spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 1 }] },
        },
      ],
      [
        `PATCH ${inNamespace}/services/a/status`,
        { status: { loadBalancer: { ingress: [{ ip: '2001:DB8::1' }, { hostname: 'a' }] } } },
        merge,
      ],
      ...ranges.map((cidr) =>
        posted(`${networking}/networkpolicies`, {
          spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr } }] }] },
        }),
      ),
      posted(`${networking}/networkpolicies`, {
        spec: {
          podSelector: {},
          egress: [{ to: [{ podSelector: {} }, { ipBlock: { cidr: '2001:DB8::/32', except: ['2001:DB8:1::/48'] } }] }],
        },
      }),
      posted(
        `${networking}/ingresses`,
        { spec: { defaultBackend: { service: { name: 'a', port: { number: 1 } } } } },
        { annotations: { 'kubernetes.io/ingress.class': 'x' } },
      ),
      posted(`${inNamespace}/endpoints`, {
        subsets: [{ addresses: [{ ip: '2001:DB8::1' }], notReadyAddresses: [{ ip: '2001:db8:0::2' }] }],
      }),
      posted(
        `${inNamespace}/endpoints`,
        { subsets: [{ addresses: [{ ip: '2001:DB8::1' }] }] },
        { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
      ),
      posted('/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices', {
        addressType: 'FQDN',
        ports,
        endpoints: [{ addresses: ['a.example.com'] }],
      }),
      posted('/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices', {
        addressType: 'IPv6',
        ports,
        endpoints: [{ addresses: ['2001:DB8::1', '2001:db8::2'] }],
      }),
      posted(
        '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices',
        { addressType: 'IPv6', ports, endpoints: [{ addresses: ['2001:DB8::1'] }] },
        {
          labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
        },
      ),
    ],
  },
  {
    name: 'warnings of names and owners',
    steps: [
      posted(`${registration}/validatingwebhookconfigurations`, {}, { name: 'a.static.k8s.io' }),
      posted(`${registration}/mutatingwebhookconfigurations`, {}, { name: 'a.static.k8s.io' }),
      posted(
        `${registration}/validatingadmissionpolicies`,
        { spec: { validations: [{ expression: 'x' }] } },
        { name: 'a.static.k8s.io' },
      ),
      posted(`${inNamespace}/configmaps`, {}, { ownerReferences: owners('a', 'b', 'a', 'a') }),
      [`POST ${inNamespace}/configmaps`, { metadata: { name: 'b' } }],
      [`PATCH ${inNamespace}/configmaps/b`, { metadata: { ownerReferences: owners('a', 'a') } }, merge],
      [`PUT ${inNamespace}/configmaps/b`, { metadata: { name: 'b', ownerReferences: owners('c', 'c') } }],
    ],
  },
  {
    name: 'warnings of definitions',
    steps: [
      { format: 'abc' },
      { format: 'k8s-long-name' },
      { format: 'u-u-i-d' },
      { type: 'integer', format: 'int8' },
      { type: 'number', format: 'int32' },
      { type: 'number', format: 'double' },
      { type: 'boolean', format: 'date' },
      { type: 'nothing', format: 'abc' },
    ].map((format): Step => [`POST ${definitions}?dryRun=All`, definition(format), metadataAlone]),
  },
  {
    name: 'warnings of secrets',
    steps: pairs.map(([certificate, key]) =>
      posted(`${inNamespace}/secrets`, {
        type: 'kubernetes.io/tls',
        stringData: { 'tls.crt': certificate, 'tls.key': key },
      }),
    ),
  },
];

function definition(property: Fields): Fields {
  const properties = { f: { type: 'string', ...property } };
  const schema = { openAPIV3Schema: { type: 'object', properties } };
  return {
    metadata: { name: 'warned.{ns}.example.com' },
    spec: {
      group: '{ns}.example.com',
      scope: 'Cluster',
      names: { plural: 'warned', kind: 'Warned' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

function owners(...uids: string[]): Fields[] {
  return uids.map((uid) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid }));
}
