import { expect, test } from 'vitest';
import { created, type Fields, refusals } from './testing.ts';

const rbac = 'rbac.authorization.k8s.io';
const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const webhook = {
  name: 'a.b.io',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { service: { name: 's', namespace: 'demo' } },
  rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
};
const podRule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
const policySpec = { matchConstraints: { resourceRules: [podRule] }, validations: [{ expression: 'true' }] };
const backend = { service: { name: 's', port: { number: 80 } } };
const request = Buffer.from('-----BEGIN CERTIFICATE REQUEST-----').toString('base64');
const block = (ipBlock: object): Fields => ({ spec: { podSelector: {}, ingress: [{ from: [{ ipBlock }] }] } });
const csr = { request, usages: ['client auth'], signerName: 'example.com/x' };
const path = { path: '/', pathType: 'Prefix', backend };

interface Case {
  name: string;
  kind: string;
  given: Fields;
  old?: Fields;
  isStatus?: boolean;
  want: string[];
}

test.each<Case>([
  {
    name: 'both bounds -> refused',
    kind: 'PodDisruptionBudget',
    given: { spec: { minAvailable: 1, maxUnavailable: 1 } },
    want: [
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
  },
  {
    name: 'more than all -> refused',
    kind: 'PodDisruptionBudget',
    given: { spec: { minAvailable: '120%', unhealthyPodEvictionPolicy: 'Never' } },
    want: [
      'spec.minAvailable: Invalid value: "120%": must not be greater than 100%',
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  },
  {
    name: 'negative count -> refused',
    kind: 'PodDisruptionBudget',
    given: { status: { disruptionsAllowed: -1, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } },
    isStatus: true,
    want: ['status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0'],
  },
  { name: 'whole -> accepted', kind: 'Role', given: { rules: [rule] }, want: [] },
  {
    name: 'rules without words -> refused',
    kind: 'Role',
    given: { rules: [{ verbs: [] }] },
    want: [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
  },
  {
    name: 'addresses in a namespace -> refused',
    kind: 'Role',
    given: { rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }] },
    want: ['rules[0].nonResourceURLs: Invalid value: ["/metrics"]: namespaced rules cannot apply to non-resource URLs'],
  },
  {
    name: 'addresses and resources -> refused',
    kind: 'ClusterRole',
    given: { rules: [{ ...rule, nonResourceURLs: ['/metrics'] }] },
    want: [
      'rules[0].nonResourceURLs: Invalid value: ["/metrics"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
  },
  {
    name: 'aggregates nothing -> refused',
    kind: 'ClusterRole',
    given: { aggregationRule: {} },
    want: [
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
  },
  {
    name: 'whole -> accepted, groups filled in',
    kind: 'RoleBinding',
    given: { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] },
    want: [],
  },
  {
    name: 'a role for the cluster -> refused',
    kind: 'ClusterRoleBinding',
    given: {
      roleRef: { kind: 'Role', name: '' },
      subjects: [
        { kind: 'ServiceAccount', name: 's' },
        { kind: 'Team', name: 't' },
      ],
    },
    want: [
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'roleRef.name: Required value',
      'subjects[0].namespace: Required value',
      'subjects[1].kind: Unsupported value: "Team": supported values: "ServiceAccount", "User", "Group"',
    ],
  },
  {
    name: 'another role -> refused',
    kind: 'RoleBinding',
    given: { roleRef: { kind: 'Role', name: 's' } },
    old: { roleRef: { kind: 'Role', name: 'r' } },
    want: [
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"s"}: cannot change roleRef',
    ],
  },
  {
    name: 'high -> refused',
    kind: 'PriorityClass',
    given: { value: 1_000_000_001 },
    want: ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  },
  {
    name: 'name of the system -> refused',
    kind: 'PriorityClass',
    given: { metadata: { name: 'system-x' }, value: 1 },
    want: [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
    ],
  },
  {
    name: 'class of the system with another value -> refused',
    kind: 'PriorityClass',
    given: { metadata: { name: 'system-node-critical' }, value: 1 },
    want: [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000",
    ],
  },
  {
    name: 'class of the system for all -> refused',
    kind: 'PriorityClass',
    given: { metadata: { name: 'system-node-critical' }, value: 2_000_001_000, globalDefault: true },
    want: [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: globalDefault of system-node-critical PriorityClass must be false",
    ],
  },
  {
    name: 'counts below what there can be -> refused; a strategy, which nothing serves, is not looked at',
    kind: 'Lease',
    given: { spec: { strategy: 'Newest', leaseDurationSeconds: 0, leaseTransitions: -1 } },
    want: [
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
  },
  {
    name: 'names of no form -> refused',
    kind: 'EndpointSlice',
    given: {
      addressType: 'FQDN',
      endpoints: [{ addresses: ['a.example.com'], hostname: 'a.b' }],
      ports: [{ name: 'a', appProtocol: 'a b', protocol: 'TCP' }],
    },
    want: [
      expect.stringMatching(/^endpoints\[0\]\.hostname: Invalid value: "a\.b": /),
      expect.stringMatching(/^ports\[0\]\.appProtocol: Invalid value: "a b": name part must/),
    ],
  },
  {
    name: 'more endpoints than there may be -> only that is said',
    kind: 'EndpointSlice',
    given: { addressType: 'IPv4', endpoints: Array.from({ length: 1001 }, () => ({ addresses: [] })) },
    want: ['endpoints: Too many: 1001: must have at most 1000 items'],
  },
  {
    name: 'overhead, selector and tolerations of no form -> refused',
    kind: 'RuntimeClass',
    given: {
      handler: 'a',
      overhead: { podFixed: { cpu: '-1' } },
      scheduling: { nodeSelector: { a: '-' }, tolerations: [{ operator: 'Equal', value: 'x' }] },
    },
    want: [
      expect.stringContaining('overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'),
      expect.stringContaining('scheduling.nodeSelector: Invalid value: "-": '),
      expect.stringContaining('scheduling.tolerations[0].operator: Invalid value: "Equal": operator must be Exists'),
    ],
  },
  {
    name: 'class of the system -> accepted',
    kind: 'PriorityClass',
    given: { metadata: { name: 'system-node-critical' }, value: 2_000_001_000 },
    want: [],
  },
  {
    name: 'another value -> refused',
    kind: 'PriorityClass',
    given: { value: 2 },
    old: { value: 1 },
    want: ['value: Forbidden: may not be changed in an update.'],
  },
  {
    name: 'whole -> accepted',
    kind: 'EndpointSlice',
    given: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
    want: [],
  },
  {
    name: 'addresses of another type -> refused',
    kind: 'EndpointSlice',
    given: { addressType: 'IPv4', endpoints: [{ addresses: ['fd00::1'] }, { addresses: [] }], ports: [{}, {}] },
    want: [
      'endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
      'endpoints[1].addresses: Required value: must contain at least 1 address',
      'ports[1].name: Duplicate value: ""',
    ],
  },
  {
    name: 'another type -> refused',
    kind: 'EndpointSlice',
    given: { addressType: 'IPv6', endpoints: [] },
    old: { addressType: 'IPv4', endpoints: [] },
    want: ['addressType: Invalid value: "IPv6": field is immutable'],
  },
  {
    name: 'whole -> accepted',
    kind: 'Ingress',
    given: { spec: { rules: [{ host: '*.a.io', http: { paths: [path] } }] } },
    want: [],
  },
  {
    name: 'leads nowhere -> refused',
    kind: 'Ingress',
    given: { spec: {} },
    want: ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  },
  {
    name: 'bad paths -> refused',
    kind: 'Ingress',
    given: {
      spec: {
        rules: [
          {
            http: {
              paths: [
                { backend },
                { ...path, path: 'a' },
                { ...path, path: '/a//b' },
                { ...path, backend: { service: { name: 's', port: {} } } },
              ],
            },
          },
        ],
      },
    },
    want: [
      'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
      'spec.rules[0].http.paths[1].path: Invalid value: "a": must be an absolute path',
      'spec.rules[0].http.paths[2].path: Invalid value: "/a//b": must not contain \'//\'',
      'spec.rules[0].http.paths[3].backend: Required value: port name or number is required',
    ],
  },
  {
    name: 'no controller -> refused',
    kind: 'IngressClass',
    given: { spec: {} },
    want: ['spec.controller: Required value'],
  },
  {
    name: 'another controller -> refused',
    kind: 'IngressClass',
    given: { spec: { controller: 'b.io/x' } },
    old: { spec: { controller: 'a.io/x' } },
    want: ['spec.controller: Invalid value: "b.io/x": field is immutable'],
  },
  {
    name: 'a range of ports backwards, a peer that is none -> refused',
    kind: 'NetworkPolicy',
    given: { spec: { podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 79 }], from: [{}] }] } },
    want: [
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
      'spec.ingress[0].from[0]: Required value: must specify a peer',
    ],
  },
  {
    name: 'ranges that are none, or no part of the other -> refused',
    kind: 'NetworkPolicy',
    given: block({ cidr: '10.0.0.0/8', except: ['x', '11.0.0.0/16', '10.0.0.0/8', '10.1.0.0/16'] }),
    want: [
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      'spec.ingress[0].from[0].ipBlock.except[2]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    ],
  },
  {
    name: 'a range that it had before -> accepted',
    kind: 'NetworkPolicy',
    given: block({ cidr: '010.0.0.0/8' }),
    old: block({ cidr: '010.0.0.0/8' }),
    want: [],
  },
  {
    name: 'a range of the other family more -> accepted',
    kind: 'ServiceCIDR',
    given: { spec: { cidrs: ['10.97.0.0/16', 'fd00::/108'] } },
    old: { spec: { cidrs: ['10.97.0.0/16'] } },
    want: [],
  },
  {
    name: 'another range -> refused',
    kind: 'ServiceCIDR',
    given: { spec: { cidrs: ['10.98.0.0/16'] } },
    old: { spec: { cidrs: ['10.97.0.0/16'] } },
    want: ['spec.cidrs[0]: Invalid value: "10.98.0.0/16": field is immutable'],
  },
  {
    name: 'of another parent -> refused',
    kind: 'IPAddress',
    given: { spec: { parentRef: { resource: 'services', name: 't' } } },
    old: { spec: { parentRef: { resource: 'services', name: 's' } } },
    want: [
      'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"","Name":"t"}: field is immutable',
    ],
  },
  {
    name: 'addresses of another family, of this host, and hints twice -> refused',
    kind: 'EndpointSlice',
    given: {
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['fd00::1', '127.0.0.1', '010.1.0.1'], hints: { forZones: [{ name: 'z' }, { name: 'z' }] } },
      ],
    },
    want: [
      'endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
      'endpoints[0].addresses[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'endpoints[0].addresses[2]: Invalid value: "010.1.0.1": must not have leading 0s',
      'endpoints[0].hints.forZones[1].name: Duplicate value: "z"',
    ],
  },
  {
    name: 'for a namespace that it does not name -> refused',
    kind: 'IngressClass',
    given: { spec: { controller: 'a/b', parameters: { kind: 'K', name: 'n', scope: 'Namespace' } } },
    want: ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
  },
  {
    name: 'no ranges -> refused',
    kind: 'ServiceCIDR',
    given: { spec: {} },
    want: ['spec.cidrs: Required value: at least one CIDR required'],
  },
  { name: 'whole -> accepted', kind: 'CertificateSigningRequest', given: { spec: csr }, want: [] },
  {
    name: 'short, for nothing, signed by nobody -> refused',
    kind: 'CertificateSigningRequest',
    given: { spec: { request, usages: [], signerName: '', expirationSeconds: 60 } },
    want: [
      'spec.usages: Required value',
      'spec.signerName: Required value',
      'spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)',
    ],
  },
  {
    name: 'approval taken back -> refused',
    kind: 'CertificateSigningRequest',
    given: { spec: csr, status: { conditions: [{ type: 'Denied', status: 'True' }] } },
    old: { spec: csr, status: { conditions: [{ type: 'Approved', status: 'True' }] } },
    isStatus: true,
    want: [
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
      'status.conditions: Forbidden: updates may not add a condition of type "Denied"',
    ],
  },
  { name: 'whole -> accepted', kind: 'ValidatingWebhookConfiguration', given: { webhooks: [webhook] }, want: [] },
  {
    name: 'many faults -> all named',
    kind: 'ValidatingWebhookConfiguration',
    given: {
      webhooks: [
        {
          name: 'a.b',
          admissionReviewVersions: ['v2'],
          timeoutSeconds: 31,
          clientConfig: { url: 'http://a/b?c=d' },
          rules: [{ operations: ['*'], apiGroups: ['*', 'x'], apiVersions: ['v1'], resources: [] }],
        },
      ],
    },
    want: [
      'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
      'webhooks[0].rules[0].apiGroups: Invalid value: ["*","x"]: if \'*\' is present, must not specify other API groups',
      'webhooks[0].rules[0].resources: Required value',
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
      'webhooks[0].clientConfig.url: Invalid value: "c=d": query parameters are not permitted in the URL',
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
  },
  { name: 'whole -> accepted', kind: 'ValidatingAdmissionPolicy', given: { spec: policySpec }, want: [] },
  {
    name: 'about nothing, saying nothing -> refused',
    kind: 'ValidatingAdmissionPolicy',
    given: { spec: { failurePolicy: 'Retry' } },
    want: [
      'spec.failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"',
      'spec.matchConstraints: Required value',
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
  },
  {
    name: 'faults of rules, conditions, variables and annotations -> all named',
    kind: 'ValidatingAdmissionPolicy',
    given: {
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'A b' },
        matchConstraints: {
          resourceRules: [{ ...podRule, operations: ['*', 'X'], resources: ['pods/*', 'pods/log', '*', 'pods'] }],
        },
        matchConditions: [{ name: '', expression: ' ' }],
        variables: [{ name: 'in', expression: '1' }],
        validations: [{ expression: 'true', message: 'a\nb', reason: 'NotFound' }],
        auditAnnotations: [{ key: 'a/b', valueExpression: "'v'" }],
      },
    },
    want: [
      expect.stringContaining(
        'spec.paramKind.kind: Invalid value: "A b": may have mixed case, but should otherwise match',
      ),
      'spec.matchConstraints.resourceRules[0].operations: Invalid value: ["*","X"]: if \'*\' is present, must not specify other operations',
      'spec.matchConstraints.resourceRules[0].operations[1]: Unsupported value: "X": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
      'spec.matchConstraints.resourceRules[0].resources[1]: Invalid value: "pods/log": if \'pods/*\' is present, must not specify pods/log',
      'spec.matchConstraints.resourceRules[0].resources: Invalid value: ["pods/*","pods/log","*","pods"]: if \'*\' is present, must not specify other resources without subresources',
      'spec.matchConditions[0].expression: Required value',
      'spec.matchConditions[0].name: Required value',
      'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier',
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
      'spec.validations[0].reason: Unsupported value: "NotFound": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      expect.stringContaining('spec.auditAnnotations[0].key: Invalid value: "x/a/b": a valid label key'),
    ],
  },
  {
    name: 'refuses and warns -> refused',
    kind: 'ValidatingAdmissionPolicyBinding',
    given: { spec: { policyName: 'p', validationActions: ['Deny', 'Warn'] } },
    want: [expect.stringContaining('must not contain both Deny and Warn')],
  },
  {
    name: 'changes nothing -> refused',
    kind: 'MutatingAdmissionPolicy',
    given: { spec: { matchConstraints: policySpec.matchConstraints, mutations: [] } },
    want: [
      'spec.mutations: Required value: mutations must contain at least one item',
      'spec.reinvocationPolicy: Required value',
    ],
  },
  {
    name: 'another handler -> refused',
    kind: 'RuntimeClass',
    given: { handler: 'b' },
    old: { handler: 'a' },
    want: ['handler: Invalid value: "b": field is immutable'],
  },
  {
    name: 'fewer at most than at least -> refused',
    kind: 'HorizontalPodAutoscaler',
    given: { spec: { minReplicas: 3, maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: '', name: 'd' } } },
    want: [
      'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`',
      'spec.scaleTargetRef.kind: Required value',
    ],
  },
])('$kind: $name', ({ kind, given, old, isStatus = false, want }) => {
  expect(refusals(kind, given, { ...(old && { old }), isStatus })).toEqual(want);
});

test.each<{ kind: string; given: Fields; want: object }>([
  {
    kind: 'RoleBinding',
    given: { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'Group', name: 'g' }] },
    want: { roleRef: { apiGroup: rbac }, subjects: [{ apiGroup: rbac }] },
  },
  { kind: 'PriorityClass', given: { value: 1 }, want: { preemptionPolicy: 'PreemptLowerPriority' } },
  {
    kind: 'EndpointSlice',
    given: { addressType: 'IPv4', endpoints: [], ports: [{ port: 80 }] },
    want: { ports: [{ name: '', port: 80, protocol: 'TCP' }] },
  },
  {
    kind: 'NetworkPolicy',
    given: { spec: { podSelector: {}, egress: [{ ports: [{ port: 80 }] }] } },
    want: { spec: { policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ protocol: 'TCP' }] }] } },
  },
  {
    kind: 'IngressClass',
    given: { spec: { parameters: { kind: 'K', name: 'n' } } },
    want: { spec: { parameters: { scope: 'Cluster' } } },
  },
  {
    kind: 'MutatingWebhookConfiguration',
    given: { webhooks: [webhook] },
    want: {
      webhooks: [
        {
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          timeoutSeconds: 10,
          reinvocationPolicy: 'Never',
          clientConfig: { service: { port: 443 } },
          rules: [{ scope: '*' }],
        },
      ],
    },
  },
  {
    kind: 'ValidatingAdmissionPolicy',
    given: { spec: policySpec },
    want: {
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [{ scope: '*' }],
        },
      },
    },
  },
  {
    kind: 'HorizontalPodAutoscaler',
    given: { spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd' } } },
    want: {
      spec: {
        minReplicas: 1,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
    },
  },
])('defaults of $kind', ({ kind, given, want }) => {
  expect(created(kind, given)).toMatchObject(want);
});
