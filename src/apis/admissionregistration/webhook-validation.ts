// Which webhook configurations are refused? Upstream's pkg/apis/admissionregistration/validation.

import { duplicate, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain, validateLabelSelector } from '../../apimachinery/validation.ts';
import { named, oneOf, portNumber } from '../field-rules.ts';
import type { RuleWithOperations, ValidatingWebhook, WebhookClientConfig } from './generated/v1.ts';

const timeoutSecondsMax = 30;
const reviewVersions = ['v1', 'v1beta1'];

/** Causes against the webhooks of a configuration. */
export function validateWebhooks(webhooks: readonly ValidatingWebhook[]): StatusCause[] {
  const names = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const at = `webhooks[${index}]`;
    const causes = validateWebhook(webhook, at);
    if (names.has(webhook.name)) causes.push(duplicate(`${at}.name`, webhook.name));
    names.add(webhook.name);
    return causes;
  });
}

function validateWebhook(webhook: ValidatingWebhook, at: string): StatusCause[] {
  const { name, rules, timeoutSeconds, namespaceSelector, objectSelector } = webhook;
  const causes = name ? named(`${at}.name`, name, dns1123Subdomain) : [required(`${at}.name`)];
  if (name && name.split('.').length < 3) {
    causes.push(invalidValue(`${at}.name`, name, 'should be a domain with at least three segments separated by dots'));
  }
  causes.push(...validateReviewVersions(webhook.admissionReviewVersions, `${at}.admissionReviewVersions`));
  causes.push(...(rules ?? []).flatMap((rule, index) => validateRule(rule, `${at}.rules[${index}]`)));
  causes.push(...oneOf(`${at}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']));
  causes.push(...oneOf(`${at}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']));
  if (!webhook.sideEffects) causes.push(required(`${at}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  causes.push(...oneOf(`${at}.sideEffects`, webhook.sideEffects, ['None', 'NoneOnDryRun']));
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > timeoutSecondsMax)) {
    causes.push(
      invalidValue(`${at}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds'),
    );
  }
  if (namespaceSelector) causes.push(...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`));
  if (objectSelector) causes.push(...validateLabelSelector(objectSelector, `${at}.objectSelector`));
  return [...causes, ...validateClientConfig(webhook.clientConfig, `${at}.clientConfig`)];
}

function validateReviewVersions(versions: string[] | undefined, at: string): StatusCause[] {
  if (!versions?.length) return [required(at, `must specify one of ${reviewVersions.join(', ')}`)];
  if (versions.some((version) => reviewVersions.includes(version))) return [];
  return [invalidValue(at, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}

function validateRule(rule: RuleWithOperations, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!rule.operations?.length) causes.push(required(`${at}.operations`));
  for (const [index, operation] of (rule.operations ?? []).entries()) {
    causes.push(...oneOf(`${at}.operations[${index}]`, operation, ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']));
  }
  for (const field of ['apiGroups', 'apiVersions', 'resources'] as const) {
    const values = rule[field] ?? [];
    if (values.length === 0) causes.push(required(`${at}.${field}`));
    if (field !== 'resources' && values.length > 1 && values.includes('*')) {
      causes.push(invalidValue(`${at}.${field}`, values, "if '*' is present, must not specify other " + words[field]));
    }
  }
  return [...causes, ...oneOf(`${at}.scope`, rule.scope, ['*', 'Cluster', 'Namespaced'])];
}

const words = { apiGroups: 'API groups', apiVersions: 'API versions' };

function validateClientConfig({ url, service }: WebhookClientConfig, at: string): StatusCause[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(at, 'exactly one of url or service is required')];
  }
  if (service) {
    const causes: StatusCause[] = [];
    if (!service.name) causes.push(required(`${at}.service.name`, 'service name is required'));
    if (!service.namespace) causes.push(required(`${at}.service.namespace`, 'service namespace is required'));
    return [...causes, ...portNumber(`${at}.service.port`, service.port ?? 443)];
  }
  const form = 'desired format: https://host[:port]/path';
  if (!URL.canParse(url ?? '')) return [required(`${at}.url`, `url must be a valid URL; ${form}`)];
  const { protocol, hash, search, username } = new URL(url ?? '');
  const causes: StatusCause[] = [];
  if (protocol !== 'https:') {
    causes.push(invalidValue(`${at}.url`, protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`));
  }
  if (username) causes.push(invalidValue(`${at}.url`, username, 'user information is not permitted in the URL'));
  if (hash) causes.push(invalidValue(`${at}.url`, hash.slice(1), 'fragments are not permitted in the URL'));
  if (search) causes.push(invalidValue(`${at}.url`, search.slice(1), 'query parameters are not permitted in the URL'));
  return causes;
}
