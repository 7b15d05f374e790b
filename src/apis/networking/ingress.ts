// What are ingresses and their classes to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { warnBalancer } from '../core/address-warnings.ts';
import { defineBuiltIn } from '../definition.ts';
import type { Ingress, IngressClass, IngressLoadBalancerIngress, IngressRule } from './generated/v1.ts';
import {
  validateIngress,
  validateIngressClass,
  validateIngressClassUpdate,
  validateIngressStatus,
  validateIngressUpdate,
} from './ingress-validation.ts';

const networking = { group: 'networking.k8s.io', version: 'v1' } as const;
const ingresses: Resource<Ingress> = { ...networking, plural: 'ingresses', kind: 'Ingress', namespaced: true };
const ingressClasses: Resource<IngressClass> = {
  ...networking,
  plural: 'ingressclasses',
  kind: 'IngressClass',
  namespaced: false,
};

export const ingress = defineBuiltIn<Ingress>({
  resource: ingresses,
  shortNames: ['ing'],
  subresources: ['status'],
  prepareForCreate: (object) => {
    object.status = { loadBalancer: {} };
  },
  validateCreate: validateIngress,
  validateUpdate: validateIngressUpdate,
  validateStatus: validateIngressStatus,
  warnings: (object, old) => (old ? [] : ingressWarnings(object)),
  statusWarnings: ({ status }) => warnBalancer(status?.loadBalancer?.ingress),
  hasGeneration: true,
  columns: [
    nameColumn(),
    column('Class', ({ spec }) => spec?.ingressClassName ?? '<none>'),
    column('Hosts', ({ spec }) => hostsOf(spec?.rules ?? [])),
    column('Address', ({ status }) => addressesOf(status?.loadBalancer?.ingress ?? [])),
    column('Ports', ({ spec }) => (spec?.tls?.length ? '80, 443' : '80')),
    ageColumn(),
  ],
});

export const ingressClass = defineBuiltIn<IngressClass>({
  resource: ingressClasses,
  applyDefaults: ({ spec }) => {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validateCreate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
  hasGeneration: true,
  columns: [
    nameColumn(),
    column('Controller', ({ spec }) => spec?.controller ?? ''),
    column('Parameters', parametersOf),
    ageColumn(),
  ],
});

const classAnnotation = 'kubernetes.io/ingress.class';

function ingressWarnings({ metadata, spec }: Ingress): string[] {
  if (metadata.annotations?.[classAnnotation] === undefined || spec?.ingressClassName !== undefined) return [];
  return [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`];
}

const hostsMax = 3;

function hostsOf(rules: IngressRule[]): string {
  const hosts = rules.map(({ host }) => host ?? '').filter(Boolean);
  if (hosts.length === 0) return '*';
  const shown = hosts.slice(0, hostsMax).join(',');
  return hosts.length > hostsMax ? `${shown} + ${hosts.length - hostsMax} more...` : shown;
}

function addressesOf(points: IngressLoadBalancerIngress[]): string {
  return [...new Set(points.map(({ ip, hostname }) => ip || hostname || '').filter(Boolean))].sort().join(',');
}

function parametersOf({ spec }: IngressClass): string {
  if (!spec?.parameters) return '<none>';
  const { kind, apiGroup, name } = spec.parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}
