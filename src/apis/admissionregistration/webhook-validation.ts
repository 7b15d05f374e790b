// Which webhook configurations are refused? Upstream's pkg/apis/admissionregistration/validation.

import { duplicate, invalidValue, notSupported, required, tooMany } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1035Label, labelKey, validateLabelSelector } from '../../apimachinery/validation.ts';
import { fullyQualifiedName } from '../domain-rules.ts';
import { named } from '../field-rules.ts';
import { serviceRules, urlRules } from '../webhook-address.ts';
import type { MatchCondition, MutatingWebhook, WebhookClientConfig } from './generated/v1.ts';
import { among, failurePolicies, matchPolicies, reinvocationPolicies, validateRule } from './rule-validation.ts';

const timeoutSecondsMax = 30;
const conditionsMax = 64;
const reviewVersions = ['v1', 'v1beta1'];
const sideEffects = ['None', 'NoneOnDryRun'];

/** Of either kind. */
export type Webhook = Partial<MutatingWebhook>;

/** Causes against the webhooks of a configuration, but for what their conditions say. */
export function validateWebhooks(webhooks: readonly Webhook[]): StatusCause[] {
  const names = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const at = `webhooks[${index}]`;
    const { name = '', admissionReviewVersions } = webhook;
    const causes = [
      ...validateWebhook(webhook, at),
      ...validateReviewVersions(admissionReviewVersions ?? [], `${at}.admissionReviewVersions`),
    ];
    if (name !== '' && names.has(name)) causes.push(duplicate(`${at}.name`, name));
    names.add(name);
    return causes;
  });
}

function validateWebhook(webhook: Webhook, at: string): StatusCause[] {
  const { name = '', rules = [], timeoutSeconds, namespaceSelector, objectSelector } = webhook;
  const isTimeout = timeoutSeconds === undefined || (timeoutSeconds >= 1 && timeoutSeconds <= timeoutSecondsMax);
  const timeoutWhy = `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`;
  return [
    ...fullyQualifiedName(`${at}.name`, name),
    ...rules.flatMap((rule, index) => validateRule(rule, `${at}.rules[${index}]`)),
    ...among(`${at}.failurePolicy`, webhook.failurePolicy, failurePolicies),
    ...among(`${at}.matchPolicy`, webhook.matchPolicy, matchPolicies),
    ...validateSideEffects(webhook.sideEffects, `${at}.sideEffects`),
    ...(isTimeout ? [] : [invalidValue(`${at}.timeoutSeconds`, timeoutSeconds, timeoutWhy)]),
    ...(namespaceSelector ? validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`) : []),
    ...(objectSelector ? validateLabelSelector(objectSelector, `${at}.objectSelector`) : []),
    ...among(`${at}.reinvocationPolicy`, webhook.reinvocationPolicy, reinvocationPolicies),
    ...validateClientConfig(webhook.clientConfig ?? {}, `${at}.clientConfig`),
    ...validateConditions(webhook.matchConditions ?? [], `${at}.matchConditions`),
  ];
}

function validateSideEffects(value: string | undefined, field: string): StatusCause[] {
  if (value === undefined) return [required(field, `must specify one of ${sideEffects.join(', ')}`)];
  return sideEffects.includes(value) ? [] : [notSupported(field, value, sideEffects)];
}

function validateReviewVersions(versions: readonly string[], at: string): StatusCause[] {
  if (versions.length === 0) return [required(at, `must specify one of ${reviewVersions.join(', ')}`)];
  const causes = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalidValue(`${at}[${index}]`, version, 'duplicate version')]
      : named(`${at}[${index}]`, version, dns1035Label),
  );
  if (versions.some((version) => reviewVersions.includes(version))) return causes;
  return [...causes, invalidValue(at, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}

function validateClientConfig({ url, service }: Partial<WebhookClientConfig>, at: string): StatusCause[] {
  if ((url === undefined) === (service === undefined))
    return [required(at, 'exactly one of url or service is required')];
  if (url !== undefined) return urlRules(url, `${at}.url`);
  // Upstream takes the name for the namespace here, and the other way round.
  const { name: namespace = '', namespace: name = '', ...rest } = service ?? {};
  return serviceRules({ ...rest, name, namespace }, `${at}.service`);
}

/** Causes against conditions, but for what their expressions say. */
export function validateConditions(conditions: readonly MatchCondition[], at: string): StatusCause[] {
  const names = new Set<string>();
  return [
    ...(conditions.length > conditionsMax ? [tooMany(at, conditions.length, conditionsMax)] : []),
    ...conditions.flatMap(({ name, expression }, index) => {
      const causes = expression.trim() === '' ? [required(`${at}[${index}].expression`)] : [];
      const field = `${at}[${index}].name`;
      causes.push(...(name === '' ? [required(field)] : named(field, name, labelKey)));
      if (name !== '' && names.has(name)) causes.push(duplicate(field, name));
      names.add(name);
      return causes;
    }),
  ];
}
