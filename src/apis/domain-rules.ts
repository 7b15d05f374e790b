// Is a text a domain, or a path below one? Source: apimachinery's util/validation and pkg/apis/core/validation.

import { invalidValue, required, tooLong } from '../apimachinery/field-error.ts';
import type { StatusCause } from '../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, type NameRule } from '../apimachinery/validation.ts';

const segmentsMessage = 'should be a domain with at least two segments separated by dots';

/** A domain of two labels at least, with or without the dot at its end. */
export function fullyQualifiedDomain(field: string, value: string): StatusCause[] {
  if (value === '') return [required(field)];
  const name = value.replace(/\.$/, '');
  const causes = joined(field, name, dns1123Subdomain);
  if (causes.length > 0) return causes;
  const labels = name.split('.');
  if (labels.length < 2) return [invalidValue(field, name, segmentsMessage)];
  return labels.flatMap((label) => joined(field, label, dns1123Label));
}

/** A name of three labels at least. */
export function fullyQualifiedName(field: string, name: string): StatusCause[] {
  if (name === '') return [required(field)];
  const causes = joined(field, name, dns1123Subdomain);
  if (causes.length > 0 || name.split('.').length >= 3) return causes;
  return [invalidValue(field, name, 'should be a domain with at least three segments separated by dots')];
}

function joined(field: string, value: string, rule: NameRule): StatusCause[] {
  const errors = rule(value);
  return errors.length > 0 ? [invalidValue(field, value, errors.join(','))] : [];
}

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** `acme.io/foo`. */
export function domainPrefixedPath(field: string, value: string): StatusCause[] {
  if (value === '') return [required(field)];
  const slash = value.indexOf('/');
  const [host, path] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash <= 0 || path === '')
    return [invalidValue(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const causes = dns1123Subdomain(host).map((message) => invalidValue(field, host, message));
  if (!new RegExp(`^(?:${pathPattern})$`).test(path))
    causes.push(invalidValue(field, path, `Invalid path (regex used for validation is '${pathPattern}')`));
  return causes;
}

const domainMaxBytes = 253;
const signerNameMaxBytes = 571;

/** `example.com/signer-name`. */
export function validateSignerName(field: string, value: string): StatusCause[] {
  if (value === '') return [required(field)];
  const [domain = '', path = '', ...more] = value.split('/');
  if (more.length > 0 || !value.includes('/')) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalidValue(field, value, why)];
  }
  return [
    ...(domain.length > domainMaxBytes ? [tooLong(field, domainMaxBytes)] : []),
    ...firstBadLabel(field, domain, dns1123Label),
    ...(domain.includes('.') ? [] : [invalidValue(field, domain, segmentsMessage)]),
    ...firstBadLabel(field, path, dns1123Subdomain),
    ...(value.length > signerNameMaxBytes ? [tooLong(field, signerNameMaxBytes)] : []),
  ];
}

function firstBadLabel(field: string, value: string, rule: NameRule): StatusCause[] {
  const bad = value.split('.').find((label) => rule(label).length > 0);
  if (bad === undefined) return [];
  return rule(bad).map((message) => invalidValue(field, value, `validating label ${JSON.stringify(bad)}: ${message}`));
}
