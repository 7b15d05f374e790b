// What do admission policies say, of what they see of a request?

import type { AdmissionCase } from './admission.ts';
import type { Step } from './exchange.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const registration = '/apis/admissionregistration.k8s.io/v1';
const tried = (object: object, path = maps): Step => [`POST ${path}?dryRun=All`, object];
const rules = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'] },
];
const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } };

interface Parts {
  steps: Step[];
  binding?: object;
  /** What the parameters are. */
  params?: Step[];
}

/** A policy for the case's namespace, and its binding. */
const one = (
  name: string,
  { matchConstraints, ...spec }: Record<string, unknown>,
  { steps, binding, params = [] }: Parts,
): AdmissionCase => {
  const metadata = { name: '{ns}' };
  const policy = {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: rules, ...(matchConstraints as object | undefined), namespaceSelector },
    ...spec,
  };
  return {
    name: `policies: ${name}`,
    prepared: [
      ...params,
      [`POST ${registration}/validatingadmissionpolicies`, { metadata, spec: policy }],
      [
        `POST ${registration}/validatingadmissionpolicybindings`,
        { metadata, spec: { policyName: '{ns}', validationActions: ['Deny'], ...binding } },
      ],
    ],
    steps,
  };
};
const map = (data: object = {}, more: object = {}): object => ({ metadata: { name: 'm', ...more }, data });
const both: Step[] = [tried(map({ a: '1' })), tried(map({ b: '2' }))];
const v = (expression: string, more: object = {}): { validations: object[] } => ({
  validations: [{ expression, ...more }],
});
export const policyCases: AdmissionCase[] = [
  one('plain', v("has(object.data) && 'a' in object.data"), { steps: both }),
  one('message', v("'a' in object.data", { message: 'no a', reason: 'Forbidden' }), { steps: both }),
  one(
    'messageExpression',
    v("'a' in object.data", {
      messageExpression: "'keys: ' + string(size(object.data)) + ' by ' + request.userInfo.username",
      reason: 'RequestEntityTooLarge',
    }),
    { steps: both },
  ),
  one(
    'messageExpression fails',
    v("'a' in object.data", { messageExpression: 'string(object.data.zz)', message: 'm' }),
    { steps: both },
  ),
  one('error', v("object.data.a == '1'"), { steps: both }),
  one('error ignored', { failurePolicy: 'Ignore', ...v("object.data.a == '1'") }, { steps: both }),
  one('warn', v("'a' in object.data", { message: 'no a' }), {
    binding: { validationActions: ['Warn', 'Audit'] },
    steps: both,
  }),
  one('deny audit', v("'a' in object.data"), { binding: { validationActions: ['Deny', 'Audit'] }, steps: both }),
  one('audit annotation', { ...v('true'), auditAnnotations: [{ key: 'k', valueExpression: "'v'" }] }, { steps: both }),
  one(
    'several',
    {
      validations: [
        { expression: 'false', message: 'one' },
        { expression: 'false', message: 'two', reason: 'RequestEntityTooLarge' },
      ],
    },
    { steps: both },
  ),
  one(
    'variables',
    {
      variables: [{ name: 'x', expression: "object.data.?a.orValue('0')" }],
      ...v("variables.x == '1'", { messageExpression: "'x is ' + variables.x" }),
    },
    { steps: both },
  ),
  one(
    'matchConditions',
    { matchConditions: [{ name: 'has-b', expression: "'b' in object.data" }], ...v('false') },
    { steps: both },
  ),
  one(
    'matchConditions fail',
    { matchConditions: [{ name: 'bad', expression: "object.data.b == '2'" }], ...v('true') },
    { steps: both },
  ),
  one('old and delete', v("oldObject == null || request.operation != 'DELETE' || oldObject.metadata.name != 'kept'"), {
    steps: [[`POST ${maps}`, { metadata: { name: 'kept' } }], `DELETE ${maps}/kept`, `DELETE ${maps}?dryRun=All`],
  }),
  one(
    'request',
    v(
      "request.kind.kind == 'ConfigMap' && request.resource.resource == 'configmaps' && request.operation == 'CREATE' && request.namespace == '{ns}' && request.name == 'm' && request.dryRun && request.userInfo.groups.exists(g, g == 'system:masters') && request.options.kind == 'CreateOptions' && request.requestKind.kind == 'ConfigMap'",
    ),
    { steps: both },
  ),
  one(
    'namespaceObject',
    v(
      "namespaceObject.metadata.name == '{ns}' && namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == '{ns}'",
    ),
    { steps: both },
  ),
  one(
    'authorizer',
    v(
      "authorizer.group('').resource('pods').namespace('default').check('create').allowed() && !authorizer.serviceAccount('default', 'default').group('').resource('pods').check('get').allowed() && !authorizer.path('/x').check('get').errored() && authorizer.path('/x').check('get').error() == ''",
    ),
    { steps: both },
  ),
  one('authorizer text', v('true'), {
    steps: [
      tried(
        {
          metadata: { name: 'bad' },
          spec: {
            matchConstraints: { resourceRules: rules },
            ...v('true', {
              messageExpression:
                "'r: ' + authorizer.serviceAccount('default', 'default').group('').resource('pods').check('get').reason() + ' ' + string(authorizer.serviceAccount('default','default').group('apps').resource('deployments').subresource('scale').namespace('a').name('b').check('get').allowed()) + string(authorizer.group('').resource('pods').fieldSelector('metadata.name=x').labelSelector('a=b').check('list').allowed())",
            }),
          },
        },
        `${registration}/validatingadmissionpolicies`,
      ),
    ],
  }),
  one(
    'params',
    {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      ...v("params.data.allowed == object.data.?a.orValue('')", {
        messageExpression: "'allowed: ' + params.data.allowed",
      }),
    },
    {
      binding: { paramRef: { name: 'params', namespace: '{ns}', parameterNotFoundAction: 'Deny' } },
      steps: both,
      params: [[`POST ${maps}`, { metadata: { name: 'params' }, data: { allowed: '1' } }]],
    },
  ),
  one(
    'params missing',
    { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, ...v('false') },
    { binding: { paramRef: { name: 'gone', namespace: '{ns}', parameterNotFoundAction: 'Deny' } }, steps: both },
  ),
  one(
    'params missing allowed',
    { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, ...v('false') },
    { binding: { paramRef: { name: 'gone', namespace: '{ns}', parameterNotFoundAction: 'Allow' } }, steps: both },
  ),
  one(
    'params selected',
    {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      ...v("params.data.allowed == object.data.?a.orValue('')", {
        messageExpression: "'allowed: ' + params.data.allowed",
      }),
    },
    {
      binding: { paramRef: { selector: { matchLabels: { p: 'q' } }, parameterNotFoundAction: 'Deny' } },
      // One of them refuses each: of several, upstream asks any first.
      steps: ['1', '3'].map((a) => tried(map({ a }))),
      params: [
        [`POST ${maps}`, { metadata: { name: 'p1', labels: { p: 'q' } }, data: { allowed: '1' } }],
        [`POST ${maps}`, { metadata: { name: 'p2', labels: { p: 'q' } }, data: { allowed: '3' } }],
      ],
    },
  ),
  one('binding matches', v('false'), {
    binding: { matchResources: { objectSelector: { matchLabels: { x: 'y' } } } },
    steps: [tried(map()), tried(map({}, { labels: { x: 'y' } }))],
  }),
  one(
    'exclude',
    {
      matchConstraints: {
        resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }],
        excludeResourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
      },
      ...v('false'),
    },
    { steps: [tried(map()), tried({ metadata: { name: 's' } }, '/api/v1/namespaces/{ns}/secrets')] },
  ),
  one(
    'equivalent',
    {
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [
          {
            apiGroups: ['autoscaling'],
            apiVersions: ['v1'],
            operations: ['*'],
            resources: ['horizontalpodautoscalers'],
          },
          { apiGroups: ['events.k8s.io'], apiVersions: ['v1'], operations: ['*'], resources: ['events'] },
        ],
      },
      ...v('false', {
        messageExpression:
          "request.kind.group + '/' + request.kind.version + ' ' + request.requestKind.group + '/' + request.requestKind.version + ' ' + object.apiVersion",
      }),
    },
    {
      steps: [
        tried(
          { metadata: { name: 'h' }, spec: { maxReplicas: 1, scaleTargetRef: { kind: 'D', name: 'x' } } },
          '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers',
        ),
        tried(
          { metadata: { name: 'h' }, spec: { maxReplicas: 1, scaleTargetRef: { kind: 'D', name: 'x' } } },
          '/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers',
        ),
        tried({ metadata: { name: 'e' }, involvedObject: { namespace: '{ns}' } }, '/api/v1/namespaces/{ns}/events'),
      ],
    },
  ),
  one(
    'generateName',
    v("request.name == '' && object.metadata.?name.orValue('') == ''", {
      messageExpression: "'named: ' + string(request.name.startsWith('gen-') && request.name == object.metadata.name)",
    }),
    { steps: [tried({ metadata: { generateName: 'gen-' } })] },
  ),
];
