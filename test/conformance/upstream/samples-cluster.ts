// Valid objects of the groups storage, rbac, networking, discovery, certificates, admissionregistration and apiextensions.

import type { Samples } from './samples.ts';

const labels = { app: 'web' };
const selector = { matchLabels: labels };
const terms = [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'b'] }] }];
const subjects = [
  { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'u' },
  { kind: 'Group', name: 'g' },
  { kind: 'ServiceAccount', namespace: 'default', name: 's' },
];
const backend = { service: { name: 's', port: { number: 80 } } };
// A request for CN=jane, O=devs.
const request = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWk1JR0FBZ0VBTUI0eERUQUxCZ05WQkFvTUJHUmxkbk14RFRBTEJnTlZCQU',
  '1NQkdwaGJtVXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVJHMlg0elg1Q2xwc2xncXVrc09PWldub0cwOFdYaFJmc0hWQ2pu',
  'CmltdnVxTDJRb3FnK2VLNXJOUS9GY2JuV2VJTHprRkRRT1h0emFFZDl3LzNtbnM4N29BQXdDZ1lJS29aSXpqMEUKQXdJRFNBQXdSUUloQUozYk',
  '9RZjk4TS9FektKbkw4RUdXdmgzM1ZyaVhLdHVWd0hNOUZQSHJ3RExBaUJYS2tybApsRWUzL0psRmhjSWRlZVZGWmxpaHRqQUhQWmJsdFRQaHJj',
  'WlAyZz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=',
].join('');
const webhook = {
  name: 'a.example.com',
  clientConfig: { service: { name: 's', namespace: 'default', path: '/x', port: 443 }, caBundle: '' },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
};
const rule = {
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['deployments'],
  scope: '*',
};
const hook = {
  ...webhook,
  clientConfig: { service: { name: 's', namespace: 'default', path: '/x', port: 443 } },
  rules: [rule],
  failurePolicy: 'Ignore',
  matchPolicy: 'Exact',
  namespaceSelector: selector,
  objectSelector: selector,
  timeoutSeconds: 5,
  matchConditions: [{ name: 'c', expression: 'true' }],
};
const matchConstraints = {
  resourceRules: [{ ...rule, resourceNames: ['n'] }],
  excludeResourceRules: [rule],
  matchPolicy: 'Exact',
  namespaceSelector: selector,
  objectSelector: selector,
};
const binding = {
  policyName: 'p.example.com',
  paramRef: { name: 'n', namespace: 'default', parameterNotFoundAction: 'Deny' },
  matchResources: matchConstraints,
};
const openAPIV3Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', format: 'int32', minimum: 1, maximum: 9, default: 3 },
        name: { type: 'string', pattern: '^a', minLength: 1, maxLength: 5, enum: ['a', 'ab'], nullable: true },
        list: {
          type: 'array',
          maxItems: 5,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
        },
        map: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 3 },
        port: { 'x-kubernetes-int-or-string': true },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
      'x-kubernetes-validations': [
        { rule: 'self.size < 9', message: 'm', reason: 'FieldValueInvalid', fieldPath: '.size' },
      ],
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
  },
};

export const clusterSamples: Samples = {
  'storage.k8s.io/v1/StorageClass': {
    minimal: { provisioner: 'd.example.com' },
    full: {
      provisioner: 'd.example.com',
      parameters: { a: 'b' },
      reclaimPolicy: 'Retain',
      mountOptions: ['ro'],
      allowVolumeExpansion: true,
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: terms,
    },
  },
  'storage.k8s.io/v1/CSIDriver': {
    minimal: { spec: {} },
    full: {
      spec: {
        attachRequired: false,
        podInfoOnMount: true,
        volumeLifecycleModes: ['Persistent', 'Ephemeral'],
        storageCapacity: true,
        fsGroupPolicy: 'File',
        tokenRequests: [{ audience: 'a', expirationSeconds: 3600 }, { audience: 'b' }],
        requiresRepublish: true,
        seLinuxMount: true,
        nodeAllocatableUpdatePeriodSeconds: 60,
        serviceAccountTokenInSecrets: true,
      },
    },
  },
  'storage.k8s.io/v1/CSINode': {
    full: {
      spec: {
        drivers: [
          { name: 'd.example.com', nodeID: 'n', topologyKeys: ['example.com/zone'], allocatable: { count: 5 } },
        ],
      },
    },
    empty: { spec: { drivers: [] } },
  },
  'storage.k8s.io/v1/CSIStorageCapacity': {
    full: { storageClassName: 'fast', nodeTopology: selector, capacity: '1Gi', maximumVolumeSize: '1Mi' },
  },
  'storage.k8s.io/v1/VolumeAttachment': {
    named: { spec: { attacher: 'd.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } } },
    inline: {
      spec: {
        attacher: 'd.example.com',
        nodeName: 'n',
        source: {
          inlineVolumeSpec: {
            accessModes: ['ReadWriteOnce'],
            csi: { driver: 'd.example.com', volumeHandle: 'h' },
          },
        },
      },
    },
  },
  'storage.k8s.io/v1/VolumeAttributesClass': { full: { driverName: 'd.example.com', parameters: { iops: '5' } } },
  'rbac.authorization.k8s.io/v1/Role': {
    full: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['a'] }] },
    empty: {},
  },
  'rbac.authorization.k8s.io/v1/ClusterRole': {
    full: {
      rules: [
        { nonResourceURLs: ['/x'], verbs: ['get'] },
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      ],
    },
    aggregated: { aggregationRule: { clusterRoleSelectors: [selector] } },
  },
  'rbac.authorization.k8s.io/v1/RoleBinding': {
    full: { subjects, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } },
    role: { roleRef: { kind: 'Role', name: 'r' } },
  },
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': {
    full: { subjects, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } },
  },
  'networking.k8s.io/v1/Ingress': {
    minimal: { spec: { defaultBackend: backend } },
    full: {
      spec: {
        ingressClassName: 'nginx',
        defaultBackend: { resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'b' } },
        tls: [{ hosts: ['a.example.com'], secretName: 's' }],
        rules: [
          { host: 'a.example.com', http: { paths: [{ path: '/x', pathType: 'Prefix', backend }] } },
          {
            host: '*.example.com',
            http: {
              paths: [{ pathType: 'ImplementationSpecific', backend: { service: { name: 's', port: { name: 'p' } } } }],
            },
          },
          {},
        ],
      },
    },
  },
  'networking.k8s.io/v1/IngressClass': {
    full: {
      spec: {
        controller: 'example.com/c',
        parameters: { apiGroup: 'example.com', kind: 'P', name: 'p', scope: 'Namespace', namespace: 'n' },
      },
    },
    minimal: { spec: { controller: 'example.com/c' } },
  },
  'networking.k8s.io/v1/NetworkPolicy': {
    full: {
      spec: {
        podSelector: selector,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              { podSelector: selector, namespaceSelector: {} },
              { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
            ],
            ports: [{ protocol: 'TCP', port: 80, endPort: 90 }, { port: 'http' }],
          },
        ],
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'UDP', port: 53 }] }],
      },
    },
    minimal: { spec: { podSelector: {} } },
  },
  'networking.k8s.io/v1/IPAddress': {
    full: {
      metadata: { name: '10.96.200.9' },
      spec: { parentRef: { resource: 'services', name: 's', namespace: 'n' } },
    },
  },
  'networking.k8s.io/v1/ServiceCIDR': { full: { spec: { cidrs: ['10.97.0.0/16'] } } },
  'discovery.k8s.io/v1/EndpointSlice': {
    full: {
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.1.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          hostname: 'h',
          nodeName: 'n',
          zone: 'z',
          hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] },
          targetRef: { kind: 'Pod', name: 'p', namespace: 'default' },
        },
      ],
      ports: [
        { name: 'a', port: 80, protocol: 'TCP', appProtocol: 'example.com/x' },
        { name: '', port: 81 },
      ],
    },
    names: { addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com'] }] },
    deprecated: {
      addressType: 'IPv6',
      endpoints: [{ addresses: ['2001:db8::1'], deprecatedTopology: { a: 'b' } }],
    },
    empty: { addressType: 'IPv4', endpoints: [] },
  },
  'certificates.k8s.io/v1/CertificateSigningRequest': {
    full: {
      spec: {
        request,
        signerName: 'example.com/s',
        expirationSeconds: 3600,
        usages: ['digital signature', 'client auth'],
      },
    },
  },
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': {
    minimal: { webhooks: [webhook] },
    full: { webhooks: [hook] },
  },
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': {
    url: { webhooks: [{ ...webhook, clientConfig: { url: 'https://example.com/x' } }] },
    full: { webhooks: [{ ...hook, reinvocationPolicy: 'IfNeeded' }] },
  },
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': {
    full: {
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints,
        validations: [
          { expression: 'object.spec.replicas > 1', message: 'm', reason: 'Invalid', messageExpression: "'a' + 'b'" },
          { expression: 'variables.v' },
        ],
        failurePolicy: 'Ignore',
        auditAnnotations: [{ key: 'k', valueExpression: "'v'" }],
        matchConditions: [{ name: 'c', expression: 'true' }],
        variables: [{ name: 'v', expression: 'true' }],
      },
    },
  },
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': {
    full: { spec: { ...binding, validationActions: ['Deny', 'Audit'] } },
    selected: {
      spec: {
        policyName: 'p.example.com',
        paramRef: { selector, parameterNotFoundAction: 'Allow' },
        validationActions: ['Warn'],
      },
    },
  },
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': {
    full: {
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints,
        variables: [{ name: 'v', expression: 'true' }],
        mutations: [
          { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } },
          { patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'remove', path: '/a'}]" } },
        ],
        failurePolicy: 'Fail',
        matchConditions: [{ name: 'c', expression: 'true' }],
        reinvocationPolicy: 'Never',
      },
    },
  },
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': { full: { spec: binding } },
  'apiextensions.k8s.io/v1/CustomResourceDefinition': {
    full: {
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: {
          plural: 'things',
          singular: 'thing',
          kind: 'Thing',
          listKind: 'ThingList',
          shortNames: ['th'],
          categories: ['all'],
        },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema },
            subresources: {
              status: {},
              scale: {
                specReplicasPath: '.spec.size',
                statusReplicasPath: '.status.replicas',
                labelSelectorPath: '.status.selector',
              },
            },
            additionalPrinterColumns: [
              { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'd', priority: 1 },
            ],
            selectableFields: [{ jsonPath: '.spec.name' }],
          },
          {
            name: 'v1beta1',
            served: true,
            storage: false,
            deprecated: true,
            deprecationWarning: 'old',
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
        conversion: { strategy: 'None' },
      },
    },
    webhook: {
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { plural: 'things', kind: 'Thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
        conversion: {
          strategy: 'Webhook',
          webhook: {
            clientConfig: { url: 'https://example.com/convert' },
            conversionReviewVersions: ['v1'],
          },
        },
      },
    },
  },
};
