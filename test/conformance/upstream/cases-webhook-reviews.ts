// What is a webhook told about a request? Each verb, subresource and way to write, of built-in kinds.

import { apply, as, jsonPatch, merge, type Step, strategic } from './exchange.ts';
import { everything, type HookSpec, rulesOf, type WebhookCase } from './webhooks.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const pods = '/api/v1/namespaces/{ns}/pods';
const deployments = '/apis/apps/v1/namespaces/{ns}/deployments';
const account: Step = ['POST /api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 'default' } }];

/** One before and one after the object is validated. */
const watching = (more: Record<string, unknown> = {}): HookSpec[] => [
  { kind: 'mutating', name: 'first', with: more },
  { kind: 'validating', name: 'last', with: more },
];

const map = (name: string, data: object = {}): object => ({ metadata: { name }, data });
const appliedMap = (name: string, data: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  ...map(name, data),
});
const deployment = {
  metadata: { name: 'd' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
};
const pod = (name: string): object => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } });

export const reviewCases: WebhookCase[] = [
  {
    name: 'the life of a map',
    hooks: watching(),
    steps: [
      [`POST ${maps}`, map('a', { a: '1' })],
      [`POST ${maps}?fieldManager=one&fieldValidation=Strict&pretty=true`, map('b')],
      [`POST ${maps}`, { metadata: { generateName: 'gen-', labels: { g: 'h' } } }],
      [`POST ${maps}?dryRun=All`, { metadata: { generateName: 'gen-' } }],
      [`POST ${maps}?dryRun=All&fieldManager=two`, map('c')],
      [`POST ${maps}`, { ...map('d'), unknown: 1 }],
      [`POST ${maps}`, map('a')],
      [`POST ${maps}`, map('Not a name')],
      [`PUT ${maps}/a?fieldManager=three`, map('a', { a: '2' })],
      [`PUT ${maps}/a?dryRun=All`, map('a', { a: '3' })],
      [`PUT ${maps}/a?fieldManager=three`, map('a', { a: '2' })],
      [`PUT ${maps}/none`, map('none')],
      [`PUT ${maps}/a`, { ...map('a'), metadata: { name: 'a', resourceVersion: '1' } }],
      [`PATCH ${maps}/a?fieldManager=four&fieldValidation=Warn`, { data: { b: '1' } }, merge],
      [`PATCH ${maps}/a?fieldManager=five`, { metadata: { labels: { l: 'm' } } }, strategic],
      [`PATCH ${maps}/a`, [{ op: 'add', path: '/data/c', value: '1' }], jsonPatch],
      [`PATCH ${maps}/a`, {}, merge],
      [`PATCH ${maps}/none`, {}, merge],
      [`PATCH ${maps}/a?fieldManager=six&force=true`, appliedMap('a', { a: '9' }), apply],
      [`PATCH ${maps}/a?fieldManager=six&force=true`, appliedMap('a', { a: '9' }), apply],
      [`PATCH ${maps}/e?fieldManager=six&dryRun=All`, appliedMap('e', { a: '9' }), apply],
      [`PATCH ${maps}/e?fieldManager=six`, appliedMap('e', { a: '9' }), apply],
      `DELETE ${maps}/e?dryRun=All`,
      `DELETE ${maps}/e?gracePeriodSeconds=0&propagationPolicy=Orphan`,
      [`DELETE ${maps}/b`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 5, preconditions: {} }],
      `DELETE ${maps}/none`,
      `DELETE ${maps}?labelSelector=g=h&propagationPolicy=Background`,
      `DELETE ${maps}?labelSelector=l=m&dryRun=All`,
      [`DELETE ${maps}`, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' }],
    ],
  },
  {
    name: 'who asks',
    prepared: [
      [
        'POST /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
        {
          metadata: { name: 'all' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }],
        },
      ],
    ],
    hooks: watching(),
    steps: [
      [`POST ${maps}?dryRun=All`, map('a'), as('jane', 'one', 'two')],
      [
        `POST ${maps}?dryRun=All`,
        map('a'),
        { ...as('jane'), 'impersonate-uid': 'u', 'impersonate-extra-scopes.example.com': 'x' },
      ],
    ],
  },
  {
    name: 'subresources of workloads',
    prepared: [[`POST ${deployments}`, deployment]],
    hooks: watching(),
    steps: [
      [
        `PUT ${deployments}/d/status?fieldManager=s`,
        { ...deployment, spec: { ...deployment.spec, replicas: 9 }, status: { observedGeneration: 1 } },
      ],
      [`PATCH ${deployments}/d/status`, { status: { replicas: 1 }, spec: { replicas: 8 } }, merge],
      [`PATCH ${deployments}/d/scale?fieldManager=s`, { spec: { replicas: 3 } }, merge],
      [`PATCH ${deployments}/d/scale?dryRun=All`, { spec: { replicas: 3 } }, merge],
      [
        `PUT ${deployments}/d/scale`,
        { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'd' }, spec: { replicas: 4 } },
      ],
      [
        `PATCH ${deployments}/d/scale?fieldManager=applier&force=true`,
        { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'd' }, spec: { replicas: 5 } },
        apply,
      ],
      `GET ${deployments}/d`,
      [
        `PATCH ${deployments}/d/status?fieldManager=applier&force=true`,
        { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'd' }, status: { replicas: 5 } },
        apply,
      ],
      [`PATCH ${deployments}/d/scale?fieldManager=ten`, { spec: { replicas: 7 } }, merge],
      [`PATCH ${deployments}/d/status?fieldManager=eleven`, { status: { observedGeneration: 3 } }, merge],
      [
        `PATCH ${deployments}/d/scale?fieldManager=applier`,
        { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'd' }, spec: { replicas: 5 } },
        apply,
      ],
      [`PUT ${deployments}/d?fieldManager=put`, deployment],
      [`PATCH ${deployments}/d/scale?fieldManager=eleven`, { spec: { replicas: -1 } }, merge],
      `GET ${deployments}/d`,
      `DELETE ${deployments}/d?propagationPolicy=Background`,
    ],
  },
  {
    name: 'subresources of pods',
    prepared: [account, [`POST ${pods}`, pod('p')], [`POST ${pods}`, pod('q')], [`POST ${pods}`, pod('r')]],
    hooks: watching(),
    steps: [
      [`PATCH ${pods}/p/status`, { status: { phase: 'Running' } }, merge],
      [
        `PATCH ${pods}/p/ephemeralcontainers`,
        { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } },
        strategic,
      ],
      [
        `PATCH ${pods}/p/resize`,
        { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] } },
        strategic,
      ],
      [
        `POST ${pods}/p/binding?fieldManager=sched`,
        { metadata: { name: 'p', annotations: { a: 'b' } }, target: { kind: 'Node', name: 'n' } },
      ],
      [`POST ${pods}/p/eviction?dryRun=All`, { metadata: { name: 'p' } }],
      [
        `POST ${pods}/p/eviction`,
        { metadata: { name: 'p' }, deleteOptions: { gracePeriodSeconds: 0, preconditions: {} } },
      ],
      [`POST ${pods}/q/eviction?dryRun=All`, { metadata: { name: 'q' }, deleteOptions: { dryRun: ['All'] } }],
      [`POST ${pods}/q/binding`, { metadata: { name: 'q' }, target: { kind: 'Node', name: 'n', apiVersion: 'v1' } }],
      [`POST ${pods}/r/binding`, { metadata: { name: 'r' }, target: { kind: 'Node', name: 'n' } }],
      [
        'POST /api/v1/namespaces/{ns}/serviceaccounts/default/token',
        { spec: { audiences: ['a'], expirationSeconds: 3600 } },
      ],
      `DELETE ${pods}/q?gracePeriodSeconds=0`,
      `DELETE ${pods}/r?gracePeriodSeconds=5`,
      `DELETE ${pods}/r?gracePeriodSeconds=3`,
      `DELETE ${pods}/r?gracePeriodSeconds=0`,
    ],
  },
  {
    name: 'streams of pods',
    prepared: [account, [`POST ${pods}`, pod('p')]],
    hooks: [
      { kind: 'mutating', name: 'first' },
      {
        kind: 'validating',
        name: 'last',
        answer: () => ({ response: { allowed: false, status: { message: 'no streams', code: 403 } } }),
      },
    ],
    steps: [
      `GET ${pods}/p/exec?command=ls&command=-l&stdout=true&container=c`,
      `POST ${pods}/p/exec?command=ls&stdin=1&tty=true&stderr=false`,
      `GET ${pods}/p/attach?stdout=true`,
      `GET ${pods}/p/portforward?ports=80,81`,
      `GET ${pods}/p/portforward?ports=80&ports=x`,
      `GET ${pods}/p/proxy/a/b?c=d`,
      `DELETE ${pods}/p/proxy`,
      'GET /api/v1/namespaces/{ns}/services/s/proxy/x/',
      'POST /api/v1/namespaces/{ns}/services/http:s:80/proxy/x?y=z',
      `GET ${pods}/none/exec?command=ls`,
    ],
  },
  {
    name: 'objects outside of namespaces',
    hooks: watching({
      namespaceSelector: {},
      rules: rulesOf('namespaces', 'namespaces/*', 'nodes', 'nodes/*', 'persistentvolumes/*'),
    }),
    steps: [
      ['POST /api/v1/namespaces', { metadata: { name: 'reviewed' } }],
      ['POST /api/v1/namespaces', { metadata: { generateName: 'gen-' } }],
      ['PATCH /api/v1/namespaces/reviewed', { metadata: { labels: { a: 'b' } } }, merge],
      ['PATCH /api/v1/namespaces/reviewed/status', { status: { conditions: [{ type: 'A', status: 'True' }] } }, merge],
      'DELETE /api/v1/namespaces/reviewed',
      ['PUT /api/v1/namespaces/reviewed/finalize', { metadata: { name: 'reviewed' }, spec: { finalizers: [] } }],
      ['POST /api/v1/nodes', { metadata: { name: 'n' } }],
      ['PATCH /api/v1/nodes/n/status', { status: { capacity: { cpu: '1' } } }, strategic],
      'DELETE /api/v1/nodes/n',
    ],
  },
  {
    name: 'reviews for policies, and what no webhook sees',
    hooks: watching({ rules: everything, namespaceSelector: {} }),
    steps: [
      [
        'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } },
      ],
      [
        'POST /apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews',
        {
          metadata: { namespace: '{ns}' },
          spec: { user: 'u', resourceAttributes: { namespace: '{ns}', verb: 'get', resource: 'pods' } },
        },
      ],
      ['POST /apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }],
      ['POST /apis/authentication.k8s.io/v1/selfsubjectreviews', {}],
      [
        'PATCH /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/first',
        { metadata: { labels: { a: 'b' } } },
        merge,
      ],
    ],
  },
];
