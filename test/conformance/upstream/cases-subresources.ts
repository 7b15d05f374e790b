// Subresources: scale, status, eviction, binding, token, approval, ephemeral containers, resize, and what is none.

import { apply, type Case, jsonPatch, merge, type Step, strategic } from './exchange.ts';

const pods = '/api/v1/namespaces/{ns}/pods';
const sets = '/apis/apps/v1/namespaces/{ns}/statefulsets';
const account: Step = ['POST /api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 'x' } }];
const spec = {
  serviceAccountName: 'x',
  automountServiceAccountToken: false,
  containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '10m' }, limits: { memory: '1Gi' } } }],
};
const pod = (name: string, more: object = {}): Step => [
  `POST ${pods}`,
  { metadata: { name, labels: { app: 'x' } }, spec: { ...spec, ...more } },
];
const bindings = '/api/v1/namespaces/{ns}/bindings';
const target = { kind: 'Node', name: 'placed' };
const tokens = '/api/v1/namespaces/{ns}/serviceaccounts/x/token';
const bound = (kind: string, name: string): object => ({ kind, apiVersion: 'v1', name });
const places = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r' };
const set = {
  metadata: { name: 's' },
  spec: {
    serviceName: 's',
    replicas: 2,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec },
  },
};

const may = { resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } };
const reviews: [string, object][] = [
  ['selfsubjectaccessreviews', may],
  ['subjectaccessreviews', { user: 'j', ...may }],
  ['namespaces/{ns}/localsubjectaccessreviews', { user: 'j', ...may }],
  ['selfsubjectrulesreviews', { namespace: '{ns}' }],
];
const metadataOfReviews = [
  {},
  { name: 'a' },
  { namespace: '{ns}' },
  { namespace: 'other' },
  { labels: {}, annotations: null, finalizers: [] },
  { labels: { b: 'x', a: '<' }, generateName: 'y', generation: 2 },
  { uid: 'u', creationTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 3, selfLink: '/' },
  { resourceVersion: '5' },
];
const oddSelectors = [
  {},
  { rawSelector: 'a=b' },
  { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] },
  { requirements: [{ key: '', operator: 'In' }] },
  { requirements: [{ key: 'a/b/c', operator: 'Exists', values: ['b'] }] },
  { requirements: [{ key: 'a', operator: 'Later', values: ['b'] }] },
];

export const subresourceCases: Case[] = [
  {
    name: 'scale',
    steps: [
      [`POST ${sets}`, set],
      `GET ${sets}/s/scale`,
      [`PUT ${sets}/s/scale`, { metadata: { name: 's' }, spec: { replicas: 3 } }],
      [`PUT ${sets}/s/scale`, { metadata: { name: 's', namespace: '{ns}' }, spec: { replicas: 3 } }],
      [
        `PUT ${sets}/s/scale`,
        { metadata: { name: 's', namespace: '{ns}', resourceVersion: '1' }, spec: { replicas: 3 } },
      ],
      [`PUT ${sets}/s/scale`, { metadata: { name: 's', namespace: '{ns}' }, spec: { replicas: -1 } }],
      [`PUT ${sets}/s/scale`, { spec: { replicas: 4 } }],
      [`PUT ${sets}/s/scale`, { kind: 'StatefulSet', apiVersion: 'apps/v1', metadata: { name: 's' } }],
      [`PUT ${sets}/s/scale`, { metadata: { name: 'other' }, spec: { replicas: 3 } }],
      [`PATCH ${sets}/s/scale`, { spec: { replicas: 1 } }, merge],
      [`PATCH ${sets}/s/scale`, { spec: { replicas: 1 } }, strategic],
      [`PATCH ${sets}/s/scale`, [{ op: 'replace', path: '/spec/replicas', value: 7 }], jsonPatch],
      [`PATCH ${sets}/s/scale?dryRun=All`, { spec: { replicas: 9 } }, merge],
      [`PATCH ${sets}/s/scale`, { spec: { replicas: 'x' } }, merge],
      [
        `PATCH ${sets}/s/scale?fieldManager=m`,
        { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 8 } },
        apply,
      ],
      `GET ${sets}/s`,
      `GET ${sets}/none/scale`,
      [`PUT ${sets}/none/scale`, { metadata: { name: 'none' }, spec: { replicas: 3 } }],
      `DELETE ${sets}/s/scale`,
      [`POST ${sets}/s/scale`, {}],
      [`GET ${sets}/s/scale`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }],
    ],
  },
  {
    name: 'status',
    steps: [
      [`POST ${sets}`, set],
      `GET ${sets}/s/status`,
      [`PUT ${sets}/s/status`, { ...set, status: { replicas: 1, availableReplicas: 0 } }],
      [
        `PATCH ${sets}/s/status`,
        { spec: { replicas: 9 }, metadata: { labels: { q: 'r' } }, status: { replicas: 2 } },
        merge,
      ],
      `DELETE ${sets}/s/status`,
      [`POST ${sets}/s/status`, set],
      `GET ${sets}/s/bogus`,
      [`PUT ${sets}/s/bogus`, {}],
      `GET ${sets}/s/status/more`,
      'GET /api/v1/namespaces/{ns}/configmaps/x/status',
      'GET /api/v1/namespaces/{ns}/status',
      [`PATCH /api/v1/namespaces/{ns}/status`, { status: { phase: 'Odd' } }, merge],
    ],
  },
  {
    name: 'bindings',
    steps: [
      account,
      ['POST /api/v1/nodes', { metadata: { name: 'placed', labels: places } }],
      ...['a', 'b', 'c', 'd'].map((name) => pod(name)),
      pod('gated', { schedulingGates: [{ name: 'example.com/x' }] }),
      pod('there', { nodeName: 'placed' }),
      [`PATCH ${pods}/a/status`, { status: { nominatedNodeName: 'n2' } }, merge],
      [`POST ${bindings}?dryRun=All`, { metadata: { name: 'a' }, target }],
      [`POST ${bindings}?dryRun=Some`, { metadata: { name: 'a' }, target }],
      [
        `POST ${bindings}`,
        { metadata: { name: 'a', uid: 'x', labels: { a: 'b' }, annotations: { c: 'd' } }, target, odd: 1 },
      ],
      `GET ${pods}/a`,
      [`POST ${bindings}`, { metadata: { name: 'a' }, target }],
      [`POST ${bindings}`, { metadata: { name: 'none' }, target }],
      [`POST ${bindings}`, { metadata: {}, target }],
      [`POST ${bindings}`, { metadata: { name: 'b', namespace: 'other' }, target }],
      [`POST ${bindings}`, { metadata: { name: 'b', resourceVersion: '1' }, target }],
      [`POST ${bindings}`, { metadata: { name: 'gated' }, target }],
      [`POST ${pods}/gated/binding`, { metadata: { name: 'gated' }, target }],
      [`POST ${bindings}`, { metadata: { name: 'b' }, target: { kind: 'Rack', name: 'n' } }],
      [`POST ${bindings}?fieldValidation=Strict`, { metadata: { name: 'b' }, target, odd: 1 }],
      [`POST ${bindings}`, { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'b' }, target }],
      [`POST ${bindings}`, { metadata: { name: 'b' }, target }],
      `GET ${pods}/b`,
      [`POST ${pods}/c/binding`, { metadata: { name: 'c', labels: { x: 'y' }, resourceVersion: '1' }, target }],
      [`POST ${pods}/c/binding`, { metadata: { name: 'c', labels: { x: 'y' } }, target }],
      `GET ${pods}/c`,
      [`POST ${pods}/d/binding`, { metadata: { name: 'd' }, target: { name: 'placed' } }],
      `GET ${pods}/d`,
      `GET ${bindings}`,
      `GET ${bindings}/b`,
      [`PUT ${bindings}/b`, {}],
      `DELETE ${bindings}/b`,
      [`POST ${bindings}/b`, {}],
      ['POST /api/v1/bindings', { metadata: { name: 'b' }, target }],
      'GET /api/v1/bindings',
      ['POST /api/v1/namespaces/nowhere/bindings', { metadata: { name: 'b' }, target }],
      ['POST /api/v1/namespaces/nowhere/pods/b/binding', { metadata: { name: 'b' }, target }],
      ['POST /api/v1/namespaces/nowhere/pods/b/eviction', { metadata: { name: 'b' } }],
      ['POST /api/v1/namespaces/nowhere/serviceaccounts/b/token', { spec: {} }],
      'DELETE /api/v1/namespaces/{ns}',
      [`POST ${bindings}`, { metadata: { name: 'd' }, target }],
      [`POST ${pods}/d/binding`, { metadata: { name: 'd' }, target }],
      [`POST ${pods}/d/eviction`, { metadata: { name: 'd' } }],
      [`POST /api/v1/namespaces/{ns}/serviceaccounts/x/token`, { spec: {} }],
    ],
  },
  {
    name: 'pods: binding, eviction, resize, ephemeral containers',
    steps: [
      account,
      pod('a'),
      [`POST ${pods}/a/binding`, { target: { kind: 'Node', name: 'n1' } }],
      [`POST ${pods}/a/binding`, { target: { kind: 'Node', name: 'n2' } }],
      [`POST ${pods}/none/binding`, { target: { kind: 'Node', name: 'n2' } }],
      pod('b'),
      [`POST /api/v1/namespaces/{ns}/bindings`, { metadata: { name: 'b' }, target: { kind: 'Node', name: 'n1' } }],
      [`POST ${pods}/b/binding`, { metadata: { name: 'a' }, target: { name: 'n1' } }],
      `GET ${pods}/a/binding`,
      [
        `PATCH ${pods}/a/ephemeralcontainers`,
        { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } },
        strategic,
      ],
      [
        `PATCH ${pods}/a/ephemeralcontainers`,
        { spec: { ephemeralContainers: [{ name: 'e', image: 'j' }] } },
        strategic,
      ],
      [`PATCH ${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: null } }, merge],
      [
        `PATCH ${pods}/a/ephemeralcontainers`,
        { spec: { ephemeralContainers: [{ name: 'c', image: 'j' }] } },
        strategic,
      ],
      [
        `PATCH ${pods}/a/ephemeralcontainers`,
        {
          spec: {
            ephemeralContainers: [{ name: 'f', image: 'j', ports: [{ containerPort: 1 }], targetContainerName: 'zz' }],
          },
        },
        strategic,
      ],
      [`PATCH ${pods}/a`, { spec: { ephemeralContainers: [{ name: 'g', image: 'j' }] } }, strategic],
      `GET ${pods}/a/ephemeralcontainers`,
      [
        `PATCH ${pods}/a/resize`,
        { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '20m' } } }] } },
        strategic,
      ],
      [`PATCH ${pods}/a/resize`, { spec: { containers: [{ name: 'c', image: 'new' }] } }, strategic],
      [
        `PATCH ${pods}/a/resize`,
        { spec: { containers: [{ name: 'c', resources: { limits: { memory: null } } }] } },
        strategic,
      ],
      [
        `PATCH ${pods}/a/resize`,
        { spec: { containers: [{ name: 'c', resources: { requests: { cpu: null } } }] } },
        strategic,
      ],
      [
        `PATCH ${pods}/a/resize`,
        { spec: { containers: [{ name: 'c', resources: { requests: { 'example.com/x': '1' } } }] } },
        strategic,
      ],
      [
        `PATCH ${pods}/a`,
        { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '30m' } } }] } },
        strategic,
      ],
      [`PATCH ${pods}/a`, { spec: { containers: [{ name: 'c', image: 'new' }] } }, strategic],
      [`PATCH ${pods}/a`, { spec: { nodeName: 'other' } }, merge],
      [
        `PATCH ${pods}/a/status`,
        { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
        strategic,
      ],
      [`POST ${pods}/a/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'b' } }],
      [`POST ${pods}/a/eviction?dryRun=All`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } }],
      [`POST ${pods}/none/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'none' } }],
      [
        'POST /apis/policy/v1/namespaces/{ns}/poddisruptionbudgets',
        { metadata: { name: 'p' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } } },
      ],
      [`POST ${pods}/a/eviction`, { metadata: { name: 'a' } }],
      [`POST ${pods}/a/eviction`, { metadata: { name: 'a' }, deleteOptions: { preconditions: { uid: 'x' } } }],
      `GET ${pods}/a/eviction`,
      `GET ${pods}/a/log`,
      `GET ${pods}/a/log?container=zz`,
      `GET ${pods}/a/log?tailLines=-1`,
      `GET ${pods}/none/log`,
      `GET ${pods}/a/exec`,
      `GET ${pods}/a/exec?command=x`,
      pod('d'),
      ...['resize', 'ephemeralcontainers'].map(
        (part): Step => [
          `PATCH ${pods}/d/${part}?fieldManager=${part}&force=true`,
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'd', labels: { mine: 'yes' } },
            spec: {
              containers: [{ name: 'c', image: 'other', resources: { requests: { cpu: '30m' } } }],
              ephemeralContainers: [{ name: 'e', image: 'i' }],
            },
          },
          apply,
        ],
      ),
    ],
  },
  {
    name: 'tokens',
    steps: [
      account,
      ['POST /api/v1/nodes', { metadata: { name: '{ns}-node' } }],
      pod('placed', { nodeName: '{ns}-node' }),
      pod('nowhere', { nodeName: 'gone' }),
      pod('pending'),
      ['POST /api/v1/namespaces/{ns}/secrets', { metadata: { name: 's' } }],
      ...[
        {},
        { expirationSeconds: 3607 },
        ...['placed', 'nowhere', 'pending'].map((name) => ({
          expirationSeconds: 3607,
          boundObjectRef: bound('Pod', name),
        })),
        { boundObjectRef: bound('Pod', 'placed') },
        { expirationSeconds: 3607, audiences: ['x'], boundObjectRef: bound('Pod', 'placed') },
        { expirationSeconds: 3607, boundObjectRef: bound('Secret', 's') },
        { boundObjectRef: bound('Node', '{ns}-node') },
        { expirationSeconds: 5, boundObjectRef: bound('Pod', 'none') },
      ].map((asked): Step => [`POST ${tokens}`, { spec: asked }]),
      [`POST ${tokens}`, { metadata: { name: 'other' }, spec: { expirationSeconds: 5 } }],
      [`POST ${tokens}`, { metadata: { namespace: 'other' }, spec: {} }],
      [`POST ${tokens}`, { metadata: { uid: 'x' }, spec: {} }],
      [`POST ${tokens}`, { metadata: { name: 'x', labels: { a: 'b' } }, spec: {} }],
    ],
  },
  {
    name: 'tokens and reviews',
    steps: [
      account,
      ['POST /api/v1/namespaces/{ns}/serviceaccounts/x/token', { spec: { audiences: ['a'], expirationSeconds: 600 } }],
      ['POST /api/v1/namespaces/{ns}/serviceaccounts/x/token', { spec: { expirationSeconds: 5 } }],
      ['POST /api/v1/namespaces/{ns}/serviceaccounts/x/token', { spec: {} }],
      ['POST /api/v1/namespaces/{ns}/serviceaccounts/none/token', { spec: {} }],
      [
        'POST /api/v1/namespaces/{ns}/serviceaccounts/x/token',
        { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'none' } } },
      ],
      [
        'POST /api/v1/namespaces/{ns}/serviceaccounts/x/token',
        { spec: { boundObjectRef: { kind: 'Odd', apiVersion: 'v1', name: 'none' } } },
      ],
      ['POST /apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'bad' } }],
      ['POST /apis/authentication.k8s.io/v1/tokenreviews', { spec: {} }],
      ['POST /apis/authentication.k8s.io/v1/selfsubjectreviews', {}],
      [
        'POST /apis/authorization.k8s.io/v1/subjectaccessreviews',
        { spec: { user: 'jane', resourceAttributes: { verb: 'get', resource: 'pods' } } },
      ],
      ['POST /apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: {} }],
      ['POST /apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'jane' } }],
      [
        'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        { spec: { nonResourceAttributes: { path: '/x', verb: 'get' } } },
      ],
      ['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} }],
      ['POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'default' } }],
      ['POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: {} }],
      [
        'POST /apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews',
        { spec: { user: 'j', resourceAttributes: { verb: 'get', resource: 'pods' } } },
      ],
      [
        'POST /apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews',
        {
          metadata: { namespace: '{ns}' },
          spec: { user: 'j', resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } },
        },
      ],
      ...metadataOfReviews.flatMap((metadata) =>
        reviews.map(([path, spec]): Step => [`POST /apis/authorization.k8s.io/v1/${path}`, { metadata, spec }]),
      ),
      ...metadataOfReviews.flatMap((metadata): Step[] => [
        ['POST /apis/authentication.k8s.io/v1/tokenreviews', { metadata, spec: { token: 'bad' } }],
        ['POST /apis/authentication.k8s.io/v1/selfsubjectreviews', { metadata }],
      ]),
      ...oddSelectors.flatMap((selector) =>
        ['fieldSelector', 'labelSelector'].map((field): Step => {
          const resourceAttributes = { verb: 'list', resource: 'pods', [field]: selector };
          return [`POST /apis/authorization.k8s.io/v1/${reviews[0]?.[0]}`, { spec: { resourceAttributes } }];
        }),
      ),
      [
        `POST /apis/authorization.k8s.io/v1/${reviews[2]?.[0]}`,
        {
          metadata: { name: 'x' },
          spec: { resourceAttributes: { fieldSelector: {} }, nonResourceAttributes: { path: '/' } },
        },
      ],
      'GET /apis/authorization.k8s.io/v1/subjectaccessreviews',
      'GET /apis/authorization.k8s.io/v1/subjectaccessreviews/x',
    ],
  },
  {
    name: 'agents that cannot be found',
    steps: [
      ['POST /api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 'default' } }],
      ['POST /api/v1/nodes', { metadata: { name: 'silent-node' } }],
      ...['silent-node', 'absent-node'].flatMap((nodeName): Step[] => [
        [
          'POST /api/v1/namespaces/{ns}/pods',
          { metadata: { name: `on-${nodeName}` }, spec: { nodeName, containers: [{ name: 'a', image: 'a' }] } },
        ],
        `GET /api/v1/namespaces/{ns}/pods/on-${nodeName}/log`,
        `GET /api/v1/nodes/${nodeName}/proxy/healthz`,
      ]),
      [
        'PATCH /api/v1/nodes/silent-node/status',
        { status: { addresses: [{ type: 'Other', address: '192.0.2.7' }] } },
        strategic,
      ],
      'GET /api/v1/namespaces/{ns}/pods/on-silent-node/log',
      'DELETE /api/v1/nodes/silent-node',
    ],
  },
];
