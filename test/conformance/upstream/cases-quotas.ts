// What do quotas and limit ranges allow, and what do they fill in?

import {
  type AdmissionCase,
  claim,
  claims,
  container,
  deployment,
  deployments,
  pod,
  pods,
  requesting,
  tried,
} from './admission.ts';
import { merge, type Step } from './exchange.ts';

const quotas = '/api/v1/namespaces/{ns}/resourcequotas';
const quota = (name: string, [hard, used]: [hard: object, used: object], more: object = {}): Step[] => [
  [`POST ${quotas}`, { metadata: { name }, spec: { hard, ...more } }],
  [`PATCH ${quotas}/${name}/status`, { status: { hard, used } }, merge],
];

export const quotaCases: AdmissionCase[] = [
  {
    name: 'quota: what pods ask for',
    prepared: quota('q', [
      { 'requests.cpu': '1', 'limits.memory': '1Gi', pods: '2' },
      { 'requests.cpu': '500m', 'limits.memory': '0', pods: '1' },
    ]),
    steps: [
      tried(pod({})),
      tried(requesting({ cpu: '100m' })),
      tried(requesting({ cpu: '100m' }, { memory: '1Mi' })),
      tried(requesting({ cpu: '600m' }, { memory: '2Gi' })),
      tried(requesting({ cpu: '501m' }, { memory: '1Gi' })),
      tried(
        pod({
          spec: {
            resources: { requests: { cpu: '600m' }, limits: { memory: '1Mi' } },
            containers: [{ ...container, resources: { requests: { cpu: '1m' }, limits: { memory: '1Mi' } } }],
          },
        }),
      ),
      tried(
        requesting(
          { cpu: '1m' },
          { memory: '1Mi' },
          {
            spec: {
              initContainers: [
                {
                  name: 's',
                  image: 'i',
                  restartPolicy: 'Always',
                  resources: { requests: { cpu: '300m' }, limits: { memory: '1Mi' } },
                },
                { name: 'i', image: 'i', resources: { requests: { cpu: '300m' }, limits: { memory: '1Mi' } } },
              ],
            },
          },
        ),
      ),
      [`POST ${pods}`, requesting({ cpu: '1m' }, { memory: '1Mi' }, { metadata: { name: 'a' } })],
      [`POST ${pods}`, requesting({ cpu: '1m' }, { memory: '1Mi' }, { metadata: { name: 'b' } })],
      `GET ${quotas}/q`,
    ],
  },
  {
    name: 'quota: counts',
    prepared: quota('q', [
      {
        'count/configmaps': '1',
        'count/deployments.apps': '0',
        services: '0',
        'services.nodeports': '0',
        secrets: '1',
      },
      {
        'count/configmaps': '1',
        'count/deployments.apps': '0',
        services: '0',
        'services.nodeports': '0',
        secrets: '0',
      },
    ]),
    steps: [
      tried({ metadata: { name: 'm' } }, '/api/v1/namespaces/{ns}/configmaps'),
      tried({ metadata: { name: 'm' } }, '/api/v1/namespaces/{ns}/secrets'),
      tried(deployment({}), deployments),
      tried(
        { metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } },
        '/api/v1/namespaces/{ns}/services',
      ),
      tried({ metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }, '/api/v1/namespaces/{ns}/services'),
    ],
  },
  {
    name: 'quota: storage',
    prepared: [
      ...quota('q', [
        {
          'requests.storage': '10Gi',
          persistentvolumeclaims: '5',
          'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
          'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
        },
        {
          'requests.storage': '5Gi',
          persistentvolumeclaims: '1',
          'gold.storageclass.storage.k8s.io/requests.storage': '0',
          'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '0',
        },
      ]),
    ],
    steps: [
      tried(claim('1Gi'), claims),
      tried(claim('6Gi'), claims),
      tried(claim('2Gi', { storageClassName: 'gold' }), claims),
      tried(claim('20Gi', { storageClassName: 'gold' }), claims),
      [`POST ${claims}`, claim('1Gi', { storageClassName: 'gold' })],
      tried({ ...claim('1Gi', { storageClassName: 'gold' }), metadata: { name: 'd' } }, claims),
      `GET ${quotas}/q`,
    ],
  },
  {
    name: 'quota: scopes',
    prepared: [
      ...quota('best', [{ pods: '0' }, { pods: '0' }], { scopes: ['BestEffort'] }),
      ...quota(
        'rest',
        [
          { pods: '0', cpu: '1' },
          { pods: '0', cpu: '0' },
        ],
        { scopes: ['NotBestEffort', 'Terminating'] },
      ),
      ...quota('class', [{ pods: '0' }, { pods: '0' }], {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-cluster-critical'] }],
        },
      }),
    ],
    steps: [
      tried(pod({})),
      tried(requesting({ cpu: '1m' })),
      tried(requesting({ cpu: '1m' }, {}, { spec: { activeDeadlineSeconds: 1 } })),
      tried(requesting({ cpu: '1m' }, {}, { spec: { priorityClassName: 'system-cluster-critical' } })),
    ],
  },
  {
    name: 'limit ranges',
    prepared: [
      [
        'POST /api/v1/namespaces/{ns}/limitranges',
        {
          metadata: { name: 'l' },
          spec: {
            limits: [
              {
                type: 'Container',
                max: { cpu: '1', memory: '1Gi' },
                min: { cpu: '10m' },
                default: { cpu: '500m' },
                defaultRequest: { cpu: '100m', memory: '1Mi' },
                maxLimitRequestRatio: { cpu: '5' },
              },
              { type: 'Pod', max: { cpu: '2' }, min: { memory: '1Ki' } },
              { type: 'PersistentVolumeClaim', max: { storage: '2Gi' }, min: { storage: '1Gi' } },
            ],
          },
        },
      ],
    ],
    steps: [
      tried(pod({})),
      tried(requesting({ cpu: '1m' }, { memory: '1Gi' })),
      tried(requesting({ cpu: '2' }, { cpu: '2', memory: '1Gi' })),
      tried(requesting({ cpu: '100m' }, { cpu: '1', memory: '1Mi' })),
      tried(
        pod({
          spec: {
            containers: ['a', 'b', 'c'].map((name) => ({
              name,
              image: 'i',
              resources: { limits: { cpu: '1', memory: '1Mi' } },
            })),
          },
        }),
      ),
      tried(pod({ spec: { initContainers: [{ name: 'i', image: 'i', resources: { limits: { cpu: '3' } } }] } })),
      tried(
        pod({
          spec: {
            resources: { limits: { cpu: '3', memory: '1Mi' } },
            containers: [container, { ...container, name: 'd', resources: { limits: { memory: '1Mi' } } }],
          },
        }),
      ),
      tried(claim('1Mi'), claims),
      tried(claim('3Gi'), claims),
      tried(claim('1Gi'), claims),
    ],
  },
];
