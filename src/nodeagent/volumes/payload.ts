// Which files are in a secret, configMap, downwardAPI or projected volume? Pure.

import { ownField, setField } from '../../apimachinery/json-fields.ts';
import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../../apis/core/generated/v1.ts';
import { fieldValue, resourceValue } from '../pods/env.ts';

export interface PayloadFile {
  data: Buffer;
  mode: number;
}

/** Files by path relative to the volume. */
export type Payload = Record<string, PayloadFile>;

export interface PayloadSources {
  secret: (name: string) => Secret | undefined;
  configMap: (name: string) => ConfigMap | undefined;
  /** Token for a projection of the volume's pod. */
  token?: (projection: ServiceAccountTokenProjection) => string | undefined;
  address: string;
  allocatable: { cpu: string; memory: string };
}

/** The volume cannot be set up yet; event FailedMount says why. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
}

// Kubernetes' default of defaultMode.
const modeDefault = 0o644;

/** Files of one volume; undefined if it is not of such a kind. Throws PayloadError. */
export function payloadOf(pod: Pod, volume: Volume, sources: PayloadSources): Payload | undefined {
  const { secret, configMap, downwardAPI, projected } = volume;
  if (secret) return secretFiles({ ...secret, name: secret.secretName }, sources, secret.defaultMode);
  if (configMap) return configMapFiles(configMap, sources, configMap.defaultMode);
  if (downwardAPI)
    return downwardFiles(pod, downwardAPI.items ?? [], { sources, mode: downwardAPI.defaultMode ?? modeDefault });
  if (!projected) return undefined;
  const files: Payload = {};
  for (const source of projected.sources ?? [])
    Object.assign(files, projection(pod, source, { sources, mode: projected.defaultMode }));
  return files;
}

function projection(
  pod: Pod,
  source: VolumeProjection,
  at: { sources: PayloadSources; mode: number | undefined },
): Payload {
  if (source.secret) return secretFiles(source.secret, at.sources, at.mode);
  if (source.configMap) return configMapFiles(source.configMap, at.sources, at.mode);
  if (source.downwardAPI)
    return downwardFiles(pod, source.downwardAPI.items ?? [], { sources: at.sources, mode: at.mode ?? modeDefault });
  if (source.serviceAccountToken) return tokenFile(source.serviceAccountToken, at);
  throw new PayloadError(
    'projected volume: this node supports the sources secret, configMap, downwardAPI and serviceAccountToken only',
  );
}

function tokenFile(
  source: ServiceAccountTokenProjection,
  { sources, mode = modeDefault }: { sources: PayloadSources; mode: number | undefined },
): Payload {
  const token = sources.token?.(source);
  if (token === undefined) throw new PayloadError('failed to fetch token: the API has given none');
  return { [checkedPath(source.path)]: { data: Buffer.from(token), mode } };
}

interface KeyedSource {
  name?: string | undefined;
  items?: KeyToPath[];
  optional?: boolean;
}

function secretFiles(source: KeyedSource, sources: PayloadSources, mode: number | undefined): Payload {
  const secret = sources.secret(source.name ?? '');
  if (!secret && !source.optional) throw new PayloadError(`secret "${source.name}" not found`);
  const data = Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
  return keyedFiles(`secret "${source.name}"`, Object.fromEntries(data), { ...source, mode });
}

function configMapFiles(source: KeyedSource, sources: PayloadSources, mode: number | undefined): Payload {
  const configMap = sources.configMap(source.name ?? '');
  if (!configMap && !source.optional) throw new PayloadError(`configmap "${source.name}" not found`);
  const data: Record<string, Buffer> = {};
  for (const [key, value] of Object.entries(configMap?.data ?? {})) setField(data, key, Buffer.from(value));
  for (const [key, value] of Object.entries(configMap?.binaryData ?? {}))
    setField(data, key, Buffer.from(value, 'base64'));
  return keyedFiles(`configmap "${source.name}"`, data, { ...source, mode });
}

function keyedFiles(
  owner: string,
  data: Record<string, Buffer>,
  options: KeyedSource & { mode: number | undefined },
): Payload {
  const mode = options.mode ?? modeDefault;
  if (!options.items)
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, { data: value, mode }]));
  const files: Payload = {};
  for (const item of options.items) {
    const value = ownField(data, item.key);
    if (value !== undefined) files[checkedPath(item.path)] = { data: value, mode: item.mode ?? mode };
    else if (!options.optional) throw new PayloadError(`references non-existent ${owner} key: ${item.key}`);
  }
  return files;
}

function downwardFiles(
  pod: Pod,
  items: DownwardAPIVolumeFile[],
  { sources, mode }: { sources: PayloadSources; mode: number },
): Payload {
  const files: Payload = {};
  for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
    const text = fieldRef
      ? fieldValue(pod, fieldRef, sources.address)
      : resourceFieldRef
        ? resourceValue(pod, resourceFieldRef, { allocatable: sources.allocatable })
        : '';
    files[checkedPath(path)] = { data: Buffer.from(text), mode: own ?? mode };
  }
  return files;
}

function checkedPath(path: string): string {
  if (path.startsWith('/') || path.split('/').some((part) => part === '..' || part === '')) {
    throw new PayloadError(`invalid path "${path}": it must be relative and may not contain '..'`);
  }
  return path;
}
