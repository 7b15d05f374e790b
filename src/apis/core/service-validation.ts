// Is a service well formed? Source: ValidateService of pkg/apis/core/validation, in its order.

import { duplicate, forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey, portName, validateLabels } from '../../apimachinery/validation.ts';
import { named, oneOf, portNumber } from '../field-rules.ts';
import type { Service, ServicePort, ServiceSpec } from './generated/v1.ts';
import { specialIp, validateCidr, validateIp } from './ip-rules.ts';
import { validateServiceAddresses } from './service-addresses.ts';
import { onlyBalanced, validateBalancerClass } from './service-balancer.ts';
import { isExternal, isHeadless, needsHealthCheck } from './service-facts.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const affinityMaxSeconds = 86_400;
const hintsAnnotation = 'service.kubernetes.io/topology-aware-hints';
const modeAnnotation = 'service.kubernetes.io/topology-mode';
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** What is wrong with the service; what `old` had already may stay. */
export function validateService(service: Service, old?: Service): StatusCause[] {
  const { spec = {} } = service;
  const ports = spec.ports ?? [];
  return [
    ...validateTopology(service),
    ...validateType(spec),
    ...ports.flatMap((port, index) => validatePort(port, `spec.ports[${index}]`, ports.length > 1)),
    ...repeatedNames(ports),
    ...validateLabels(spec.selector ?? {}, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateServiceAddresses(spec, old?.spec),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => {
      const field = `spec.externalIPs[${index}]`;
      const causes = validateIp(field, ip, old?.spec?.externalIPs);
      return causes.length > 0 ? causes : specialIp(field, ip);
    }),
    ...(spec.type ? oneOf('spec.type', spec.type, types) : [required('spec.type')]),
    ...validatePortUse(spec),
    ...validateSourceRanges(service, old),
    ...(spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer'
      ? [forbidden('spec.allocateLoadBalancerNodePorts', onlyBalanced)]
      : []),
    ...validateBalancerClass(spec),
    ...validateExternalTraffic(spec),
    ...(spec.internalTrafficPolicy === undefined
      ? []
      : supported('spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local'])),
    ...(spec.trafficDistribution === undefined
      ? []
      : supported('spec.trafficDistribution', spec.trafficDistribution, distributions)),
  ];
}

/** A value out of a fixed set, as upstream lists it; an empty one is none of them. */
function supported(field: string, value: string, values: readonly string[]): StatusCause[] {
  return values.includes(value) ? [] : [notSupported(field, value, values)];
}

function validateTopology({ metadata }: Service): StatusCause[] {
  const { [hintsAnnotation]: hints, [modeAnnotation]: mode } = metadata.annotations ?? {};
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const why = `must match annotations[${hintsAnnotation}] when both are specified`;
  return [invalidValue(`metadata.annotations[${modeAnnotation}]`, mode, why)];
}

function validateType(spec: ServiceSpec): StatusCause[] {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = '' } = spec;
  const causes: StatusCause[] = [];
  if (!spec.ports?.length && !isHeadless(spec) && type !== 'ExternalName') causes.push(required('spec.ports'));
  if (isHeadless(spec) && (type === 'LoadBalancer' || type === 'NodePort'))
    causes.push(invalidValue('spec.clusterIPs[0]', clusterIPs[0], `may not be set to 'None' for ${type} services`));
  if (type !== 'ExternalName') return causes;
  const notHere = 'may not be set for ExternalName services';
  if (clusterIPs.length > 0) causes.push(forbidden('spec.clusterIPs', notHere));
  if (ipFamilies.length > 0) causes.push(forbidden('spec.ipFamilies', notHere));
  if (ipFamilyPolicy !== undefined) causes.push(forbidden('spec.ipFamilyPolicy', notHere));
  const name = externalName.replace(/\.$/, '');
  causes.push(...(name ? named('spec.externalName', name, dns1123Subdomain) : [required('spec.externalName')]));
  return causes;
}

function validatePort(port: ServicePort, at: string, isNameRequired: boolean): StatusCause[] {
  const causes: StatusCause[] = [];
  if (port.name) causes.push(...named(`${at}.name`, port.name, dns1123Label));
  else if (isNameRequired) causes.push(required(`${at}.name`));
  causes.push(...portNumber(`${at}.port`, port.port));
  causes.push(...(port.protocol ? oneOf(`${at}.protocol`, port.protocol, protocols) : [required(`${at}.protocol`)]));
  const { targetPort = 0 } = port;
  causes.push(
    ...(typeof targetPort === 'number'
      ? portNumber(`${at}.targetPort`, targetPort)
      : named(`${at}.targetPort`, targetPort, portName)),
  );
  if (port.appProtocol !== undefined) causes.push(...named(`${at}.appProtocol`, port.appProtocol, labelKey));
  return causes;
}

function repeatedNames(ports: readonly ServicePort[]): StatusCause[] {
  const seen = new Set<string>();
  return ports.flatMap(({ name }, index) => {
    if (!name || seen.size === seen.add(name).size - 1) return [];
    return [duplicate(`spec.ports[${index}].name`, name)];
  });
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): StatusCause[] {
  const at = 'spec.sessionAffinityConfig';
  if (!sessionAffinity) return [required('spec.sessionAffinity')];
  const causes = oneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']);
  if (sessionAffinity === 'None' && config)
    return [...causes, forbidden(at, 'must not be set when session affinity is None')];
  if (sessionAffinity !== 'ClientIP') return causes;
  const when = 'when session affinity type is ClientIP';
  if (!config) return [required(at, when)];
  if (!config.clientIP) return [required(`${at}.clientIP`, when)];
  const { timeoutSeconds } = config.clientIP;
  if (timeoutSeconds === undefined) return [required(`${at}.clientIP.timeoutSeconds`, when)];
  if (timeoutSeconds > 0 && timeoutSeconds <= affinityMaxSeconds) return causes;
  const why = `must be greater than 0 and less than ${affinityMaxSeconds}`;
  return [...causes, invalidValue(`${at}.clientIP.timeoutSeconds`, timeoutSeconds, why)];
}

/** Node ports where there may be none, and pairs of protocol and port that come twice. */
function validatePortUse({ type, ports = [] }: ServiceSpec): StatusCause[] {
  const causes: StatusCause[] = [];
  const at = (index: number): string => `spec.ports[${index}]`;
  for (const [index, { nodePort }] of ports.entries()) {
    if (type === 'ClusterIP' && nodePort)
      causes.push(forbidden(`${at(index)}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
  }
  const nodePorts = new Set<string>();
  for (const [index, { protocol, nodePort }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol} ${nodePort}`;
    if (nodePorts.has(key)) causes.push(duplicate(`${at(index)}.nodePort`, nodePort));
    nodePorts.add(key);
  }
  const pairs = new Set<string>();
  for (const [index, { protocol, port }] of ports.entries()) {
    const key = `${protocol} ${port}`;
    // As Go's internal type is written.
    const whole = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    if (pairs.has(key)) causes.push(duplicate(at(index), whole));
    pairs.add(key);
  }
  return causes;
}

function validateSourceRanges({ metadata, spec = {} }: Service, old: Service | undefined): StatusCause[] {
  const field = 'spec.LoadBalancerSourceRanges';
  const isBalanced = spec.type === 'LoadBalancer';
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    const before = (old?.spec?.loadBalancerSourceRanges ?? []).map((each) => each.trim());
    return [
      ...(isBalanced ? [] : [forbidden(field, onlyBalanced)]),
      ...ranges.flatMap((range, index) => validateCidr(`${field}[${index}]`, range.trim(), before)),
    ];
  }
  const annotation = metadata.annotations?.[rangesAnnotation];
  if (annotation === undefined) return [];
  const at = `metadata.annotations[${rangesAnnotation}]`;
  const isSame = old?.metadata.annotations?.[rangesAnnotation] === annotation;
  const listed = isSame || annotation.trim() === '' ? [] : annotation.trim().split(',');
  return [
    ...(isBalanced ? [] : [forbidden(at, onlyBalanced)]),
    ...listed.flatMap((range) => validateCidr(at, range.trim())),
  ];
}

function validateExternalTraffic(spec: ServiceSpec): StatusCause[] {
  const causes: StatusCause[] = [];
  const { externalTrafficPolicy: policy, healthCheckNodePort: port } = spec;
  const [policyField, portField] = ['spec.externalTrafficPolicy', 'spec.healthCheckNodePort'];
  if (!isExternal(spec)) {
    if (policy) causes.push(invalidValue(policyField, policy, 'may only be set for externally-accessible services'));
  } else if (!policy) causes.push(required(policyField));
  else causes.push(...oneOf(policyField, policy, ['Cluster', 'Local']));
  if (needsHealthCheck(spec)) causes.push(...(port ? portNumber(portField, port) : [required(portField)]));
  else if (port) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    causes.push(invalidValue(portField, port, why));
  }
  return causes;
}
