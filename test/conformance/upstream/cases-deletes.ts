// Deletes: options, preconditions, propagation, grace, whole collections.

import { type Case, merge } from './exchange.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const pods = '/api/v1/namespaces/{ns}/pods';
const map = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const pod = (name: string) => ({
  metadata: { name },
  spec: {
    nodeName: 'n',
    serviceAccountName: 'x',
    automountServiceAccountToken: false,
    containers: [{ name: 'c', image: 'i' }],
  },
});

export const deleteCases: Case[] = [
  {
    name: 'delete options',
    steps: [
      [`POST ${maps}`, map('a')],
      [`DELETE ${maps}/a`, { preconditions: { uid: 'other' } }],
      [`DELETE ${maps}/a`, { preconditions: { resourceVersion: '1' } }],
      [`DELETE ${maps}/a`, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Bogus' }],
      [`DELETE ${maps}/a`, { propagationPolicy: 'Orphan', orphanDependents: true }],
      [`DELETE ${maps}/a`, { kind: 'ConfigMap', apiVersion: 'v1' }],
      [`DELETE ${maps}/a`, { kind: 'DeleteOptions', apiVersion: 'v9' }],
      [`DELETE ${maps}/a`, { gracePeriodSeconds: 'x' }],
      [`DELETE ${maps}/a`, { dryRun: ['x'] }],
      [`DELETE ${maps}/a`, '{'],
      [`DELETE ${maps}/a`, '[]'],
      [`DELETE ${maps}/a`, { bogus: 1 }],
      [`POST ${maps}`, map('a')],
      `DELETE ${maps}/a?propagationPolicy=Bogus`,
      `DELETE ${maps}/a?gracePeriodSeconds=x`,
      `DELETE ${maps}/a?orphanDependents=x`,
      [`DELETE ${maps}/a?propagationPolicy=Foreground`, { propagationPolicy: 'Orphan' }],
      `GET ${maps}/a`,
      [`POST ${maps}`, map('b')],
      [`DELETE ${maps}/b?propagationPolicy=Foreground`],
      `GET ${maps}/b`,
      [`PATCH ${maps}/b`, { metadata: { finalizers: ['example.com/x', 'foregroundDeletion'] } }, merge],
      [`PATCH ${maps}/b`, { metadata: { finalizers: null } }, merge],
      `GET ${maps}/b`,
    ],
  },
  {
    name: 'finalizers',
    steps: [
      [`POST ${maps}`, map('f', { finalizers: ['example.com/f'] })],
      `DELETE ${maps}/f`,
      `DELETE ${maps}/f`,
      [`PUT ${maps}/f`, map('f', { finalizers: ['example.com/f'], deletionTimestamp: null })],
      [`PATCH ${maps}/f`, { metadata: { finalizers: [] } }, merge],
      `GET ${maps}/f`,
      [`POST ${maps}`, map('g', { finalizers: ['example.com/f'] })],
      `DELETE ${maps}/g?propagationPolicy=Background`,
      [`POST ${maps}`, map('g')],
    ],
  },
  {
    name: 'pods and their grace',
    steps: [
      [`POST /api/v1/namespaces/{ns}/serviceaccounts`, { metadata: { name: 'x' } }],
      [`POST ${pods}`, pod('a')],
      `DELETE ${pods}/a?gracePeriodSeconds=-5`,
      `DELETE ${pods}/a`,
      `DELETE ${pods}/a?gracePeriodSeconds=10`,
      `DELETE ${pods}/a?gracePeriodSeconds=60`,
      `DELETE ${pods}/a?gracePeriodSeconds=0`,
      `GET ${pods}/a`,
      [`POST ${pods}`, { ...pod('b'), spec: { ...pod('b').spec, nodeName: undefined } }],
      `DELETE ${pods}/b`,
      [`POST ${pods}`, pod('c')],
      [`DELETE ${pods}`, { gracePeriodSeconds: 0 }],
      `GET ${pods}`,
    ],
  },
  {
    name: 'collections',
    steps: [
      [`POST ${maps}`, map('a')],
      [`POST ${maps}`, map('b', { finalizers: ['example.com/f'] })],
      `DELETE ${maps}?limit=1`,
      [`DELETE ${maps}`, { propagationPolicy: 'Bogus' }],
      [`DELETE ${maps}`, { preconditions: { uid: 'x' } }],
      `DELETE ${maps}`,
      `GET ${maps}`,
      `DELETE ${maps}?resourceVersion=x`,
      'DELETE /api/v1/namespaces',
      'DELETE /api/v1/configmaps',
      'DELETE /api/v1/nodes?labelSelector=a%3Db',
      'DELETE /api/v1/namespaces/none',
      'DELETE /api/v1/namespaces/default',
      'DELETE /api/v1/namespaces/{ns}',
      'DELETE /api/v1/namespaces/{ns}',
      [`POST ${maps}`, map('late')],
      [`PUT /api/v1/namespaces/{ns}/finalize`, { metadata: { name: '{ns}' }, spec: {} }],
      [`PUT /api/v1/namespaces/{ns}/finalize`, { metadata: { name: 'other' }, spec: {} }],
    ],
  },
];
