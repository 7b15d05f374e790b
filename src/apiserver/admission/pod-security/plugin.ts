// May this pod run in its namespace, and do the namespace's labels make sense?
// Source: k8s.io/pod-security-admission/admission.

import { controllerOf, type KubeObject } from '../../../apimachinery/meta.ts';
import type { CronJob } from '../../../apis/batch/generated/v1.ts';
import type { Container, Namespace, Pod, PodTemplateSpec } from '../../../apis/core/generated/v1.ts';
import type { Judged } from '../../metrics/pod-security-metrics.ts';
import { cachedObject, cachedObjects } from '../../registry/cached-objects.ts';
import { invalidObject } from '../../registry/incoming.ts';
import type { AdmissionRequest } from '../chain.ts';
import { forbiddenBy } from '../forbidden.ts';
import type { PodShape, Violation } from './check.ts';
import {
  detailText,
  isStricter,
  type LevelVersion,
  levelText,
  type Mode,
  type Policy,
  policyOf,
  versionText,
  violationsOf,
} from './policy.ts';

/** Of annotations in the audit log. */
const prefix = 'pod-security.kubernetes.io/';

const ignoredSubresources = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);

/** Kinds that hold a template of a pod, and where. */
const templates: Record<string, (object: KubeObject) => PodTemplateSpec | undefined> = {
  podtemplates: (object) => (object as { template?: PodTemplateSpec }).template,
  'cronjobs.batch': (object) => (object as CronJob).spec?.jobTemplate?.spec?.template,
};
for (const name of [
  'replicationcontrollers',
  'replicasets.apps',
  'deployments.apps',
  'daemonsets.apps',
  'statefulsets.apps',
  'jobs.batch',
]) {
  templates[name] = (object) => (object as { spec?: { template?: PodTemplateSpec } }).spec?.template;
}

/** Pods of a namespace that are looked at when its level is raised. */
const podsToCheckMax = 3000;

export function podSecurity(request: AdmissionRequest): Promise<void> | undefined {
  const { verb, operation } = request;
  if (verb === 'DELETE') return undefined;
  const { entry, info } = operation;
  if (entry.groupResource === 'namespaces') {
    if (info.subresource === '') checkNamespace(request);
    return undefined;
  }
  const templateOf = info.subresource === '' ? templates[entry.groupResource] : undefined;
  if (templateOf) return whenCurrent(operation, () => checkTemplate(request, templateOf));
  const isPod = entry.groupResource === 'pods' && !ignoredSubresources.has(info.subresource);
  return isPod ? whenCurrent(operation, () => checkPod(request)) : undefined;
}

/** Levels stand in the labels of namespaces, which others may have changed just now. */
async function whenCurrent({ cache, signal }: AdmissionRequest['operation'], check: () => void): Promise<void> {
  await cache.caughtUp(signal);
  check();
}

/** Pods are refused if they break the enforced level. */
function checkPod(request: AdmissionRequest): void {
  const { verb, operation, object, old } = request;
  const { policy, errors } = policyIn(operation);
  const pod = object as Pod;
  if (isPrivileged(policy) && errors.length === 0)
    return evaluated(request, { mode: 'enforce', level: policy.enforce, isAllowed: true });
  if (!pod.spec) return;
  if (verb === 'UPDATE' && !changesImages(pod, old as Pod)) return;
  if (errors.length > 0) operation.admissions.podSecurity.unread(judged(request));
  const broken = judge({ annotations: pod.metadata.annotations ?? {}, spec: pod.spec });
  const violations = broken(policy.enforce);
  evaluated(request, { mode: 'enforce', level: policy.enforce, isAllowed: violations.length === 0 });
  audit(request, broken, policy.audit);
  if (violations.length > 0) {
    const why = `violates PodSecurity "${levelText(policy.enforce)}": ${detailText(violations)}`;
    throw forbiddenBy(operation, pod.metadata.name, { why });
  }
  warn(request, broken, policy.warn);
}

/** Workloads are only warned about: what counts is the pod that is made of them. */
function checkTemplate(
  request: AdmissionRequest,
  templateOf: (object: KubeObject) => PodTemplateSpec | undefined,
): void {
  const { operation, object } = request;
  const { policy, errors } = policyIn(operation);
  if (policy.warn.level === 'privileged' && policy.audit.level === 'privileged' && errors.length === 0) return;
  const template = object && templateOf(object);
  if (!template?.spec) return;
  if (errors.length > 0) operation.admissions.podSecurity.unread(judged(request));
  const broken = judge({ annotations: template.metadata?.annotations ?? {}, spec: template.spec });
  audit(request, broken, policy.audit);
  warn(request, broken, policy.warn);
}

type Judge = (level: LevelVersion) => Violation[];

/** Tells what breaks a level. All three modes often ask for the same one: each is held against the pod once. */
function judge(pod: PodShape): Judge {
  const known = new Map<string, Violation[]>();
  return (level) => {
    const key = levelText(level);
    const violations = known.get(key) ?? violationsOf(pod, level);
    known.set(key, violations);
    return violations;
  };
}

/** What breaks the level is counted, and stands in the audit log. */
function audit(request: AdmissionRequest, broken: Judge, level: LevelVersion): void {
  const violations = broken(level);
  if (violations.length === 0) return;
  evaluated(request, { mode: 'audit', level, isAllowed: false });
  request.operation.audit?.annotate(`${prefix}audit-violations`, violationText(level, violations));
}

function warn(request: AdmissionRequest, broken: Judge, level: LevelVersion): void {
  const violations = broken(level);
  if (violations.length === 0) return;
  evaluated(request, { mode: 'warn', level, isAllowed: false });
  request.operation.warnings.push(violationText(level, violations));
}

function violationText(level: LevelVersion, violations: Violation[]): string {
  return `would violate PodSecurity "${levelText(level)}": ${detailText(violations)}`;
}

/** New labels must make sense; a stricter level says which pods would not be let in again. */
function checkNamespace({ verb, operation, object, old }: AdmissionRequest): void {
  const namespace = object as Namespace;
  const { policy, errors } = policyOf(namespace.metadata.labels);
  const before = policyOf(old?.metadata.labels);
  const isNewError = errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(before.errors);
  if (isNewError) throw invalidObject(operation, namespace.metadata.name, errors);
  if (verb !== 'UPDATE' || !isRaised(policy.enforce, before.policy.enforce)) return;
  operation.warnings.push(...warningsFor(operation, namespace.metadata.name, policy.enforce));
}

function isRaised(now: LevelVersion, before: LevelVersion): boolean {
  if (now.level === 'privileged') return false;
  return now.version !== before.version || isStricter(now.level, before.level);
}

function warningsFor(operation: AdmissionRequest['operation'], namespace: string, enforce: LevelVersion): string[] {
  const all = onePerController(cachedObjects<Pod>(operation, { group: '', plural: 'pods', namespace }));
  const pods = all.slice(0, podsToCheckMax);
  const names = new Map<string, string[]>();
  for (const { metadata, spec } of pods) {
    const violations = spec ? violationsOf({ annotations: metadata.annotations ?? {}, spec }, enforce) : [];
    const reasons = violations.map(({ reason }) => reason).join(', ');
    if (reasons !== '') names.set(reasons, [...(names.get(reasons) ?? []), metadata.name].sort());
  }
  const perReason = [...names].map(
    ([reasons, [first = '', ...others]]) => `${first}${andOthers(others.length)}: ${reasons}`,
  );
  return [
    ...(pods.length < all.length
      ? [`new PodSecurity enforce level only checked against the first ${pods.length} of ${all.length} existing pods`]
      : []),
    ...(perReason.length > 0
      ? [`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText(enforce)}"`]
      : []),
    ...perReason.sort(),
  ];
}

function andOthers(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`;
}

/** One pod of each controller first, the others of it after those: alike pods tell nothing new. */
function onePerController(pods: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  const isFirst = (pod: Pod): boolean => {
    const uid = controllerOf(pod)?.uid;
    if (uid === undefined) return true;
    const isNew = !seen.has(uid);
    seen.add(uid);
    return isNew;
  };
  const first = new Set(pods.filter(isFirst));
  return [...first, ...pods.filter((pod) => !first.has(pod))];
}

function policyIn(operation: AdmissionRequest['operation']): ReturnType<typeof policyOf> {
  const namespace = cachedObject<Namespace>(operation, {
    group: '',
    plural: 'namespaces',
    key: operation.info.namespace,
  });
  return policyOf(namespace?.metadata.labels);
}

function isPrivileged({ enforce, audit: noted, warn: told }: Policy): boolean {
  return enforce.level === 'privileged' && noted.level === 'privileged' && told.level === 'privileged';
}

function judged({ verb, operation: { entry, info } }: AdmissionRequest): Judged {
  return { operation: verb, groupResource: entry.groupResource, subresource: info.subresource };
}

function evaluated(
  request: AdmissionRequest,
  { mode, level, isAllowed }: { mode: Mode; level: LevelVersion; isAllowed: boolean },
): void {
  if (mode === 'enforce') request.operation.audit?.annotate(`${prefix}enforce-policy`, levelText(level));
  const version = versionText(level);
  const evaluation = { mode, level: level.level, version, isAllowed };
  request.operation.admissions.podSecurity.evaluated(judged(request), evaluation);
}

/** Of what an update may change in a pod, only images and new containers matter here. */
function changesImages({ spec }: Pod, { spec: before }: Pod): boolean {
  const key = (containers: readonly Pick<Container, 'name' | 'image'>[] = []): string =>
    JSON.stringify(containers.map(({ name, image }) => [name, image]));
  const fields = ['containers', 'initContainers', 'ephemeralContainers'] as const;
  return fields.some((field) => key(spec?.[field]) !== key(before?.[field]));
}
