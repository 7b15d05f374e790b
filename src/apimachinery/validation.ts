// Is a name, label or annotation well formed? Rules and message texts of apimachinery's
// util/validation, api/validation and apis/meta/v1/validation.

import { forbidden, invalidValue, required, tooLong } from './field-error.ts';
import type { LabelSelector } from './meta.ts';
import type { StatusCause } from './status-error.ts';

const qualifiedNameMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const labelValueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const dns1123LabelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const dns1123SubdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const dns1035LabelMessage =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const annotationsMaxBytes = 256 * 1024;

/** What is wrong with a value; empty means valid. */
export type NameRule = (value: string) => string[];

function regexError(message: string, pattern: string, ...examples: string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (${quoted && `e.g. ${quoted}`}regex used for validation is '${pattern}')`;
}

function maxLength(length: number): string {
  return `must be no more than ${length} characters`;
}

/** Keys and values of labels are counted in bytes. */
function maxBytes(length: number): string {
  return `must be no more than ${length} bytes`;
}

const inBytes = (message: string): string => message.replace(maxLength(253), maxBytes(253));
const matches = (pattern: string, value: string): boolean => new RegExp(`^(?:${pattern})$`).test(value);

/** Names and labels recur: so many that were found valid need not be looked at again. */
const rememberedMax = 1000;

function remembering(rule: NameRule): NameRule {
  const valid = new Set<string>();
  return (value) => {
    if (valid.has(value)) return [];
    const errors = rule(value);
    if (errors.length > 0) return errors;
    if (valid.size >= rememberedMax) valid.clear();
    valid.add(value);
    return errors;
  };
}

/** Names of namespaces and containers: at most 63 lower-case letters, digits and `-`. */
export const dns1123Label: NameRule = remembering((value) => {
  const errors = value.length > 63 ? [maxLength(63)] : [];
  if (matches(label, value)) return errors;
  if (matches(subdomain, value)) return [...errors, 'must not contain dots'];
  return [...errors, regexError(dns1123LabelMessage, label, 'my-name', '123-abc')];
});

/** Names of most objects: at most 253 bytes of DNS labels with dots between. */
export const dns1123Subdomain: NameRule = remembering((value) => [
  ...(value.length > 253 ? [maxLength(253)] : []),
  ...(matches(subdomain, value) ? [] : [regexError(dns1123SubdomainMessage, subdomain, 'example.com')]),
]);

const underscored = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const subdomainWithUnderscores = `${underscored}(\\.${underscored})*`;

/** Search paths of name resolution: a DNS subdomain whose labels may hold `_`. */
export const dns1123SubdomainWithUnderscore: NameRule = (value) => {
  const message = dns1123SubdomainMessage.replace("'-' or", "'_', '-' or");
  return [
    ...(value.length > 253 ? [maxLength(253)] : []),
    ...(matches(subdomainWithUnderscores, value) ? [] : [regexError(message, subdomainWithUnderscores, 'example.com')]),
  ];
};

/** Names of ports: at most 15 lower-case letters, digits and `-`, one letter at least. */
export const portName: NameRule = (value) => [
  ...(value.length > 15 ? [maxLength(15)] : []),
  ...(matches('[-a-z0-9]+', value) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
  ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
  ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
  ...(value.startsWith('-') || value.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
];

const headerNameMessage = "a valid HTTP header must consist of alphanumeric characters or '-'";

/** Names of HTTP headers. */
export const httpHeaderName: NameRule = (value) =>
  matches('[-A-Za-z0-9]+', value) ? [] : [regexError(headerNameMessage, '[-A-Za-z0-9]+', 'X-Header-Name')];

const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** A path below a domain: `acme.io/foo`. */
export function validateDomainPrefixedPath(value: string, path: string): StatusCause[] {
  if (value === '') return [required(path)];
  const [, host = '', below = ''] = /^([^/]*)\/(.*)$/s.exec(value) ?? [];
  if (!host || !below) return [invalidValue(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [
    ...dns1123Subdomain(host).map((message) => invalidValue(path, host, message)),
    ...(matches(httpPath, below) ? [] : [invalidValue(path, below, regexError('Invalid path', httpPath))]),
  ];
}

/** Names of services: a DNS label that starts with a letter. */
export const dns1035Label: NameRule = (value) => [
  ...(value.length > 63 ? [maxLength(63)] : []),
  ...(matches('[a-z]([-a-z0-9]*[a-z0-9])?', value)
    ? []
    : [regexError(dns1035LabelMessage, '[a-z]([-a-z0-9]*[a-z0-9])?', 'my-name', 'abc-123')]),
];

/** Keys of labels and annotations: `[prefix/]name`. */
export const labelKey: NameRule = remembering((value) => {
  const parts = value.split('/');
  const errors: string[] = [];
  const shape = regexError(qualifiedNameMessage, qualifiedName, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2) {
    return [`a valid label key ${shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts[parts.length - 1] ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') errors.push('prefix part must be non-empty');
    else errors.push(...dns1123Subdomain(prefix).map((message) => `prefix part ${inBytes(message)}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > 63) errors.push(`name part ${maxBytes(63)}`);
  if (!matches(qualifiedName, name)) errors.push(`name part ${shape}`);
  return errors;
});

/** Values of labels: empty, or at most 63 bytes. */
export const labelValue: NameRule = remembering((value) => [
  ...(value.length > 63 ? [maxBytes(63)] : []),
  ...(matches(`(${qualifiedName})?`, value)
    ? []
    : [regexError(labelValueMessage, `(${qualifiedName})?`, 'MyValue', 'my_value', '12345')]),
]);

/** What may stand in a URL path: the loosest rule for names. */
export const pathSegment: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return pathSegmentPrefix(value);
};

/** The same about what such a name begins with. */
export const pathSegmentPrefix: NameRule = (value) => [
  ...(value.includes('/') ? ["may not contain '/'"] : []),
  ...(value.includes('%') ? ["may not contain '%'"] : []),
];

/** Keys and values of a map of labels. */
export function validateLabels(labels: Record<string, string>, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const key of Object.keys(labels)) {
    const value = labels[key] as string;
    for (const message of labelKey(key)) causes.push(invalidValue(path, key, message));
    for (const message of labelValue(value)) causes.push(invalidValue(path, value, message));
  }
  return causes;
}

/** Keys of annotations and their total size. */
export function validateAnnotations(annotations: Record<string, string>, path: string): StatusCause[] {
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...Object.keys(annotations).flatMap((key) =>
      labelKey(key.toLowerCase()).map((message) => invalidValue(path, key, message)),
    ),
    ...(bytes > annotationsMaxBytes ? [tooLong(path, annotationsMaxBytes)] : []),
  ];
}

/** A LabelSelector object as it stands in a spec. */
export function validateLabelSelector(selector: LabelSelector, path: string): StatusCause[] {
  const causes = validateLabels(selector.matchLabels ?? {}, `${path}.matchLabels`);
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        causes.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        causes.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else {
      causes.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
    }
    causes.push(...labelKey(key).map((message) => invalidValue(`${at}.key`, key, message)));
    for (const [position, value] of values.entries()) {
      causes.push(...labelValue(value).map((message) => invalidValue(`${at}.values[${position}]`, value, message)));
    }
  }
  return causes;
}
