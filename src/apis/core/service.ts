// What is a service to the API server? Its address is admission's to choose.

import { duplicate, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { formatLabels } from '../../apimachinery/selectors.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1035Label, dns1123Label } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { services } from '../resources.ts';
import type { Service, ServicePort } from './generated/v1.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

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
  nameRule: dns1035Label,
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
  validateCreate: validateService,
  validateUpdate: (object, old) => {
    const causes = validateService(object);
    const oldIp = old.spec?.clusterIP;
    if (
      oldIp &&
      old.spec?.type !== 'ExternalName' &&
      object.spec?.type !== 'ExternalName' &&
      object.spec?.clusterIP !== oldIp
    ) {
      causes.push(invalidValue('spec.clusterIPs[0]', object.spec?.clusterIPs ?? null, 'may not change once set'));
    }
    return causes;
  },
});

function defaultService({ spec }: Service): void {
  if (!spec) return;
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (spec.type === 'ExternalName') return;
  spec.internalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ClusterIP') spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.clusterIP && !spec.clusterIPs) spec.clusterIPs = [spec.clusterIP];
  if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ||= 'SingleStack';
}

function validateService({ spec }: Service): StatusCause[] {
  if (!spec) return [required('spec')];
  const causes: StatusCause[] = [];
  if (!types.includes(spec.type ?? '')) causes.push(notSupported('spec.type', spec.type, types));
  const isHeadless = spec.clusterIP === 'None';
  if (!spec.ports?.length && !isHeadless && spec.type !== 'ExternalName') causes.push(required('spec.ports'));
  if (spec.type === 'ExternalName' && !spec.externalName) causes.push(required('spec.externalName'));
  if (isHeadless && (spec.type === 'NodePort' || spec.type === 'LoadBalancer')) {
    causes.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  const names = new Set<string>();
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const at = `spec.ports[${index}]`;
    causes.push(...validatePort(port, at, spec.ports?.length ?? 0));
    if (port.name && names.has(port.name)) causes.push(duplicate(`${at}.name`, port.name));
    if (port.name) names.add(port.name);
  }
  return causes;
}

function validatePort(port: ServicePort, at: string, count: number): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!port.name && count > 1) causes.push(required(`${at}.name`));
  if (port.name)
    causes.push(...dns1123Label(port.name).map((message) => invalidValue(`${at}.name`, port.name, message)));
  if (!(port.port >= 1 && port.port <= 65535)) {
    causes.push(invalidValue(`${at}.port`, port.port, 'must be between 1 and 65535, inclusive'));
  }
  if (!['SCTP', 'TCP', 'UDP'].includes(port.protocol ?? '')) {
    causes.push(notSupported(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  }
  return causes;
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
