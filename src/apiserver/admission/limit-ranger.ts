// Which amounts does a pod get by default, and which are out of bounds? Source: plugin/pkg/admission/limitranger.

import { canonicalQuantity, compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from '../../apis/core/generated/v1.ts';
import type { ResourceList } from '../../apis/core/resource-list.ts';
import { podAmounts } from '../../apis/quota/usage.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';
import { forbiddenBy } from './forbidden.ts';

const annotation = 'kubernetes.io/limit-ranger';

/** Gives new pods the defaults of the namespace's limit ranges. */
export async function limitDefaults(request: AdmissionRequest): Promise<void> {
  const { verb, operation, object } = request;
  if (verb !== 'CREATE' || operation.entry.groupResource !== 'pods' || operation.info.subresource !== '') return;
  for (const range of await rangesOf(request)) applyDefaults(object as Pod, range);
}

/** Refuses pods and claims whose amounts are out of bounds. */
export async function limitRanger(request: AdmissionRequest): Promise<void> {
  const { verb, operation, object } = request;
  const { entry, info } = operation;
  const isPod = entry.groupResource === 'pods' && verb === 'CREATE' && info.subresource === '';
  const isClaim = entry.groupResource === 'persistentvolumeclaims' && verb !== 'DELETE' && info.subresource === '';
  if (!object || (!isPod && !isClaim)) return;
  const refusals = (await rangesOf(request)).flatMap((range) =>
    isPod ? podRefusals(object as Pod, range) : claimRefusals(object as PersistentVolumeClaim, range),
  );
  if (refusals.length === 0) return;
  const why = refusals.length === 1 ? (refusals[0] ?? '') : `[${refusals.join(', ')}]`;
  throw forbiddenBy(operation, object.metadata.name, { why });
}

async function rangesOf({ operation }: AdmissionRequest): Promise<LimitRange[]> {
  await operation.cache.caughtUp(operation.signal);
  return cachedObjects<LimitRange>(operation, {
    group: '',
    plural: 'limitranges',
    namespace: operation.info.namespace,
  });
}

/** Sets what containers lack, and says so in an annotation of the pod. */
export function applyDefaults(pod: Pod, range: LimitRange): void {
  const items = (range.spec?.limits ?? []).filter(({ type }) => type === 'Container');
  const requests = Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest)) as ResourceList;
  const limits = Object.assign({}, ...items.map(({ default: value }) => value)) as ResourceList;
  const notes = [
    ...(pod.spec?.containers ?? []).flatMap((each) => fill(each, { requests, limits, what: 'container' })),
    ...(pod.spec?.initContainers ?? []).flatMap((each) => fill(each, { requests, limits, what: 'init container' })),
  ];
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join('; ')}`,
  };
}

function fill(
  container: Container,
  defaults: { requests: ResourceList; limits: ResourceList; what: string },
): string[] {
  const resources = (container.resources ??= {});
  const set = (kind: 'requests' | 'limits'): string[] => {
    const missing = Object.keys(defaults[kind]).filter((name) => resources[kind]?.[name] === undefined);
    if (missing.length > 0) resources[kind] = { ...defaults[kind], ...resources[kind] };
    return missing.sort();
  };
  return (['requests', 'limits'] as const).flatMap((kind) => {
    const names = set(kind);
    const one = kind === 'requests' ? 'request' : 'limit';
    return names.length === 0 ? [] : [`${names.join(', ')} ${one} for ${defaults.what} ${container.name}`];
  });
}

/** Why the pod is out of the range's bounds, in upstream's words. */
export function podRefusals(pod: Pod, range: LimitRange): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return (range.spec?.limits ?? []).flatMap((item) => {
    if (item.type === 'Container')
      return containers.flatMap(({ resources }) => bounds(item, resources?.requests ?? {}, resources?.limits ?? {}));
    if (item.type !== 'Pod') return [];
    return bounds(item, podAmounts(pod.spec, 'requests'), podAmounts(pod.spec, 'limits'));
  });
}

function claimRefusals(claim: PersistentVolumeClaim, range: LimitRange): string[] {
  const requests = claim.spec?.resources?.requests ?? {};
  return (range.spec?.limits ?? [])
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap(({ type, min = {}, max = {} }) => [
      ...Object.entries(min).map(([name, bound]) => belowMinimum({ type, name, bound }, requests, {})),
      ...Object.entries(max).map(([name, bound]) => aboveMaximum({ type, name, bound }, requests[name], 'request')),
    ])
    .filter((refusal) => refusal !== undefined);
}

function bounds(item: LimitRangeItem, requests: ResourceList, limits: ResourceList): string[] {
  const { type, min = {}, max = {}, maxLimitRequestRatio = {} } = item;
  return [
    ...Object.entries(min).map(([name, bound]) => belowMinimum({ type, name, bound }, requests, limits)),
    ...Object.entries(max).map(
      ([name, bound]) =>
        aboveMaximum({ type, name, bound }, limits[name], 'limit') ??
        (requests[name] === undefined ? undefined : aboveMaximum({ type, name, bound }, requests[name], 'request')),
    ),
    ...Object.entries(maxLimitRequestRatio).map(([name, bound]) =>
      ratioRefusal({ type, name, bound }, requests, limits),
    ),
  ].filter((refusal) => refusal !== undefined);
}

interface Bound {
  type: string;
  name: string;
  bound: string;
}

const compare = (a: string, b: string): number => compareQuantities(parseQuantity(a), parseQuantity(b));

function belowMinimum({ type, name, bound }: Bound, requests: ResourceList, limits: ResourceList): string | undefined {
  const [request, limit] = [requests[name], limits[name]];
  const start = `minimum ${name} usage per ${type} is ${canonicalQuantity(bound)}`;
  if (request === undefined) return `${start}.  No request is specified`;
  if (compare(request, bound) < 0) return `${start}, but request is ${canonicalQuantity(request)}`;
  if (limit !== undefined && compare(limit, bound) < 0) return `${start}, but limit is ${canonicalQuantity(limit)}`;
  return undefined;
}

function aboveMaximum(
  { type, name, bound }: Bound,
  amount: string | undefined,
  what: 'request' | 'limit',
): string | undefined {
  const start = `maximum ${name} usage per ${type} is ${canonicalQuantity(bound)}`;
  if (amount === undefined) return `${start}.  No ${what} is specified`;
  return compare(amount, bound) > 0 ? `${start}, but ${what} is ${canonicalQuantity(amount)}` : undefined;
}

function ratioRefusal({ type, name, bound }: Bound, requests: ResourceList, limits: ResourceList): string | undefined {
  const start = `${name} max limit to request ratio per ${type} is ${canonicalQuantity(bound)}, but`;
  const [request, limit, most] = [requests[name] ?? '0', limits[name] ?? '0', bound].map(
    (text) => parseQuantity(text).nanos,
  );
  if (!request) return `${start} no request is specified or request is 0`;
  if (!limit) return `${start} no limit is specified or limit is 0`;
  const ratio = Number(limit) / Number(request);
  return ratio > Number(most) / 1e9 ? `${start} provided ratio is ${ratio.toFixed(6)}` : undefined;
}
