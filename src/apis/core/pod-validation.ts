// Which pods are refused? The essentials of upstream's pkg/apis/core/validation ValidatePodSpec.

import { duplicate, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, validateLabels } from '../../apimachinery/validation.ts';
import { oneOf } from '../field-rules.ts';
import { validateIds } from './container-parts.ts';
import { validateContainers } from './container-validation.ts';
import { validateEphemeralContainers } from './ephemeral-containers.ts';
import type { Pod, PodSpec, Toleration } from './generated/v1.ts';
import { validatePlacement } from './placement-validation.ts';
import { validateVolumes } from './volume-validation.ts';

/** Causes against a new pod. */
export function validatePod(pod: Pod): StatusCause[] {
  if (!pod.spec) return [required('spec')];
  const causes = validatePodSpec(pod.spec, 'spec');
  if (pod.spec.ephemeralContainers?.length)
    causes.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  return causes;
}

/** Causes against a pod spec, wherever it stands. */
export function validatePodSpec(spec: PodSpec, path: string): StatusCause[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const causes = validateVolumes(spec.volumes ?? [], `${path}.volumes`);
  if (!spec.containers?.length) causes.push(required(`${path}.containers`));
  causes.push(...validateContainers(spec.containers ?? [], volumes, `${path}.containers`));
  const names = new Set((spec.containers ?? []).map((container) => container.name));
  for (const [index, { name }] of (spec.initContainers ?? []).entries()) {
    if (names.has(name)) causes.push(duplicate(`${path}.initContainers[${index}].name`, name));
  }
  causes.push(...validateContainers(spec.initContainers ?? [], volumes, `${path}.initContainers`));
  causes.push(...validateEphemeralContainers(spec, volumes, `${path}.ephemeralContainers`));
  causes.push(...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']));
  causes.push(
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
  );
  if (spec.securityContext) causes.push(...validateIds(spec.securityContext, `${path}.securityContext`));
  for (const [field, name, rule] of [
    ['serviceAccountName', spec.serviceAccountName, dns1123Subdomain],
    ['nodeName', spec.nodeName, dns1123Subdomain],
    ['hostname', spec.hostname, dns1123Label],
    ['subdomain', spec.subdomain, dns1123Label],
    ['priorityClassName', spec.priorityClassName, dns1123Subdomain],
    ['runtimeClassName', spec.runtimeClassName, dns1123Subdomain],
  ] as const) {
    if (name) causes.push(...rule(name).map((message) => invalidValue(`${path}.${field}`, name, message)));
  }
  causes.push(...validateLabels(spec.nodeSelector ?? {}, `${path}.nodeSelector`));
  causes.push(...validatePlacement(spec, path));
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0) {
    causes.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'));
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    causes.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'));
  }
  for (const [index, toleration] of (spec.tolerations ?? []).entries()) {
    causes.push(...validateToleration(toleration, `${path}.tolerations[${index}]`));
  }
  return causes;
}

function validateToleration(toleration: Toleration, at: string): StatusCause[] {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  const causes: StatusCause[] = [];
  if (!key && operator !== 'Exists') {
    causes.push(
      invalidValue(
        `${at}.operator`,
        operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    causes.push(
      invalidValue(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    );
  }
  if (operator === 'Exists' && value) {
    causes.push(invalidValue(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
  }
  return [...causes, ...oneOf(`${at}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])];
}
