// Which types do the variables have that expressions of webhooks and policies can name?
// Source: apiserver/pkg/admission/plugin/cel/compile.go.

import { bool, type CelType, dyn, listOf, mapOf, string, type Variables } from '../../cel/types.ts';

const words = listOf(string);

function object(name: string, fields: Record<string, CelType>): CelType {
  return { kind: 'object', name, fields: new Map(Object.entries(fields)) };
}

const kind = object('kubernetes.GroupVersionKind', { group: string, version: string, kind: string });
const resource = object('kubernetes.GroupVersionResource', { group: string, version: string, resource: string });
const userInfo = object('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: words,
  extra: mapOf(string, words),
});

const request = object('kubernetes.AdmissionRequest', {
  kind,
  resource,
  subResource: string,
  requestKind: kind,
  requestResource: resource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo,
  dryRun: bool,
  options: dyn,
});

const namespace = object('kubernetes.Namespace', {
  metadata: object('kubernetes.NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels: mapOf(string, string),
    annotations: mapOf(string, string),
    UID: string,
    creationTimestamp: { kind: 'timestamp' },
    deletionGracePeriodSeconds: { kind: 'int' },
    deletionTimestamp: { kind: 'timestamp' },
    generation: { kind: 'int' },
    resourceVersion: string,
    finalizers: words,
  }),
  spec: object('kubernetes.NamespaceSpec', { finalizers: words }),
  status: object('kubernetes.NamespaceStatus', {
    conditions: listOf(
      object('kubernetes.NamespaceCondition', {
        status: string,
        type: string,
        lastTransitionTime: { kind: 'timestamp' },
        message: string,
        reason: string,
      }),
    ),
    phase: string,
  }),
});

/** Of every webhook and policy. */
export const requestTypes: Variables = new Map([
  ['object', dyn],
  ['oldObject', dyn],
  ['request', request],
  ['namespaceObject', namespace],
  ['authorizer', { kind: 'opaque', name: 'kubernetes.authorization.Authorizer' }],
  ['authorizer.requestResource', { kind: 'opaque', name: 'kubernetes.authorization.ResourceCheck' }],
]);
