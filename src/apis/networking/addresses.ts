// What are network policies, service address ranges and the addresses taken from them to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { warnCidr } from '../core/address-warnings.ts';
import { ipName } from '../core/ip-rules.ts';
import { defineBuiltIn } from '../definition.ts';
import type { IPAddress, NetworkPolicy, NetworkPolicyPeer, NetworkPolicySpec, ServiceCIDR } from './generated/v1.ts';
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
  warnings: ({ spec }) => networkPolicyWarnings(spec),
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

function networkPolicyWarnings({ ingress = [], egress = [] }: NetworkPolicySpec = {}): string[] {
  const look = (peers: NetworkPolicyPeer[] | undefined, path: string): string[] =>
    (peers ?? []).flatMap(({ ipBlock }, index) => {
      const at = `${path}[${index}].ipBlock`;
      const except = ipBlock?.except ?? [];
      if (!ipBlock) return [];
      return [
        ...warnCidr(`${at}.cidr`, ipBlock.cidr),
        ...except.flatMap((range, i) => warnCidr(`${at}.except[${i}]`, range)),
      ];
    });
  return [
    ...ingress.flatMap(({ from }, index) => look(from, `spec.ingress[${index}].from`)),
    ...egress.flatMap(({ to }, index) => look(to, `spec.egress[${index}].to`)),
  ];
}

function parentOf({ spec }: IPAddress): string {
  if (!spec?.parentRef) return '';
  const { group, resource, namespace, name } = spec.parentRef;
  return [group ? `${resource}.${group}` : resource, namespace, name].filter(Boolean).join('/');
}
