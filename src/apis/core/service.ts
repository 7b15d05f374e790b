// What is a service to the API server? Its address is admission's to choose.

import { formatLabels } from '../../apimachinery/selectors.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { services } from '../resources.ts';
import { warnBalancer } from './address-warnings.ts';
import type { Service, ServicePort } from './generated/v1.ts';
import { validateLoadBalancer } from './load-balancer-status.ts';
import { validateAddressChange } from './service-addresses.ts';
import { isExternal, needsNodePort } from './service-facts.ts';
import { validateService } from './service-validation.ts';
import { serviceWarnings } from './service-warnings.ts';

const affinitySeconds = 10_800;

export const service = defineResource<Service>({
  resource: services,
  listKind: 'ServiceList',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  subresources: ['status', 'proxy'],
  schemaName: 'io.k8s.api.core.v1.Service',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  nameRule: dns1123Label,
  columns: [
    nameColumn(),
    column('Type', ({ spec }) => spec?.type ?? ''),
    column('Cluster-IP', ({ spec }) => spec?.clusterIPs?.[0] ?? '<none>'),
    column('External-IP', externalIps),
    column('Port(s)', ({ spec }) => (spec?.ports ?? []).map(formatPort).join(',') || '<none>'),
    ageColumn(),
    wideColumn('Selector', ({ spec }) => formatLabels(spec?.selector)),
  ],
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
  applyDefaults: defaultService,
  prepareForCreate: (object) => {
    object.status = { loadBalancer: {} };
  },
  validateCreate: (object) => validateService(object),
  validateUpdate: (object, old) => [
    ...validateAddressChange(object.spec ?? {}, old.spec ?? {}),
    ...validateService(object, old),
  ],
  validateStatus: (object, old) => validateLoadBalancer(object, old),
  warnings: (object) => serviceWarnings(object),
  statusWarnings: ({ status }) => warnBalancer(status?.loadBalancer?.ingress),
});

function defaultService({ spec, status }: Service): void {
  if (!spec) return;
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinitySeconds } };
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (isExternal(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'ClusterIP' || needsNodePort(spec)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}

function externalIps({ spec, status }: Service): string {
  const own = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return own.join(',') || '<none>';
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || '')
        .filter(Boolean);
      return [...new Set(ingress), ...own].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function formatPort({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}
