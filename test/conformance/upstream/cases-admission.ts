// What do admission plugins make of objects, and of classes that these name?

import { type AdmissionCase, claim, claims, container, pod, tried } from './admission.ts';
import { podSecurityCases } from './cases-pod-security.ts';
import { policyCases } from './cases-policies.ts';
import { quotaCases } from './cases-quotas.ts';
import { merge, type Step } from './exchange.ts';

const of = (spec: object): object => pod({ spec });

const classes: AdmissionCase[] = [
  {
    name: 'priorities and runtime classes',
    prepared: [
      [
        'POST /apis/scheduling.k8s.io/v1/priorityclasses',
        { metadata: { name: 'adm-high' }, value: 7, preemptionPolicy: 'Never' },
      ],
      [
        'POST /apis/node.k8s.io/v1/runtimeclasses',
        {
          metadata: { name: 'adm' },
          handler: 'h',
          overhead: { podFixed: { cpu: '1m' } },
          scheduling: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'k', operator: 'Exists' }] },
        },
      ],
    ],
    steps: [
      tried(of({ priorityClassName: 'adm-high' })),
      tried(of({ priorityClassName: 'none' })),
      tried(of({ priorityClassName: 'adm-high', priority: 8 })),
      tried(of({ priority: 8 })),
      tried(of({ priorityClassName: 'adm-high', preemptionPolicy: 'PreemptLowerPriority' })),
      tried(of({ priorityClassName: 'system-node-critical' })),
      tried(of({ runtimeClassName: 'adm' })),
      tried(of({ runtimeClassName: 'none' })),
      tried(of({ runtimeClassName: 'adm', nodeSelector: { a: 'c' } })),
      tried(of({ runtimeClassName: 'adm', nodeSelector: { c: 'd' }, tolerations: [{ key: 'k', operator: 'Exists' }] })),
      tried(of({ runtimeClassName: 'adm', overhead: { cpu: '2m' } })),
      tried(of({ overhead: { cpu: '2m' } })),
      ...[2_000_000_000, 3_000_000_000].map((value) =>
        tried({ metadata: { name: 'x' }, value }, '/apis/scheduling.k8s.io/v1/priorityclasses'),
      ),
    ],
  },
];

const accounts: AdmissionCase[] = [
  {
    name: 'service accounts',
    prepared: [
      [
        'POST /api/v1/namespaces/{ns}/serviceaccounts',
        { metadata: { name: 'default' }, imagePullSecrets: [{ name: 'pull' }] },
      ],
      [
        'POST /api/v1/namespaces/{ns}/serviceaccounts',
        { metadata: { name: 'without' }, automountServiceAccountToken: false },
      ],
      [
        'POST /api/v1/namespaces/{ns}/serviceaccounts',
        {
          metadata: { name: 'strict', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
          secrets: [{ name: 's' }],
        },
      ],
    ],
    steps: [
      tried(of({})),
      tried(of({ serviceAccountName: 'without' })),
      tried(of({ serviceAccountName: 'without', automountServiceAccountToken: true })),
      tried(of({ automountServiceAccountToken: false, imagePullSecrets: [{ name: 'own' }] })),
      tried(of({ serviceAccountName: 'none' })),
      tried(of({ serviceAccountName: 'strict', volumes: [{ name: 'v', secret: { secretName: 't' } }] })),
      tried(of({ serviceAccountName: 'strict', volumes: [{ name: 'v', secret: { secretName: 's' } }] })),
      tried(of({ serviceAccountName: 'strict', imagePullSecrets: [{ name: 'x' }] })),
      tried(
        of({
          serviceAccountName: 'strict',
          containers: [{ ...container, env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'q', key: 'k' } } }] }],
        }),
      ),
    ],
  },
];

const others: AdmissionCase[] = [
  {
    name: 'default storage classes',
    prepared: [
      [
        'POST /apis/storage.k8s.io/v1/storageclasses',
        {
          metadata: { name: 'adm-one', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
          provisioner: 'p',
        },
      ],
    ],
    steps: [
      tried(claim('1Gi'), claims),
      tried(claim('1Gi', { storageClassName: '' }), claims),
      tried(claim('1Gi', { storageClassName: 'other' }), claims),
      'DELETE /apis/storage.k8s.io/v1/storageclasses/adm-one',
    ],
  },
  {
    name: 'namespaces that are not there, or go',
    prepared: [
      ['POST /api/v1/namespaces', { metadata: { name: 'adm-going', finalizers: ['x.y/z'] } }],
      'DELETE /api/v1/namespaces/adm-going',
    ],
    steps: [
      tried({ metadata: { name: 'm' } }, '/api/v1/namespaces/adm-going/configmaps'),
      tried({ metadata: { name: 'm' } }, '/api/v1/namespaces/nowhere/configmaps'),
      ...['default', 'kube-system', 'kube-public'].map((name) => `DELETE /api/v1/namespaces/${name}`),
      ['PATCH /api/v1/namespaces/adm-going', { metadata: { finalizers: null } }, merge],
    ],
  },
];

/** Nobody makes it here. */
const account: Step = ['POST /api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 'default' } }];

export const admissionCases: AdmissionCase[] = [
  ...[...podSecurityCases, ...quotaCases, ...classes, ...others].map((one) => ({
    ...one,
    prepared: [account, ...one.prepared],
  })),
  ...accounts,
  ...policyCases,
];
