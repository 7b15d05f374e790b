// May a CustomResourceDefinition have the names that it wants, and is it served?
// Source: apiextensions-apiserver/pkg/controller/status and establish.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '../../apis/apiextensions/generated/v1.ts';
import { caBundleRules } from '../../apis/webhook-address.ts';
import { rfc3339 } from '../../base/clock.ts';

export const crdGroupResource = 'customresourcedefinitions.apiextensions.k8s.io';
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
const approvalAnnotation = 'api-approved.kubernetes.io';

type Condition = Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>;

/** Has the condition `type` the status True? */
export function isTrueCondition({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
}

/** Has any version CEL rules? */
export function hasRules({ spec }: Partial<CustomResourceDefinition>): boolean {
  // Asked before anyone has looked whether there is a spec.
  return JSON.stringify(spec?.versions ?? []).includes('"x-kubernetes-validations"');
}

/** Are its resources served? */
export function isServed(definition: CustomResourceDefinition): boolean {
  return isTrueCondition(definition, 'Established');
}

/** The status that `definition` should have beside `peers`, all definitions there are; undefined if it has it. */
export function nextStatus(
  definition: CustomResourceDefinition,
  peers: readonly CustomResourceDefinition[],
  nowMs: number,
): CustomResourceDefinitionStatus | undefined {
  const { status = {} } = definition;
  const { names, accepted } = acceptNames(definition, peers);
  const wanted = [accepted, established(definition, accepted), ...approval(definition)];
  const conditions = wanted.reduce((all, condition) => withCondition(all, condition, nowMs), status.conditions ?? []);
  const next = { ...status, acceptedNames: names, conditions };
  return jsonEqual(next, status) ? undefined : next;
}

/** `conditions` with one put in; its time is that of the last change of its status. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: Condition,
  nowMs: number,
): CustomResourceDefinitionCondition[] {
  const old = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : rfc3339(nowMs);
  const next = { lastTransitionTime, ...condition };
  if (!old) return [...conditions, next];
  return conditions.map((each) => (each === old ? next : each));
}

function acceptNames(
  { spec, status, metadata }: CustomResourceDefinition,
  peers: readonly CustomResourceDefinition[],
): { names: CustomResourceDefinitionNames; accepted: Condition } {
  const taken = takenNames(
    spec.group,
    peers.filter((peer) => peer.metadata.name !== metadata.name),
  );
  const names: CustomResourceDefinitionNames = { kind: '', plural: '', ...status?.acceptedNames };
  const had = { ...names };
  let conflict: Pick<Condition, 'reason' | 'message'> | undefined;
  const claim = (name: 'plural' | 'singular' | 'kind' | 'listKind', used: Set<string>): void => {
    const wanted = spec.names[name] ?? '';
    if (wanted === (had[name] ?? '') || !used.has(wanted)) names[name] = wanted;
    else conflict = { reason: `${name[0]?.toUpperCase()}${name.slice(1)}Conflict`, message: inUse(wanted) };
  };
  claim('plural', taken.resources);
  claim('singular', taken.resources);
  const wantedShort = spec.names.shortNames ?? [];
  const refused = wantedShort.filter((short) => !had.shortNames?.includes(short) && taken.resources.has(short));
  if (refused.length > 0) conflict = { reason: 'ShortNamesConflict', message: aggregate(refused.map(inUse)) };
  else if (wantedShort.length > 0) names.shortNames = wantedShort;
  else delete names.shortNames;
  claim('kind', taken.kinds);
  claim('listKind', taken.kinds);
  if (spec.names.categories) names.categories = spec.names.categories;
  else delete names.categories;
  const accepted: Condition = conflict
    ? { type: 'NamesAccepted', status: 'False', ...conflict }
    : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
  return { names, accepted };
}

function takenNames(
  group: string,
  peers: readonly CustomResourceDefinition[],
): { resources: Set<string>; kinds: Set<string> } {
  const accepted = peers.filter(({ spec }) => spec.group === group).map(({ status }) => status?.acceptedNames);
  const resources = accepted.flatMap((names) => [names?.plural, names?.singular, ...(names?.shortNames ?? [])]);
  const kinds = accepted.flatMap((names) => [names?.kind, names?.listKind]);
  const named = (all: (string | undefined)[]): Set<string> => new Set(all.flatMap((name) => name || []));
  return { resources: named(resources), kinds: named(kinds) };
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

function aggregate(messages: string[]): string {
  return messages.length === 1 ? (messages[0] as string) : `[${messages.join(', ')}]`;
}

/** Once established, always established: a later conflict of names takes nothing away. */
function established(definition: CustomResourceDefinition, { status }: Condition): Condition {
  const isAccepted = status === 'True';
  const { caBundle } = definition.spec.conversion?.webhook?.clientConfig ?? {};
  if (isAccepted && !isServed(definition) && caBundleRules(caBundle, '').length > 0)
    return {
      type: 'Established',
      status: 'False',
      reason: 'InvalidCABundle',
      message: 'The conversion webhook CABundle is invalid',
    };
  if (isAccepted || isServed(definition))
    return {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    };
  return { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}

/** The groups of the Kubernetes project say whether their kinds were approved. Source: controller/apiapproval. */
function approval({ spec, metadata }: CustomResourceDefinition): Condition[] {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(spec.group)) return [];
  const type = 'KubernetesAPIApprovalPolicyConformant';
  const text = metadata.annotations?.[approvalAnnotation] ?? '';
  const must = `protected groups must have approval annotation "${approvalAnnotation}"`;
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (text === '') return [{ type, status: 'False', reason: 'MissingAnnotation', message: `${must}, ${see}` }];
  if (text.startsWith('unapproved'))
    return [
      { type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(text)}` },
    ];
  if (URL.canParse(text))
    return [{ type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${text}` }];
  const either = `${must} with either a URL or a reason starting with "unapproved", ${see}`;
  return [{ type, status: 'False', reason: 'InvalidAnnotation', message: either }];
}
