// Which ingresses and classes of them are refused? Upstream's pkg/apis/networking/validation.

import { isIP } from 'node:net';
import { forbidden, invalidValue, notSupported, required, tooLong } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, type NameRule, pathSegment, portName } from '../../apimachinery/validation.ts';
import { validateIp, withoutZeros } from '../core/ip-rules.ts';
import { domainPrefixedPath } from '../domain-rules.ts';
import { immutable, named, portNumber } from '../field-rules.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressClassParametersReference,
  IngressLoadBalancerIngress,
  IngressRule,
  IngressTLS,
} from './generated/v1.ts';

/** Old ingresses may have these, and keep them. */
interface Allowed {
  badSecretNames: boolean;
  badWildcardRules: boolean;
}

const nothing: Allowed = { badSecretNames: false, badWildcardRules: false };
const classAnnotation = 'kubernetes.io/ingress.class';

/** Causes against a new ingress. */
export function validateIngress(ingress: Ingress): StatusCause[] {
  const { metadata, spec } = ingress;
  const annotation = metadata.annotations?.[classAnnotation];
  const isOther =
    annotation !== undefined && spec?.ingressClassName !== undefined && annotation !== spec.ingressClassName;
  const why = 'must match `ingressClassName` when both are specified';
  return [
    ...validateSpec(ingress, nothing),
    ...(isOther ? [invalidValue(`annotations.${classAnnotation}`, annotation, why)] : []),
  ];
}

/** Causes against an update of an ingress. */
export function validateIngressUpdate(ingress: Ingress, { spec: old = {} }: Ingress): StatusCause[] {
  return validateSpec(ingress, {
    badSecretNames: (old.tls ?? []).some(({ secretName }) => secretName && dns1123Subdomain(secretName).length > 0),
    badWildcardRules: (old.rules ?? []).some(
      (rule) => rule.host?.includes('*') && validateRuleValue(rule, 'rule').length > 0,
    ),
  });
}

/** Causes against the points at which an ingress is reached; addresses that were there before are not looked at. */
export function validateIngressStatus({ status }: Ingress, old: Ingress): StatusCause[] {
  const points = (of: Ingress['status']): IngressLoadBalancerIngress[] => of?.loadBalancer?.ingress ?? [];
  const before = points(old.status).map(({ ip }) => ip ?? '');
  return points(status).flatMap(({ ip = '', hostname = '' }, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    return [
      ...(ip === '' ? [] : validateIp(`${at}.ip`, ip, before)),
      ...(hostname === ''
        ? []
        : [...named(`${at}.hostname`, hostname, dns1123Subdomain), ...noIp(`${at}.hostname`, hostname)]),
    ];
  });
}

function validateSpec({ spec = {} }: Ingress, allowed: Allowed): StatusCause[] {
  const { rules = [], defaultBackend, ingressClassName, tls = [] } = spec;
  const causes: StatusCause[] = [];
  if (rules.length === 0 && !defaultBackend)
    causes.push(invalidValue('spec', undefined, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) causes.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  causes.push(...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`, allowed)));
  causes.push(...tls.flatMap((each, index) => validateTls(each, `spec.tls[${index}]`, allowed)));
  if (ingressClassName !== undefined)
    causes.push(...named('spec.ingressClassName', ingressClassName, dns1123Subdomain));
  return causes;
}

function validateTls({ hosts = [], secretName = '' }: IngressTLS, at: string, allowed: Allowed): StatusCause[] {
  const causes = hosts.flatMap((host, index) => named(`${at}.hosts[${index}]`, host, hostRule(host)));
  if (secretName === '' || allowed.badSecretNames) return causes;
  return [...causes, ...named(`${at}.secretName`, secretName, dns1123Subdomain)];
}

function validateRule(rule: IngressRule, at: string, { badWildcardRules }: Allowed): StatusCause[] {
  const { host = '' } = rule;
  const causes = host === '' ? [] : [...noIp(`${at}.host`, host), ...named(`${at}.host`, host, hostRule(host))];
  return host.includes('*') && badWildcardRules ? causes : [...causes, ...validateRuleValue(rule, at)];
}

function noIp(field: string, host: string): StatusCause[] {
  return isIP(withoutZeros(host)) === 0 ? [] : [invalidValue(field, host, 'must be a DNS name, not an IP address')];
}

const hostRule = (host: string): NameRule => (host.includes('*') ? wildcardHost : dns1123Subdomain);

const wildcardPattern = '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const wildcardMessage =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";

const wildcardHost: NameRule = (host) => [
  ...(host.length > 253 ? ['must be no more than 253 characters'] : []),
  ...(new RegExp(`^(?:${wildcardPattern})$`).test(host)
    ? []
    : [`${wildcardMessage} (e.g. '*.example.com', regex used for validation is '${wildcardPattern}')`]),
];

function validateRuleValue({ http }: IngressRule, at: string): StatusCause[] {
  if (!http) return [];
  const causes = http.paths.length === 0 ? [required(`${at}.http.paths`)] : [];
  return [...causes, ...http.paths.flatMap((path, index) => validatePath(path, `${at}.http.paths[${index}]`))];
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badParts = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

function validatePath({ path = '', pathType, backend }: HTTPIngressPath, at: string): StatusCause[] {
  if ((pathType as string | undefined) === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  if (!pathTypes.includes(pathType))
    return [notSupported(`${at}.pathType`, pathType, pathTypes), ...validateBackend(backend, `${at}.backend`)];
  const isStrict = pathType !== 'ImplementationSpecific';
  const reasons = [
    ...(path.startsWith('/') || (path === '' && !isStrict) ? [] : ['must be an absolute path']),
    ...(isStrict ? badParts.filter((part) => path.includes(part)).map((part) => `must not contain '${part}'`) : []),
    ...(isStrict ? badEnds.filter((end) => path.endsWith(end)).map((end) => `cannot end with '${end}'`) : []),
  ];
  return [...reasons.map((why) => invalidValue(`${at}.path`, path, why)), ...validateBackend(backend, `${at}.backend`)];
}

function validateBackend({ service, resource }: IngressBackend, at: string): StatusCause[] {
  if (service && resource) return [invalidValue(at, '', 'cannot set both resource and service backends')];
  if (resource) return validateReference(resource, `${at}.resource`);
  if (!service) return [invalidValue(at, '', 'resource or service backend is required')];
  const causes = service.name
    ? named(`${at}.service.name`, service.name, dns1123Label)
    : [required(`${at}.service.name`)];
  const { name, number } = service.port ?? {};
  if (name && number) causes.push(invalidValue(at, '', 'cannot set both port name & port number'));
  else if (name) causes.push(...named(`${at}.service.port.name`, name, portName));
  else if (number) causes.push(...portNumber(`${at}.service.port.number`, number));
  else causes.push(required(at, 'port name or number is required'));
  return causes;
}

function validateReference(
  { apiGroup, kind, name }: Partial<Pick<IngressClassParametersReference, 'apiGroup' | 'kind' | 'name'>>,
  at: string,
): StatusCause[] {
  const segment = (field: string, value: string | undefined): StatusCause[] =>
    value ? named(field, value, pathSegment) : [required(field)];
  return [
    ...(apiGroup === undefined ? [] : named(`${at}.apiGroup`, apiGroup, dns1123Subdomain)),
    ...segment(`${at}.kind`, kind),
    ...segment(`${at}.name`, name),
  ];
}

const controllerMaxBytes = 250;

/** Causes against an ingress class. */
export function validateIngressClass({ spec }: IngressClass): StatusCause[] {
  const controller = spec?.controller ?? '';
  return [
    ...(controller.length > controllerMaxBytes ? [tooLong('spec.controller', controllerMaxBytes)] : []),
    ...domainPrefixedPath('spec.controller', controller),
    ...(spec?.parameters ? validateParameters(spec.parameters, 'spec.parameters') : []),
  ];
}

const scopes = ['Cluster', 'Namespace'];

function validateParameters(parameters: IngressClassParametersReference, at: string): StatusCause[] {
  const { scope, namespace } = parameters;
  const causes = validateReference(parameters, at);
  if (scope === undefined) return [...causes, required(`${at}.scope`)];
  if (!scopes.includes(scope)) return [...causes, notSupported(`${at}.scope`, scope, scopes)];
  const set = `\`parameters.scope\` is set to '${scope}'`;
  if (scope === 'Namespace' && namespace === undefined) return [...causes, required(`${at}.namespace`, set)];
  if (scope === 'Namespace') return [...causes, ...named(`${at}.namespace`, namespace ?? '', dns1123Label)];
  return namespace === undefined ? causes : [...causes, forbidden(`${at}.namespace`, set)];
}

/** Causes against an update of an ingress class. */
export function validateIngressClassUpdate(object: IngressClass, old: IngressClass): StatusCause[] {
  return [
    ...immutable('spec.controller', object.spec?.controller ?? '', old.spec?.controller ?? ''),
    ...validateIngressClass(object),
  ];
}
