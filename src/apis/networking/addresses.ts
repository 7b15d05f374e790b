// What are network policies, service address ranges and the addresses taken from them to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { ipName } from '../core/ip-rules.ts';
import { defineBuiltIn } from '../definition.ts';
import { immutable } from '../field-rules.ts';
import type { IPAddress, NetworkPolicy, ServiceCIDR } from './generated/v1.ts';
import { defaultNetworkPolicy, validateNetworkPolicy, validateServiceCidr } from './validation.ts';

const networking = { group: 'networking.k8s.io', version: 'v1' } as const;
const networkPolicies: Resource<NetworkPolicy> = {
  ...networking,
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
};
const ipAddresses: Resource<IPAddress> = {
  ...networking,
  plural: 'ipaddresses',
  kind: 'IPAddress',
  namespaced: false,
};
const serviceCidrs: Resource<ServiceCIDR> = {
  ...networking,
  plural: 'servicecidrs',
  kind: 'ServiceCIDR',
  namespaced: false,
};

export const networkPolicy = defineBuiltIn<NetworkPolicy>({
  resource: networkPolicies,
  shortNames: ['netpol'],
  applyDefaults: defaultNetworkPolicy,
  validateCreate: validateNetworkPolicy,
  validateUpdate: validateNetworkPolicy,
  hasGeneration: true,
  columns: [nameColumn(), column('Pod-Selector', ({ spec }) => formatLabelSelector(spec?.podSelector)), ageColumn()],
});

export const ipAddress = defineBuiltIn<IPAddress>({
  resource: ipAddresses,
  nameRule: ipName,
  shortNames: ['ip'],
  columns: [nameColumn(), column('ParentRef', parentOf)],
});

export const serviceCidr = defineBuiltIn<ServiceCIDR>({
  resource: serviceCidrs,
  validateCreate: validateServiceCidr,
  validateUpdate: (object, old) => [
    ...immutable('spec.cidrs', object.spec?.cidrs, old.spec?.cidrs),
    ...validateServiceCidr(object),
  ],
  prepareForCreate: (object) => {
    object.status = {};
  },
  subresources: ['status'],
  columns: [nameColumn(), column('CIDRs', ({ spec }) => (spec?.cidrs ?? []).join(',')), ageColumn()],
});

function parentOf({ spec }: IPAddress): string {
  if (!spec?.parentRef) return '';
  const { group, resource, namespace, name } = spec.parentRef;
  return [group ? `${resource}.${group}` : resource, namespace, name].filter(Boolean).join('/');
}
