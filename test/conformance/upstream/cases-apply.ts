// Server-side apply and whose fields are whose: conflicts, force, removal, and the managers of other writes.

import { apply, type Case, jsonPatch, merge, type Step, strategic } from './exchange.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const deployments = '/apis/apps/v1/namespaces/{ns}/deployments';
const map = (data: unknown, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  data,
});
const deployment = (spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'x' } },
    template: {
      metadata: { labels: { app: 'x' } },
      spec: { containers: [{ name: 'c', image: 'i:1', ports: [{ containerPort: 80 }] }] },
    },
    ...spec,
  },
});

const template = (spec: object, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: 't' },
  template: {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
  },
});
/** Lists whose items lack some of their keys, or all. */
const keyless: object[] = [
  template({ containers: [{ image: 's' }] }),
  template({}, { ports: [{ protocol: 'TCP' }] }),
  template({}, { ports: [{ name: 'x' }] }),
  template({}, { ports: [{ containerPort: 80, protocol: null }] }),
  template({}, { ports: [{ containerPort: null, name: 'x' }] }),
  template({}, { env: [{ name: 'a', value: null }, { name: null }] }),
  template({}, { volumeMounts: [{ name: 'x' }] }),
  template({}, { env: [{ value: 'x' }] }),
  template({}, { volumeDevices: [{ name: 'x' }] }),
  template({ volumes: [{ emptyDir: {} }] }),
  template({ imagePullSecrets: [{}] }),
  template({ topologySpreadConstraints: [{ maxSkew: 1 }] }),
  template({ hostAliases: [{ hostnames: ['a'] }] }),
  template({ schedulingGates: [{}] }),
];

export const applyCases: Case[] = [
  {
    name: 'apply a map',
    steps: [
      [`PATCH ${maps}/a?fieldManager=one`, map({ a: '1', b: '2' }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({ a: '1', b: '2' }), apply],
      [`PATCH ${maps}/a?fieldManager=two`, map({ a: '2' }), apply],
      [`PATCH ${maps}/a?fieldManager=two`, map({ a: '1', c: '3' }), apply],
      [`PATCH ${maps}/a?fieldManager=two&force=true`, map({ a: '2', b: '9' }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({ a: '1', b: '2' }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({}), apply],
      [`PATCH ${maps}/a?fieldManager=two&dryRun=All`, map(undefined), apply],
      [`PATCH ${maps}/a?fieldManager=two`, map(null), apply],
      [`PATCH ${maps}/a`, map({}), apply],
      [`PATCH ${maps}/a?fieldManager=`, map({}), apply],
      [`PATCH ${maps}/a?fieldManager=one`, 'a: [', apply],
      [`PATCH ${maps}/a?fieldManager=one`, '', apply],
      [`PATCH ${maps}/a?fieldManager=one`, '[]', apply],
      [`PATCH ${maps}/a?fieldManager=one`, {}, apply],
      [`PATCH ${maps}/a?fieldManager=one`, { apiVersion: 'v1' }, apply],
      [`PATCH ${maps}/a?fieldManager=one`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }, apply],
      [`PATCH ${maps}/a?fieldManager=one`, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } }, apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({ n: 1 }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({}, { name: 'b' }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({}, { namespace: 'b' }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({}, { uid: 'b' }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({}, { resourceVersion: '1' }), apply],
      [`PATCH ${maps}/a?fieldManager=one`, map({}, { managedFields: [{ manager: 'x' }] }), apply],
      [`PATCH ${maps}/new?fieldManager=one`, map({}, { name: 'new', uid: 'b' }), apply],
      [`PATCH ${maps}/new?fieldManager=one`, map({}, { name: 'other' }), apply],
      [`PATCH ${maps}/new?fieldManager=one`, map({}, { name: undefined }), apply],
      [
        `PATCH ${maps}/new2?fieldManager=one&fieldValidation=Strict`,
        'metadata: {name: new2}\ndata: {a: b, a: c}',
        apply,
      ],
    ],
  },
  {
    name: 'owners of other writes',
    steps: [
      [`POST ${maps}?fieldManager=maker`, map({ a: '1', b: '2' }, { labels: { l: '1' } })],
      [`PATCH ${maps}/a?fieldManager=one`, map({ a: '1' }), apply],
      [`PATCH ${maps}/a?fieldManager=edit`, { data: { a: '3' } }, merge],
      [`PATCH ${maps}/a?fieldManager=one`, map({ a: '1' }), apply],
      [`PATCH ${maps}/a?fieldManager=edit`, { data: { a: null } }, strategic],
      [`PUT ${maps}/a?fieldManager=put`, map({ z: '1' })],
      [`PUT ${maps}/a?fieldManager=put`, map({ z: '1' }, { managedFields: [] })],
      [`PUT ${maps}/a?fieldManager=put`, map({ z: '1' }, { managedFields: [{}] })],
      [
        `PATCH ${maps}/a?fieldManager=json`,
        [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
        jsonPatch,
      ],
      [
        `PATCH ${maps}/a?fieldManager=json`,
        { metadata: { managedFields: [{ manager: 'x', operation: 'Bad' }] } },
        merge,
      ],
      [
        `PATCH ${maps}/a?fieldManager=json`,
        {
          metadata: {
            managedFields: [{ manager: 'x', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { 'f:x': 1 } }],
          },
        },
        merge,
      ],
      [
        `PATCH ${maps}/a?fieldManager=json`,
        {
          metadata: {
            managedFields: [
              {
                manager: 'x',
                operation: 'Update',
                apiVersion: 'v1',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:z': {} } },
              },
            ],
          },
        },
        merge,
      ],
      [`PATCH ${maps}/a?fieldManager=y`, map({ z: '2' }), apply],
    ],
  },
  {
    name: 'apply lists, defaults and subresources',
    steps: [
      [`PATCH ${deployments}/d?fieldManager=one`, deployment(), apply],
      [`PATCH ${deployments}/d?fieldManager=two`, deployment({ replicas: 3 }), apply],
      [`PATCH ${deployments}/d/scale?fieldManager=scaler`, { spec: { replicas: 5 } }, merge],
      [`PATCH ${deployments}/d?fieldManager=one`, deployment(), apply],
      [`PATCH ${deployments}/d?fieldManager=one`, deployment({ replicas: undefined }), apply],
      [
        `PATCH ${deployments}/d/scale?fieldManager=three`,
        { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' }, spec: { replicas: 6 } },
        apply,
      ],
      `GET ${deployments}/d`,
      [
        `PATCH ${deployments}/d/status?fieldManager=ctl`,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: { replicas: 9 },
          status: { replicas: 1 },
        },
        apply,
      ],
      [
        `PATCH ${deployments}/d/status?fieldManager=ctl`,
        { status: { conditions: [{ type: 'A', status: 'True' }] } },
        merge,
      ],
      [
        `PATCH ${deployments}/d?fieldManager=two`,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: { template: { spec: { containers: [{ name: 'side', image: 's' }] } } },
        },
        apply,
      ],
      [
        `PATCH ${deployments}/d?fieldManager=two`,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: { template: { spec: { containers: [{ image: 's' }] } } },
        },
        apply,
      ],
      [
        `PATCH ${deployments}/d?fieldManager=two`,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: {
            template: {
              spec: {
                containers: [
                  { name: 'x', image: 's' },
                  { name: 'x', image: 't' },
                ],
              },
            },
          },
        },
        apply,
      ],
      [`PATCH ${deployments}/d?fieldManager=two`, deployment({ bogus: 1, replicas: 'x' }), apply],
      [
        `PATCH ${deployments}/d?fieldManager=s`,
        {
          spec: {
            template: {
              spec: {
                containers: [
                  { name: 'c', image: 'i:2' },
                  { name: 'e', image: 'e' },
                ],
              },
            },
          },
        },
        strategic,
      ],
      [
        `PATCH ${deployments}/d?fieldManager=s`,
        { spec: { template: { spec: { containers: [{ name: 'e', $patch: 'delete' }] } } } },
        strategic,
      ],
      [
        `PATCH ${deployments}/d?fieldManager=s`,
        { spec: { template: { spec: { containers: [{ image: 'e' }] } } } },
        strategic,
      ],
      [`PATCH ${deployments}/d?fieldManager=s`, { spec: { template: { spec: { $setElementOrder: [] } } } }, strategic],
      [`PATCH ${deployments}/d?fieldManager=s`, { spec: { template: { spec: { $retainKeys: ['x'] } } } }, strategic],
      [
        `PATCH ${deployments}/d?fieldManager=s`,
        { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
        strategic,
      ],
      [`PATCH ${deployments}/d?fieldManager=s`, { spec: { selector: { matchLabels: { app: 'y' } } } }, merge],
    ],
  },
  {
    name: 'apply what has nothing in it any more',
    steps: [
      template(
        { affinity: { nodeAffinity: {} } },
        { securityContext: { runAsUser: 1 }, resources: { limits: { cpu: 1 } } },
      ),
      template({ affinity: { nodeAffinity: {} } }, { securityContext: {}, resources: { limits: {} } }),
      template({ affinity: {}, nodeSelector: { x: 'y' } }, { securityContext: { capabilities: { add: ['A'] } } }),
      template({ affinity: {}, nodeSelector: {} }, { securityContext: { capabilities: {} } }),
      template({}, { env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      template({}, { env: [{ name: 'a', valueFrom: {} }] }),
    ].map((each): Step => ['PATCH /api/v1/namespaces/{ns}/podtemplates/t?fieldManager=one', each, apply]),
  },
  {
    name: 'apply list items without their keys',
    steps: [
      ...keyless.map((each): Step => ['PATCH /api/v1/namespaces/{ns}/podtemplates/t?fieldManager=one', each, apply]),
      [
        'PATCH /api/v1/namespaces/{ns}/services/s?fieldManager=one',
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ name: 'x' }] } },
        apply,
      ],
      [`PATCH ${maps}/k?fieldManager=one`, map({}, { name: 'k', ownerReferences: [{ kind: 'x' }] }), apply],
    ],
  },
];
