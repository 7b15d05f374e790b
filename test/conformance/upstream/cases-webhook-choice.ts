// Which webhooks are asked, in which order and version, and which of them again?

import type { Answering } from '../../fixtures/recording-webhook.ts';
import { apply, merge, type Step } from './exchange.ts';
import { base64, type HookSpec, patching, registration, rulesOf, type WebhookCase } from './webhooks.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const map = (name: string, metadata: object = {}, data: object = { a: '1' }): object => ({
  metadata: { name, ...metadata },
  data,
});
const label = (key: string, value: string): Answering =>
  patching({ op: 'add', path: '/metadata/labels', value: { [key]: value } });
const counting: Answering = ({ object }) => {
  const { data = {} } = (object ?? {}) as { data?: Record<string, string> };
  const value = String(Number(data['count'] ?? 0) + 1);
  return {
    response: { allowed: true, patchType: 'JSONPatch', patch: base64([{ op: 'add', path: '/data/count', value }]) },
  };
};
const hook = (kind: HookSpec['kind'], name: string, more: Partial<HookSpec> = {}): HookSpec => ({
  kind,
  name,
  ...more,
});
const ifNeeded = { reinvocationPolicy: 'IfNeeded' };
const create: Step = [`POST ${maps}?dryRun=All`, map('a')];

const autoscaler = {
  metadata: { name: 'h' },
  spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
};
const autoscalers = (version: string): string =>
  `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers`;
const ofVersion = (apiGroups: string[], apiVersions: string[], ...resources: string[]): object[] => [
  { operations: ['*'], apiGroups, apiVersions, resources },
];
const event = {
  metadata: { name: 'e', namespace: '{ns}' },
  involvedObject: { kind: 'Pod', name: 'p', namespace: '{ns}' },
  reason: 'R',
  message: 'm',
  type: 'Normal',
  source: { component: 'c' },
};

export const choiceCases: WebhookCase[] = [
  {
    name: 'order, and who is asked again',
    hooks: [
      hook('mutating', 'a', { answer: counting, with: ifNeeded }),
      hook('mutating', 'b', { answer: label('b', '1') }),
      hook('mutating', 'c', { with: ifNeeded }),
      hook('mutating', 'd', { answer: counting }),
      hook('mutating', 'e', { with: { objectSelector: { matchLabels: { b: '1' } }, ...ifNeeded } }),
      hook('validating', 'z', { answer: () => ({ response: { allowed: false, status: { message: 'z' } } }) }),
      hook('validating', 'y'),
    ],
    steps: [create, [`POST ${maps}?dryRun=All`, map('pod', { labels: { b: '2' } })]],
  },
  {
    name: 'who is asked again because a plugin changed the object',
    prepared: [['POST /api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 'default' } }]],
    hooks: [
      hook('mutating', 'a', { with: ifNeeded }),
      hook('mutating', 'b', {
        answer: patching({ op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'i' } }),
        with: { rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }] },
      }),
    ],
    steps: [
      [
        'POST /api/v1/namespaces/{ns}/pods?dryRun=All',
        { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      ],
    ],
  },
  {
    name: 'rules and selectors',
    prepared: [[`POST ${maps}`, map('old', { labels: { team: 'a' } })]],
    hooks: [
      hook('validating', 'create', {
        with: { rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] },
      }),
      hook('validating', 'cluster', { with: { rules: rulesOf('*/*').map((rule) => ({ ...rule, scope: 'Cluster' })) } }),
      hook('validating', 'namespaced', {
        with: { rules: rulesOf('*').map((rule) => ({ ...rule, scope: 'Namespaced' })) },
      }),
      hook('validating', 'labelled', {
        with: { objectSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a'] }] } },
      }),
      hook('validating', 'unlabelled', {
        with: { objectSelector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] } },
      }),
      hook('validating', 'elsewhere', {
        with: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } },
      }),
      hook('validating', 'odd', { with: { rules: rulesOf('configmaps/status', '*/scale') } }),
    ],
    steps: [
      create,
      [`PATCH ${maps}/old`, { metadata: { labels: { team: 'b' } } }, merge],
      [`PATCH ${maps}/old`, { metadata: { labels: { team: null } } }, merge],
      `DELETE ${maps}/old`,
    ],
  },
  {
    name: 'conditions',
    hooks: [
      hook('validating', 'true', {
        with: { matchConditions: [{ name: 'a', expression: "object.metadata.name == 'a'" }] },
      }),
      hook('validating', 'user', {
        with: { matchConditions: [{ name: 'a', expression: "request.userInfo.username == 'nobody'" }] },
      }),
      hook('validating', 'both', {
        with: {
          matchConditions: [
            { name: 'a', expression: 'true' },
            { name: 'b', expression: "request.name != 'a'" },
          ],
        },
      }),
      hook('mutating', 'wrong', {
        with: { failurePolicy: 'Ignore', matchConditions: [{ name: 'a', expression: "object.data.none == 'a'" }] },
      }),
      hook('mutating', 'failing', {
        with: { matchConditions: [{ name: 'a', expression: "request.name != 'b' || object.data.none == 'a'" }] },
      }),
      hook('mutating', 'allowed', {
        with: {
          matchConditions: [{ name: 'a', expression: "authorizer.group('').resource('pods').check('get').allowed()" }],
        },
      }),
    ],
    steps: [
      create,
      [`POST ${maps}?dryRun=All`, map('b')],
      [`POST ${maps}?dryRun=All`, { metadata: { generateName: 'gen-' } }],
    ],
  },
  {
    name: 'a dry run with side effects',
    hooks: [hook('mutating', 'none', { with: { sideEffects: 'NoneOnDryRun' } }), hook('validating', 'none')],
    steps: [create, [`POST ${maps}`, map('a')]],
  },
  {
    name: 'what becomes of an update that a webhook changes',
    prepared: [
      [`POST ${maps}`, map('a')],
      [`POST ${maps}`, map('b')],
    ],
    hooks: [
      hook('mutating', 'm', {
        answer: ({ name, operation }) => {
          const operations: Record<string, object[]> = {
            a: [{ op: 'replace', path: '/metadata/name', value: 'zzz' }],
            b: [
              { op: 'add', path: '/metadata/uid', value: 'u' },
              { op: 'add', path: '/metadata/labels', value: { x: 'y' } },
            ],
          };
          const patch = operation === 'UPDATE' ? operations[String(name)] : undefined;
          return { response: { allowed: true, ...(patch && { patchType: 'JSONPatch', patch: base64(patch) }) } };
        },
      }),
    ],
    steps: [
      [`PATCH ${maps}/a`, { data: { b: '1' } }, merge],
      [`PUT ${maps}/b`, map('b', {}, { c: '1' })],
      [
        `PATCH ${maps}/b?fieldManager=f`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { d: '1' } },
        apply,
      ],
      `GET ${maps}/b`,
    ],
  },
  {
    name: 'versions of autoscalers',
    hooks: [
      hook('mutating', 'older', {
        with: {
          rules: ofVersion(['autoscaling'], ['v1'], 'horizontalpodautoscalers', 'horizontalpodautoscalers/status'),
        },
      }),
      hook('validating', 'exact', {
        with: { matchPolicy: 'Exact', rules: ofVersion(['autoscaling'], ['v2'], 'horizontalpodautoscalers') },
      }),
      hook('validating', 'both', { with: { rules: ofVersion(['autoscaling'], ['v2', 'v1'], '*') } }),
    ],
    steps: [
      [
        `POST ${autoscalers('v1')}`,
        { ...autoscaler, spec: { ...autoscaler.spec, targetCPUUtilizationPercentage: 50 } },
      ],
      [`PATCH ${autoscalers('v2')}/h`, { spec: { maxReplicas: 4 } }, merge],
      [`PATCH ${autoscalers('v2')}/h/status`, { status: { desiredReplicas: 2 } }, merge],
      [`PATCH ${autoscalers('v1')}/h?dryRun=All`, { metadata: { labels: { a: 'b' } } }, merge],
      `DELETE ${autoscalers('v2')}/h`,
    ],
  },
  {
    name: 'versions of autoscalers, changed in another',
    hooks: [
      hook('mutating', 'm', {
        answer: patching({ op: 'add', path: '/spec/targetCPUUtilizationPercentage', value: 70 }),
        with: {
          rules: [{ operations: ['CREATE'], apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['*'] }],
        },
      }),
      hook('validating', 'v', { with: { rules: ofVersion(['autoscaling'], ['v2'], '*') } }),
    ],
    steps: [
      [`POST ${autoscalers('v2')}?dryRun=All`, autoscaler],
      [`POST ${autoscalers('v1')}?dryRun=All`, autoscaler],
    ],
  },
  {
    name: 'versions of events',
    hooks: [
      hook('mutating', 'm', { with: { rules: ofVersion(['events.k8s.io'], ['v1'], 'events') } }),
      hook('validating', 'v', { with: { rules: ofVersion([''], ['v1'], 'events') } }),
    ],
    steps: [
      ['POST /api/v1/namespaces/{ns}/events', event],
      ['PATCH /apis/events.k8s.io/v1/namespaces/{ns}/events/e', { note: 'other' }, merge],
    ],
  },
  {
    name: 'the configurations of webhooks themselves',
    hooks: [
      hook('mutating', 'm', { with: { namespaceSelector: {} } }),
      hook('validating', 'v', { with: { namespaceSelector: {} } }),
    ],
    steps: [
      [`PATCH ${registration}/mutatingwebhookconfigurations/m`, { metadata: { labels: { a: 'b' } } }, merge],
      [`PATCH ${registration}/validatingwebhookconfigurations/v`, { metadata: { labels: { a: 'b' } } }, merge],
    ],
  },
];
