// Which requests are audited? Those that webhooks, policies, pod security, authorization and old tokens leave notes about.

import type { Answering } from '../../fixtures/recording-webhook.ts';
import { as, type Case, merge, type Step } from './exchange.ts';
import { everything, type HookSpec, patching, registration } from './webhooks.ts';

export interface AuditCase extends Case {
  hooks?: HookSpec[];
  /** Sent before, and not audited. */
  prepared?: Step[];
}

const maps = '/api/v1/namespaces/{ns}/configmaps';
const pods = '/api/v1/namespaces/{ns}/pods';
const map = (name: string, more: object = {}): object => ({ metadata: { name }, data: { a: '1' }, ...more });
const pod = (name: string, container: object = {}, spec: object = {}): object => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', ...container }], serviceAccountName: 'own', ...spec },
});
const writes: Step[] = [
  [`POST ${maps}?fieldManager=m`, map('a')],
  [`PATCH ${maps}/a?fieldManager=m`, { data: { b: '1' } }, merge],
  `DELETE ${maps}/a`,
];
const add = { op: 'add', path: '/data/x', value: 'y' };
const noted =
  (auditAnnotations: Record<string, string>, allowed = true): Answering =>
  () => ({
    response: { allowed, auditAnnotations, ...(!allowed && { status: { message: 'no' } }) },
  });
const broken: Answering = () => ({ status: 500 });
const ignored = { failurePolicy: 'Ignore' };

const policy = (name: string, spec: object): Step => [
  `POST ${registration}/validatingadmissionpolicies`,
  {
    metadata: { name },
    spec: { matchConstraints: { resourceRules: everything }, ...spec },
  },
];
const binding = (name: string, actions: string[]): Step => [
  `POST ${registration}/validatingadmissionpolicybindings`,
  {
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: actions,
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } } },
    },
  },
];
const levels = (labels: Record<string, string>): Step => [
  'PATCH /api/v1/namespaces/{ns}',
  {
    metadata: {
      labels: Object.fromEntries(
        Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
      ),
    },
  },
  merge,
];
const account: Step = ['POST /api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 'own' } }];
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const workload = (name: string): object => ({
  metadata: { name },
  spec: { selector: { matchLabels: { a: 'b' } }, template },
});

export const auditCases: AuditCase[] = [
  {
    name: 'reads, refusals, impersonation',
    steps: [
      `GET ${maps}`,
      `GET ${maps}/none`,
      'GET /version',
      'GET /api',
      [`GET ${maps}`, undefined, as('jane')],
      [`POST ${maps}`, map('a'), as('jane', 'devs')],
      [`POST ${maps}`, map('a'), as('amarre-admin', 'system:masters')],
      [`POST ${maps}`, { metadata: {} }],
      [`POST ${maps}`, '{'],
      [`POST ${maps}?dryRun=All`, map('b')],
      [`PUT ${maps}/a`, map('a', { metadata: { name: 'a', resourceVersion: '1' } })],
      `DELETE ${maps}/a`,
      `DELETE ${maps}`,
      'GET /apis/nowhere/v1/things',
    ],
  },
  {
    name: 'mutating webhooks that change, do not, are asked again, fail and refuse',
    hooks: [
      { kind: 'mutating', name: 'a', answer: patching(add), with: { reinvocationPolicy: 'IfNeeded' } },
      { kind: 'mutating', name: 'b' },
      { kind: 'mutating', name: 'c', answer: patching({ op: 'add', path: '/metadata/labels', value: { l: 'm' } }) },
      { kind: 'mutating', name: 'd', answer: broken, with: ignored },
      { kind: 'mutating', name: 'e', answer: noted({ one: '1', 'two/three': '2', 'bad key!': '3', '': '4' }) },
    ],
    steps: writes.slice(0, 1),
  },
  {
    name: 'a mutating webhook that refuses',
    hooks: [
      { kind: 'mutating', name: 'a' },
      { kind: 'mutating', name: 'b', answer: noted({ why: 'so' }, false) },
      { kind: 'mutating', name: 'c' },
    ],
    steps: writes,
  },
  {
    name: 'a mutating webhook that can not be asked',
    hooks: [{ kind: 'mutating', name: 'a', answer: broken }],
    steps: writes,
  },
  {
    name: 'a mutating webhook whose patch can not be applied',
    hooks: [{ kind: 'mutating', name: 'a', answer: patching({ op: 'remove', path: '/none' }) }],
    steps: writes.slice(0, 1),
  },
  {
    name: 'validating webhooks',
    hooks: [
      { kind: 'validating', name: 'a', answer: noted({ one: '1' }) },
      { kind: 'validating', name: 'b', answer: broken, with: ignored },
      { kind: 'validating', name: 'c', answer: broken, with: ignored },
    ],
    steps: writes,
  },
  {
    name: 'a validating webhook that refuses',
    hooks: [{ kind: 'validating', name: 'a', answer: noted({ one: '1' }, false) }],
    steps: writes,
  },
  {
    name: 'policies that audit',
    prepared: [
      policy('audited', {
        validations: [{ expression: 'false', message: 'never' }, { expression: 'has(object.nope)' }],
        auditAnnotations: [
          { key: 'name', valueExpression: '"named " + object.metadata.name' },
          { key: 'nothing', valueExpression: 'null' },
        ],
      }),
      binding('audited', ['Audit', 'Warn']),
    ],
    steps: [[`POST ${maps}`, map('a')]],
  },
  {
    name: 'policies that refuse',
    prepared: [
      policy('refused', {
        validations: [{ expression: 'false', message: 'never' }],
        auditAnnotations: [{ key: 'name', valueExpression: 'string(object.metadata.name)' }],
      }),
      binding('refused', ['Audit', 'Deny']),
    ],
    steps: [[`POST ${maps}`, map('a')]],
  },
  {
    name: 'policies whose expressions fail',
    prepared: [
      policy('failing', { validations: [{ expression: 'object.nope == 1' }], failurePolicy: 'Ignore' }),
      binding('failing', ['Audit']),
      policy('failing2', {
        validations: [{ expression: 'object.nope == 1' }],
        auditAnnotations: [{ key: 'k', valueExpression: 'string(object.nope)' }],
      }),
      binding('failing2', ['Audit']),
    ],
    steps: [[`POST ${maps}`, map('a')]],
  },
  {
    name: 'levels of pods',
    prepared: [account],
    steps: [
      [`POST ${pods}`, pod('privileged', { securityContext: { privileged: true } })],
      levels({ audit: 'baseline', warn: 'privileged' }),
      [`POST ${pods}`, pod('audited', { securityContext: { privileged: true } }, { hostPID: true })],
      [`POST ${pods}`, pod('fine')],
      levels({ enforce: 'baseline', 'enforce-version': 'v1.25', audit: 'restricted', 'audit-version': 'v1.30' }),
      [`POST ${pods}`, pod('refused', { securityContext: { privileged: true } })],
      [`POST ${pods}`, pod('warned')],
      ['POST /apis/apps/v1/namespaces/{ns}/deployments', workload('w')],
      [`PATCH ${pods}/fine`, { metadata: { labels: { a: 'b' } } }, merge],
      [`PATCH ${pods}/fine`, { spec: { containers: [{ name: 'c', image: 'j' }] } }, merge],
      `DELETE ${pods}/fine?gracePeriodSeconds=0`,
    ],
  },
];
