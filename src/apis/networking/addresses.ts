// What are network policies, service address ranges and the addresses taken from them to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { ipName } from '../core/ip-rules.ts';
import { defineBuiltIn } from '../definition.ts';
import type { IPAddress, NetworkPolicy, ServiceCIDR } from './generated/v1.ts';
import {
  defaultNetworkPolicy,
  validateIpAddress,
  validateIpAddressUpdate,
  validateNetworkPolicy,
  validateNetworkPolicyUpdate,
  validateServiceCidr,
  validateServiceCidrUpdate,
} from './validation.ts';

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
  validateUpdate: validateNetworkPolicyUpdate,
  hasGeneration: true,
  columns: [nameColumn(), column('Pod-Selector', ({ spec }) => formatLabelSelector(spec?.podSelector)), ageColumn()],
});

export const ipAddress = defineBuiltIn<IPAddress>({
  resource: ipAddresses,
  nameRule: ipName,
  validateCreate: validateIpAddress,
  validateUpdate: validateIpAddressUpdate,
  shortNames: ['ip'],
  columns: [nameColumn(), column('ParentRef', parentOf)],
});

export const serviceCidr = defineBuiltIn<ServiceCIDR>({
  resource: serviceCidrs,
  validateCreate: validateServiceCidr,
  validateUpdate: validateServiceCidrUpdate,
  prepareForCreate: (object) => {
    object.status = {};
  },
  subresources: ['status'],
  statusKeepsMetadata: true,
  columns: [nameColumn(), column('CIDRs', ({ spec }) => (spec?.cidrs ?? []).join(',')), ageColumn()],
});

function parentOf({ spec }: IPAddress): string {
  if (!spec?.parentRef) return '';
  const { group, resource, namespace, name } = spec.parentRef;
  return [group ? `${resource}.${group}` : resource, namespace, name].filter(Boolean).join('/');
}
