// Which ingresses, classes, network policies and address ranges are refused? Upstream's pkg/apis/networking.

import { invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey, validateLabelSelector } from '../../apimachinery/validation.ts';
import { immutable, named, oneOf, portNumber } from '../field-rules.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressRule,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  ServiceCIDR,
} from './generated/v1.ts';

/** Causes against an ingress. */
export function validateIngress({ spec = {} }: Ingress): StatusCause[] {
  const { rules = [], defaultBackend, ingressClassName, tls = [] } = spec;
  const causes: StatusCause[] = [];
  if (rules.length === 0 && !defaultBackend) {
    causes.push(invalidValue('spec', spec, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend) causes.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  causes.push(...rules.flatMap((rule, index) => validateIngressRule(rule, `spec.rules[${index}]`)));
  for (const [index, { hosts = [] }] of tls.entries()) {
    for (const [position, host] of hosts.entries()) {
      causes.push(...validateHost(host, `spec.tls[${index}].hosts[${position}]`));
    }
  }
  if (ingressClassName !== undefined) {
    causes.push(...named('spec.ingressClassName', ingressClassName, dns1123Subdomain));
  }
  return causes;
}

function validateIngressRule({ host, http }: IngressRule, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (host) {
    causes.push(...validateHost(host, `${at}.host`));
    if (/^[\d.]+$/.test(host) || host.includes(':')) {
      causes.push(invalidValue(`${at}.host`, host, 'must be a DNS name, not an IP address'));
    }
  }
  if (!http) return causes;
  if (http.paths.length === 0) causes.push(required(`${at}.http.paths`));
  return [...causes, ...http.paths.flatMap((path, index) => validateIngressPath(path, `${at}.http.paths[${index}]`))];
}

function validateHost(host: string, field: string): StatusCause[] {
  if (!host.startsWith('*')) return named(field, host, dns1123Subdomain);
  const suffix = host.startsWith('*.') ? host.slice(2) : '';
  if (suffix !== '' && dns1123Subdomain(suffix).length === 0) return [];
  const why =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  return [invalidValue(field, host, why)];
}

const invalidPathParts = ['//', '/./', '/../', '%2f', '%2F'];

function validateIngressPath({ path = '', pathType, backend }: HTTPIngressPath, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!pathType) return [required(`${at}.pathType`, 'pathType must be specified')];
  if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) causes.push(invalidValue(`${at}.path`, path, 'must be an absolute path'));
  } else if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) causes.push(invalidValue(`${at}.path`, path, 'must be an absolute path'));
    for (const part of invalidPathParts.filter((each) => path.includes(each))) {
      causes.push(invalidValue(`${at}.path`, path, `must not contain '${part}'`));
    }
  } else {
    causes.push(notSupported(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']));
  }
  return [...causes, ...validateBackend(backend, `${at}.backend`)];
}

function validateBackend({ service, resource }: IngressBackend, at: string): StatusCause[] {
  if (service && resource) {
    return [invalidValue(at, '', 'cannot set both resource and service backends')];
  }
  if (resource) return [];
  if (!service) return [required(at, 'resource or service backend is required')];
  const causes = service.name
    ? named(`${at}.service.name`, service.name, dns1123Label)
    : [required(`${at}.service.name`)];
  const { name, number } = service.port ?? {};
  if (name && number) causes.push(invalidValue(at, '', 'cannot set both port name & port number'));
  else if (number) causes.push(...portNumber(`${at}.service.port.number`, number));
  else if (!name) causes.push(required(at, 'port name or number is required'));
  return causes;
}

/** Causes against an ingress class. */
export function validateIngressClass({ spec }: IngressClass): StatusCause[] {
  const controller = spec?.controller ?? '';
  if (controller === '') return [required('spec.controller')];
  if (controller.length > 250) {
    return [
      { reason: 'FieldValueTooLong', field: 'spec.controller', message: 'Too long: may not be more than 250 bytes' },
    ];
  }
  if (!controller.includes('/')) {
    return [invalidValue('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  return named('spec.controller', controller, (value) => labelKey(value.replace(/\/.*$/s, '/x')));
}

/** Causes against an update of an ingress class. */
export function validateIngressClassUpdate(object: IngressClass, old: IngressClass): StatusCause[] {
  return [
    ...immutable('spec.controller', object.spec?.controller, old.spec?.controller),
    ...validateIngressClass(object),
  ];
}

/** Fills in what directions a policy is about, and the protocol of its ports. */
export function defaultNetworkPolicy({ spec }: NetworkPolicy): void {
  if (!spec) return;
  if (!spec.policyTypes?.length) {
    spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  }
  for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of ports ?? []) port.protocol ||= 'TCP';
  }
}

/** Causes against a network policy. */
export function validateNetworkPolicy({ spec }: NetworkPolicy): StatusCause[] {
  if (!spec) return [];
  const causes = validateLabelSelector(spec.podSelector ?? {}, 'spec.podSelector');
  for (const [index, { ports = [], from = [] }] of (spec.ingress ?? []).entries()) {
    causes.push(...ports.flatMap((port, at) => validatePolicyPort(port, `spec.ingress[${index}].ports[${at}]`)));
    causes.push(...from.flatMap((peer, at) => validatePeer(peer, `spec.ingress[${index}].from[${at}]`)));
  }
  for (const [index, { ports = [], to = [] }] of (spec.egress ?? []).entries()) {
    causes.push(...ports.flatMap((port, at) => validatePolicyPort(port, `spec.egress[${index}].ports[${at}]`)));
    causes.push(...to.flatMap((peer, at) => validatePeer(peer, `spec.egress[${index}].to[${at}]`)));
  }
  if ((spec.policyTypes?.length ?? 0) > 2) {
    return [...causes, invalidValue('spec.policyTypes', spec.policyTypes, 'may not specify more than two policyTypes')];
  }
  return [
    ...causes,
    ...(spec.policyTypes ?? []).flatMap((type, index) =>
      oneOf(`spec.policyTypes[${index}]`, type, ['Egress', 'Ingress']),
    ),
  ];
}

function validatePolicyPort({ protocol, port, endPort }: NetworkPolicyPort, at: string): StatusCause[] {
  const causes = oneOf(`${at}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']);
  if (typeof port === 'number') {
    causes.push(...portNumber(`${at}.port`, port));
    if (endPort !== undefined) {
      if (endPort < port) causes.push(invalidValue(`${at}.endPort`, port, 'must be greater than or equal to `port`'));
      causes.push(...portNumber(`${at}.endPort`, endPort));
    }
  } else if (endPort !== undefined) {
    const why =
      port === undefined
        ? 'may not be specified when `port` is not specified'
        : 'may not be specified when `port` is non-numeric';
    causes.push(invalidValue(`${at}.endPort`, endPort, why));
  }
  return causes;
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (podSelector) causes.push(...validateLabelSelector(podSelector, `${at}.podSelector`));
  if (namespaceSelector) causes.push(...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`));
  if (!podSelector && !namespaceSelector && !ipBlock) causes.push(required(at, 'must specify a peer'));
  if (ipBlock && (podSelector || namespaceSelector)) {
    causes.push({
      reason: 'FieldValueForbidden',
      field: at,
      message: 'Forbidden: may not specify both ipBlock and another peer',
    });
  }
  if (ipBlock && !ipBlock.cidr) causes.push(required(`${at}.ipBlock.cidr`));
  return causes;
}

/** Causes against the address ranges of services. */
export function validateServiceCidr({ spec }: ServiceCIDR): StatusCause[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [required('spec.cidrs', 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalidValue('spec', spec, 'may only hold up to 2 values')];
  return [];
}
