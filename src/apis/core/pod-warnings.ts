// What is said of a pod that is taken, or of a template of pods? Source: pkg/api/pod/warnings.go.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import { warnIp } from './address-warnings.ts';
import { warnFraction } from './claim-warnings.ts';
import { warnContainers } from './container-warnings.ts';
import type { Affinity, Pod, PodAffinityTerm, PodSpec, PodStatus, PodTemplateSpec } from './generated/v1.ts';
import { warnLabels, warnTerm, whyOutdated } from './node-label-warnings.ts';
import { seccompPod } from './pod-annotations.ts';
import { warnPorts } from './port-warnings.ts';
import { warnVolumes } from './volume-warnings.ts';

const outdatedAnnotations: [name: string, why: string][] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];
/** Where the names of workloads stand that make pods. */
export const workloadNames = 'Pod names and hostnames';
const matchesNone = 'a null labelSelector results in matching no pod';

type Workload = KubeObject & { spec?: { template?: PodTemplateSpec } };

export function podWarnings({ metadata, spec }: Pod): string[] {
  const warnings = warnName(metadata.name, "the Pod's hostname");
  if (spec) warnings.push(...warnPod(spec, { annotations: metadata.annotations, path: '', isTemplate: false }));
  return warnings;
}

export function podStatusWarnings({ status }: { status?: PodStatus }): string[] {
  return [
    ...(status?.podIPs ?? []).flatMap(({ ip }, index) => warnIp(`status.podIPs[${index}].ip`, ip)),
    ...(status?.hostIPs ?? []).flatMap(({ ip }, index) => warnIp(`status.hostIPs[${index}].ip`, ip)),
  ];
}

/** Warnings of a template that stands at `path`. */
export function warnTemplate(template: PodTemplateSpec | undefined, path: string): string[] {
  if (!template?.spec) return [];
  const { metadata, spec } = template;
  return warnPod(spec, { annotations: metadata?.annotations, path: `${path}.`, isTemplate: true });
}

/** Warnings of a new workload, whose pods are named after it; and of its template whenever it changes. */
export function workloadWarnings(object: Workload, old?: Workload): string[] {
  if (!old) return newWorkloadWarnings(object);
  return isSame(object, old) ? [] : warnTemplate(object.spec?.template, 'spec.template');
}

export function newWorkloadWarnings({ metadata, spec }: Workload): string[] {
  return [...warnName(metadata.name, workloadNames), ...warnTemplate(spec?.template, 'spec.template')];
}

/** Has nothing changed that counts? */
export function isSame(object: KubeObject, old: KubeObject | undefined): boolean {
  return old !== undefined && object.metadata.generation === old.metadata.generation;
}

/** A warning of a name that becomes a part of `where`, and does not fit there. */
export function warnName(name: string, where: string): string[] {
  const errors = dns1123Label(name);
  if (errors.length === 0) return [];
  return [
    `metadata.name: this is used in ${where}, which can result in surprising behavior; a DNS label is recommended: [${errors.join(' ')}]`,
  ];
}

interface Place {
  annotations: Record<string, string> | undefined;
  /** Of the object in which metadata and spec stand: empty, or with a dot at its end. */
  path: string;
  isTemplate: boolean;
}

function warnPod(spec: PodSpec, { annotations = {}, path, isTemplate }: Place): string[] {
  const at = `${path}spec`;
  const noteAt = `${path}metadata.annotations`;
  const warnings = warnPlacement(spec, at);
  for (const [name, why] of outdatedAnnotations)
    if (annotations[name] !== undefined) warnings.push(`${noteAt}[${name}]: ${why}`);
  if (spec.volumes) warnings.push(...warnVolumes(spec.volumes, `${at}.volumes`));
  warnings.push(
    ...warnRepeated(spec.hostAliases, 'ip', `${at}.hostAliases`),
    ...warnRepeated(spec.imagePullSecrets, 'name', `${at}.imagePullSecrets`),
  );
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries())
    if (!name) warnings.push(`${at}.imagePullSecrets[${index}].name: invalid empty name ""`);
  for (const resource of ['memory', 'ephemeral-storage'])
    warnings.push(...warnFraction(spec.overhead, resource, `${at}.overhead`));
  if (!spec.securityContext?.seccompProfile && annotations[seccompPod] !== undefined)
    warnings.push(`${noteAt}[${seccompPod}]: non-functional in v1.27+; use the "seccompProfile" field instead`);
  warnings.push(...warnContainers(spec, { annotations, at, noteAt, isTemplate }), ...warnPorts(spec, at));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(
      `${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  if (spec.affinity) warnings.push(...warnPodAffinity(spec.affinity, `${at}.affinity`));
  for (const [index, server] of (spec.dnsConfig?.nameservers ?? []).entries())
    warnings.push(...warnIp(`${at}.dnsConfig.nameservers[${index}]`, server));
  for (const [index, { ip }] of (spec.hostAliases ?? []).entries())
    warnings.push(...warnIp(`${at}.hostAliases[${index}].ip`, ip));
  return warnings;
}

/** Warnings of what the pod asks of its node. */
function warnPlacement({ nodeSelector, affinity, topologySpreadConstraints = [] }: PodSpec, at: string): string[] {
  const warnings = warnLabels(nodeSelector, (label, why) => `${at}.nodeSelector[${label}]: ${why}`);
  const { requiredDuringSchedulingIgnoredDuringExecution: required, preferredDuringSchedulingIgnoredDuringExecution } =
    affinity?.nodeAffinity ?? {};
  const nodeAt = `${at}.affinity.nodeAffinity`;
  for (const [index, term] of (required?.nodeSelectorTerms ?? []).entries())
    warnings.push(
      ...warnTerm(term, `${nodeAt}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`),
    );
  for (const [index, { preference }] of (preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const termAt = `${nodeAt}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`;
    warnings.push(...warnTerm(preference, termAt, { isWish: true }));
  }
  for (const [index, { topologyKey, labelSelector }] of topologySpreadConstraints.entries()) {
    const constraintAt = `${at}.topologySpreadConstraints[${index}]`;
    const why = whyOutdated(topologyKey);
    if (why !== undefined) warnings.push(`${constraintAt}.topologyKey: ${topologyKey} is ${why}`);
    if (!labelSelector) warnings.push(`${constraintAt}.labelSelector: ${matchesNone}`);
  }
  return warnings;
}

function warnPodAffinity({ podAffinity, podAntiAffinity }: Affinity, at: string): string[] {
  const warnings: string[] = [];
  const look = ({ labelSelector }: PodAffinityTerm, termAt: string): void => {
    if (!labelSelector) warnings.push(`${termAt}.labelSelector: ${matchesNone}`);
  };
  for (const [name, affinity] of Object.entries({ podAffinity, podAntiAffinity })) {
    for (const [index, term] of (affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
      look(term, `${at}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`);
    for (const [index, { podAffinityTerm }] of (
      affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    ).entries())
      look(podAffinityTerm, `${at}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm`);
  }
  return warnings;
}

/** Warnings of items that say the same of `field` as one before them. */
function warnRepeated<K extends string>(items: { [key in K]?: string }[] | undefined, field: K, at: string): string[] {
  if (!items || items.length < 2) return [];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const value = item[field] ?? '';
    if (seen.has(value)) return [`${at}[${index}].${field}: duplicate ${field} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}
