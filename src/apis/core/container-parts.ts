// Which environments, security contexts and lifecycle hooks of a container are refused?
// Parts of upstream's ValidateContainers.

import { invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { Container, EnvVar, LifecycleHandler, PodSecurityContext, SecurityContext } from './generated/v1.ts';

const idMax = 2 ** 31 - 1;
const terminationPolicies = ['FallbackToLogsOnError', 'File'];
const envNameMessage =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";

/** Causes against the parts of a container that the kubelet hands to its processes. */
export function validateContainerParts(container: Container, at: string): StatusCause[] {
  const { env = [], securityContext, lifecycle, terminationMessagePolicy } = container;
  const causes = env.flatMap((variable, index) => validateEnv(variable, `${at}.env[${index}]`));
  for (const hook of ['postStart', 'preStop'] as const) {
    if (lifecycle?.[hook]) causes.push(...validateHook(lifecycle[hook], `${at}.lifecycle.${hook}`));
  }
  if (terminationMessagePolicy && !terminationPolicies.includes(terminationMessagePolicy)) {
    causes.push(notSupported(`${at}.terminationMessagePolicy`, terminationMessagePolicy, terminationPolicies));
  }
  if (securityContext) causes.push(...validateSecurityContext(securityContext, `${at}.securityContext`));
  return causes;
}

function validateEnv({ name, value, valueFrom }: EnvVar, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!name) causes.push(required(`${at}.name`));
  else if (!/^[ -<>-~]+$/.test(name)) causes.push(invalidValue(`${at}.name`, name, envNameMessage));
  if (!valueFrom) return causes;
  const sources = Object.values(valueFrom).filter((source) => source !== undefined).length;
  if (sources === 0) {
    const choice = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    causes.push(invalidValue(`${at}.valueFrom`, '', choice));
  } else if (value) {
    causes.push(invalidValue(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
  } else if (sources > 1) {
    causes.push(invalidValue(`${at}.valueFrom`, '', 'may not have more than one field specified at a time'));
  }
  for (const field of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = valueFrom[field];
    if (reference && !reference.name) causes.push(required(`${at}.valueFrom.${field}.name`));
    if (reference && !reference.key) causes.push(required(`${at}.valueFrom.${field}.key`));
  }
  if (valueFrom.fieldRef && !valueFrom.fieldRef.fieldPath) {
    causes.push(required(`${at}.valueFrom.fieldRef.fieldPath`));
  }
  return causes;
}

function validateHook(hook: LifecycleHandler, at: string): StatusCause[] {
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'sleep'] as const).filter((name) => hook[name]);
  const causes: StatusCause[] = [];
  if (handlers.length === 0) causes.push(required(at, 'must specify a handler type'));
  for (const extra of handlers.slice(1)) {
    causes.push({
      reason: 'FieldValueForbidden',
      field: `${at}.${extra}`,
      message: 'Forbidden: may not specify more than 1 handler type',
    });
  }
  if (hook.exec && !hook.exec.command?.length) causes.push(required(`${at}.exec.command`));
  return causes;
}

function validateSecurityContext(context: SecurityContext, at: string): StatusCause[] {
  const causes = validateIds(context, at);
  if (context.allowPrivilegeEscalation !== false) return causes;
  if (context.privileged) {
    causes.push(invalidValue(at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  }
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    causes.push(invalidValue(at, context, why));
  }
  return causes;
}

/** Causes against user and group numbers, of a container or a pod. */
export function validateIds(context: SecurityContext & PodSecurityContext, at: string): StatusCause[] {
  return (['runAsUser', 'runAsGroup', 'fsGroup'] as const).flatMap((field) => {
    const id = context[field];
    if (id === undefined || (id >= 0 && id <= idMax)) return [];
    return [invalidValue(`${at}.${field}`, id, `must be between 0 and ${idMax}, inclusive`)];
  });
}
