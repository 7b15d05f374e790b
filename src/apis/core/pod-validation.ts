// Which pods are refused? Source: pkg/apis/core/validation ValidatePodCreate and ValidatePodSpec.

import { duplicate, forbidden, invalidValue, notSupported, required, tooLong } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import {
  dns1123Label,
  dns1123Subdomain,
  dns1123SubdomainWithUnderscore,
  labelKey,
  labelValue,
  type NameRule,
  validateLabels,
} from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import { validateFileVolumes } from './container-env.ts';
import { validateContainerResources } from './container-resources.ts';
import { validateHostUsers, validatePodSecurityContext } from './container-security.ts';
import { validateContainers, validateInitContainers } from './container-validation.ts';
import { validateEphemeralContainers } from './ephemeral-containers.ts';
import type { Pod, PodDNSConfig, PodResourceClaim, PodSpec, Toleration } from './generated/v1.ts';
import { validateIp } from './ip-rules.ts';
import { validatePlacement } from './placement-validation.ts';
import { validateOnlyForPods, validatePodAnnotations, validateProfilesMatch } from './pod-annotations.ts';
import { validatePodResources } from './pod-resources.ts';
import { taintEffects } from './taints.ts';
import { validateVolumes } from './volume-validation.ts';
import { validateHostProcesses, validateOs } from './windows.ts';

const int32Max = 2 ** 31 - 1;
const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** Causes against a new pod. */
export function validatePod(pod: Pod): StatusCause[] {
  const { spec, metadata } = pod;
  if (!spec) return [required('spec')];
  const causes = validateWholePod(pod);
  if (spec.ephemeralContainers?.length) causes.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && spec.schedulingGates?.length)
    causes.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return [...causes, ...validateProfilesMatch(metadata.annotations ?? {}, spec, 'spec')];
}

/** Causes against a pod, new or changed. */
export function validateWholePod({ metadata, spec }: Pod): StatusCause[] {
  if (!spec) return [required('spec')];
  return [
    ...validatePodAnnotations(metadata.annotations ?? {}, spec, 'metadata.annotations'),
    ...validatePodSpec(spec, 'spec', { podName: metadata.name, isPod: true }),
    ...validateOnlyForPods(spec, 'spec'),
  ];
}

/** Causes against a pod spec, wherever it stands; with `isPod` false in a template. */
export function validatePodSpec(
  spec: PodSpec,
  path: string,
  { podName, isPod = false }: { podName?: string; isPod?: boolean } = {},
): StatusCause[] {
  const grace = spec.terminationGracePeriodSeconds;
  const causes = grace === undefined ? [required(`${path}.terminationGracePeriodSeconds`)] : [];
  const { causes: ofVolumes, valid } = validateVolumes(spec.volumes ?? [], `${path}.volumes`, { podName, isPod });
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean));
  const context = { spec, volumes: valid, claims };
  causes.push(...ofVolumes, ...claimCauses(spec.resourceClaims ?? [], `${path}.resourceClaims`));
  causes.push(...validateContainers(context, `${path}.containers`));
  causes.push(...validateInitContainers(context, `${path}.initContainers`));
  causes.push(...validateEphemeralContainers(context, `${path}.ephemeralContainers`));
  if (spec.containers) causes.push(...validatePodResources(spec, claims, `${path}.resources`));
  causes.push(...hostNetworkCauses(spec, path, isPod));
  causes.push(...chosen(spec.restartPolicy, `${path}.restartPolicy`, restartPolicies));
  causes.push(...chosen(spec.dnsPolicy, `${path}.dnsPolicy`, dnsPolicies));
  causes.push(...validateLabels(spec.nodeSelector ?? {}, `${path}.nodeSelector`));
  causes.push(...validatePodSecurityContext(spec, `${path}.securityContext`));
  causes.push(...dnsCauses(spec, `${path}.dnsConfig`));
  causes.push(...gateCauses(spec, path));
  causes.push(...validatePlacement(spec, path));
  causes.push(...validateHostProcesses(spec, path), ...validateHostUsers(spec, path));
  causes.push(...overrideCauses(spec, path), ...nameCauses(spec, path), ...lastCauses(spec, path));
  return [...causes, ...validateFileVolumes(spec, path)];
}

/** The name that its containers see, in place of its own. */
function overrideCauses({ hostnameOverride: name, ...spec }: PodSpec, path: string): StatusCause[] {
  if (name === undefined) return [];
  const field = `${path}.hostnameOverride`;
  return [
    ...(spec.setHostnameAsFQDN ? [forbidden(field, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(spec.hostNetwork ? [forbidden(field, 'may not be specified when hostNetwork is true')] : []),
    ...(Buffer.byteLength(name) > overrideMaxBytes ? [tooLong(field, overrideMaxBytes)] : []),
    ...named(field, name, dns1123Subdomain),
  ];
}

const overrideMaxBytes = 64;

/** A value that must be there, and be one of these. */
function chosen(value: string | undefined, field: string, all: string[]): StatusCause[] {
  if (!value) return [required(field)];
  return all.includes(value) ? [] : [notSupported(field, value, all)];
}

function claimCauses(claims: PodResourceClaim[], path: string): StatusCause[] {
  const seen = new Set<string>();
  return claims.flatMap((claim, index) => {
    const at = `${path}[${index}]`;
    const { name, resourceClaimName: own, resourceClaimTemplateName: template } = claim;
    // Go's own type, which the message shows, has no names for JSON.
    const asInGo = { Name: name, ResourceClaimName: own ?? null, ResourceClaimTemplateName: template ?? null };
    const causes: StatusCause[] = [];
    if (!name) causes.push(required(`${at}.name`));
    else if (seen.has(name)) causes.push(duplicate(`${at}.name`, name));
    else causes.push(...named(`${at}.name`, name, dns1123Label));
    seen.add(name);
    if (own !== undefined && template !== undefined) {
      const why = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      causes.push(invalidValue(at, asInGo, why));
    }
    if (own === undefined && template === undefined)
      causes.push(invalidValue(at, asInGo, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    if (own !== undefined) causes.push(...named(`${at}.resourceClaimName`, own, dns1123Subdomain));
    if (template !== undefined) causes.push(...named(`${at}.resourceClaimTemplateName`, template, dns1123Subdomain));
    return causes;
  });
}

/** A pod on the network of its node has the ports that it has there; a template may leave them to the pod's defaults. */
function hostNetworkCauses({ hostNetwork, containers }: PodSpec, path: string, isPod: boolean): StatusCause[] {
  if (!hostNetwork) return [];
  return (containers ?? []).flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort = 0, containerPort }, index) => {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) return [];
      const field = `${path}.containers[${container}].ports[${index}].hostPort`;
      return [invalidValue(field, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

function dnsCauses({ dnsConfig, dnsPolicy }: PodSpec, at: string): StatusCause[] {
  if (dnsPolicy === 'None' && !dnsConfig) return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if (dnsPolicy === 'None' && !dnsConfig?.nameservers?.length)
    return [required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  return dnsConfig ? dnsConfigCauses(dnsConfig, at) : [];
}

function dnsConfigCauses({ nameservers = [], searches = [], options = [] }: PodDNSConfig, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (nameservers.length > 3)
    causes.push(invalidValue(`${at}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  for (const [index, each] of nameservers.entries()) causes.push(...validateIp(`${at}.nameservers[${index}]`, each));
  if (searches.length > 32)
    causes.push(invalidValue(`${at}.searches`, searches, 'must not have more than 32 search paths'));
  if (searches.join(' ').length > 2048)
    causes.push(
      invalidValue(
        `${at}.searches`,
        searches,
        'must not have more than 2048 characters (including spaces) in the search list',
      ),
    );
  for (const [index, each] of searches.entries())
    if (each !== '.')
      causes.push(...named(`${at}.searches[${index}]`, each.replace(/\.$/, ''), dns1123SubdomainWithUnderscore));
  for (const [index, { name }] of options.entries())
    if (!name) causes.push(required(`${at}.options[${index}]`, 'must not be empty'));
  return causes;
}

function gateCauses({ readinessGates = [], schedulingGates = [] }: PodSpec, path: string): StatusCause[] {
  const causes = readinessGates.flatMap(({ conditionType }, index) =>
    named(`${path}.readinessGates[${index}].conditionType`, conditionType ?? '', labelKey),
  );
  const seen = new Set<string>();
  for (const [index, { name = '' }] of schedulingGates.entries()) {
    const field = `${path}.schedulingGates[${index}]`;
    causes.push(...named(field, name, labelKey));
    if (seen.has(name)) causes.push(duplicate(field, name));
    seen.add(name);
  }
  return causes;
}

function nameCauses(spec: PodSpec, path: string): StatusCause[] {
  const check = (field: 'serviceAccountName' | 'nodeName' | 'hostname' | 'subdomain', rule: NameRule) => {
    const name = spec[field];
    return name ? named(`${path}.${field}`, name, rule) : [];
  };
  const deadline = spec.activeDeadlineSeconds;
  const isInRange = deadline === undefined || (deadline >= 1 && deadline <= int32Max);
  return [
    ...check('serviceAccountName', dns1123Subdomain),
    ...check('nodeName', dns1123Subdomain),
    ...(isInRange
      ? []
      : [invalidValue(`${path}.activeDeadlineSeconds`, deadline, `must be between 1 and ${int32Max}, inclusive`)]),
    ...check('hostname', dns1123Label),
    ...check('subdomain', dns1123Label),
  ];
}

function lastCauses(spec: PodSpec, path: string): StatusCause[] {
  const { hostAliases = [], priorityClassName, runtimeClassName, preemptionPolicy, overhead } = spec;
  const causes = validateTolerations(spec.tolerations ?? [], `${path}.tolerations`);
  for (const [index, { ip, hostnames = [] }] of hostAliases.entries()) {
    const at = `${path}.hostAliases[${index}]`;
    causes.push(...validateIp(`${at}.ip`, ip ?? ''));
    causes.push(...hostnames.flatMap((name, i) => named(`${at}.hostnames[${i}]`, name, dns1123Subdomain)));
  }
  if (priorityClassName) causes.push(...named(`${path}.priorityClassName`, priorityClassName, dns1123Subdomain));
  if (runtimeClassName !== undefined)
    causes.push(...named(`${path}.runtimeClassName`, runtimeClassName, dns1123Subdomain));
  if (preemptionPolicy !== undefined)
    causes.push(...chosen(preemptionPolicy, `${path}.preemptionPolicy`, ['PreemptLowerPriority', 'Never']));
  if (overhead)
    causes.push(...validateContainerResources({ limits: overhead }, { at: `${path}.overhead`, claims: new Set() }));
  return [...causes, ...validateOs(spec, path)];
}

/** Causes against the taints that a pod bears. */
export function validateTolerations(tolerations: Toleration[], path: string): StatusCause[] {
  return tolerations.flatMap((toleration, index) => tolerationCauses(toleration, `${path}[${index}]`));
}

const comparing = ['Lt', 'Gt'];

function tolerationCauses(toleration: Toleration, at: string): StatusCause[] {
  const { key, operator = '', value = '', effect, tolerationSeconds } = toleration;
  const causes = key ? named(`${at}.key`, key, labelKey) : [];
  if (!key && operator !== 'Exists') {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    causes.push(invalidValue(`${at}.operator`, operator, why));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    causes.push(invalidValue(`${at}.effect`, effect ?? '', why));
  }
  if (operator === 'Equal' || operator === '') {
    const wrong = labelValue(value);
    if (wrong.length > 0) causes.push(invalidValue(`${at}.operator`, value, wrong.join(';')));
  } else if (operator !== 'Exists') {
    // Both that compare belong to a closed feature gate, and are told of only to who knows them.
    const known = comparing.includes(operator) ? ['Equal', 'Exists', ...comparing] : ['Equal', 'Exists'];
    causes.push(notSupported(`${at}.operator`, operator, known));
  }
  if (operator === 'Exists' && value)
    causes.push(invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  if (effect && !taintEffects.includes(effect)) causes.push(notSupported(`${at}.effect`, effect, taintEffects));
  return causes;
}
