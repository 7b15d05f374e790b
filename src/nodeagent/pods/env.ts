// What does a container's environment look like? Pure, once secrets and config maps were read.

import { ownField, setField } from '../../apimachinery/json-fields.ts';
import { quantityToMillis, quantityToNumber } from '../../apimachinery/quantity.ts';
import type {
  ConfigMap,
  Container,
  EnvVar,
  ObjectFieldSelector,
  Pod,
  ResourceFieldSelector,
  Secret,
} from '../../apis/core/generated/v1.ts';

/** What the pod's container may refer to; undefined: it does not exist. */
export interface EnvSources {
  secret: (name: string) => Secret | undefined;
  configMap: (name: string) => ConfigMap | undefined;
  /** Node's address, for status.hostIP and status.podIP. */
  address: string;
  /** Stands in for limits that the container does not set. */
  allocatable: { cpu: string; memory: string };
}

/** A reference leads nowhere: the container waits with reason CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/** Variables of `container`, in Kubernetes' order: envFrom, then env, later ones winning. Throws ContainerConfigError. */
export function containerEnv(pod: Pod, container: Container, sources: EnvSources): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef ? configMapData(sources, configMapRef) : secretRef ? secretData(sources, secretRef) : {};
    for (const [key, value] of Object.entries(data)) setField(env, `${prefix}${key}`, value);
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, { pod, container, sources, env });
    if (value !== undefined) setField(env, variable.name, value);
  }
  return env;
}

interface ValueContext {
  pod: Pod;
  container: Container;
  sources: EnvSources;
  env: Record<string, string>;
}

function valueOf(
  { name, value, valueFrom }: EnvVar,
  { pod, container, sources, env }: ValueContext,
): string | undefined {
  if (!valueFrom) return expandVariables(value ?? '', env);
  const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (secretKeyRef) return keyOf('secret', secretData(sources, secretKeyRef), secretKeyRef);
  if (configMapKeyRef) return keyOf('configmap', configMapData(sources, configMapKeyRef), configMapKeyRef);
  if (fieldRef) return fieldValue(pod, fieldRef, sources.address);
  if (resourceFieldRef) return resourceValue(pod, resourceFieldRef, { container, allocatable: sources.allocatable });
  throw new ContainerConfigError(`environment variable ${name}: this source is not supported`);
}

interface KeyRef {
  name?: string;
  key: string;
  optional?: boolean;
}

function keyOf(kind: string, data: Record<string, string>, { name, key, optional }: KeyRef): string | undefined {
  const value = ownField(data, key);
  if (value === undefined && !optional) throw new ContainerConfigError(`couldn't find key ${key} in ${kind} ${name}`);
  return value;
}

type SourceRef = { name?: string; optional?: boolean };

function secretData(sources: EnvSources, { name = '', optional }: SourceRef): Record<string, string> {
  const secret = sources.secret(name);
  if (!secret && !optional) throw new ContainerConfigError(`secret "${name}" not found`);
  const data = Object.entries(secret?.data ?? {});
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

function configMapData(sources: EnvSources, { name = '', optional }: SourceRef): Record<string, string> {
  const configMap = sources.configMap(name);
  if (!configMap && !optional) throw new ContainerConfigError(`configmap "${name}" not found`);
  return configMap?.data ?? {};
}

/** `$(NAME)` replaced by its value where it has one; `$$(NAME)` is a literal `$(NAME)`. As k8s.io/kubernetes/third_party/forked/golang/expansion. */
export function expandVariables(text: string, env: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) =>
    match === '$$' ? '$' : (ownField(env, name ?? '') ?? match),
  );
}

/** A downward API field of the pod. Throws ContainerConfigError for a field that there is not. */
export function fieldValue(pod: Pod, { fieldPath }: Pick<ObjectFieldSelector, 'fieldPath'>, address: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath) ?? [];
  if (map && key) return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  const fields: Record<string, () => string> = {
    'metadata.name': () => pod.metadata.name,
    'metadata.namespace': () => pod.metadata.namespace ?? '',
    'metadata.uid': () => pod.metadata.uid,
    'metadata.labels': () => formatMap(pod.metadata.labels),
    'metadata.annotations': () => formatMap(pod.metadata.annotations),
    'spec.nodeName': () => pod.spec?.nodeName ?? '',
    'spec.serviceAccountName': () => pod.spec?.serviceAccountName ?? 'default',
    'status.hostIP': () => address,
    'status.hostIPs': () => address,
    'status.podIP': () => address,
    'status.podIPs': () => address,
  };
  const read = fields[fieldPath];
  if (!read) throw new ContainerConfigError(`unsupported fieldPath: ${fieldPath}`);
  return read();
}

function formatMap(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

export interface ResourceContext {
  /** Stands in when the selector names no container. */
  container?: Container;
  allocatable: { cpu: string; memory: string };
}

/** A request or limit of a container, in units of the divisor, rounded up. */
export function resourceValue(
  pod: Pod,
  selector: ResourceFieldSelector,
  { container, allocatable }: ResourceContext,
): string {
  const { containerName, resource, divisor = '1' } = selector;
  const named = containerName ? pod.spec?.containers.find((one) => one.name === containerName) : container;
  if (!named) throw new ContainerConfigError(`container ${containerName ?? ''} not found`);
  const [kind, name] = resource.split('.') as ['limits' | 'requests', string];
  const own =
    named.resources?.[kind]?.[name] ?? (kind === 'requests' ? undefined : allocatable[name as 'cpu' | 'memory']);
  const unit = divisor === '0' ? '1' : divisor;
  if (name === 'cpu') return String(Math.ceil(quantityToMillis(own ?? '0') / quantityToMillis(unit)));
  return String(Math.ceil(quantityToNumber(own ?? '0') / quantityToNumber(unit)));
}
