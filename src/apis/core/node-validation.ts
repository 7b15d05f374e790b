// Which nodes, and which changes of them, are refused? Source: pkg/apis/core/validation ValidateNode and ValidateNodeUpdate.

import { isIP } from 'node:net';
import { semanticallyEqual } from '../../apimachinery/equality.ts';
import {
  duplicate,
  forbidden,
  internalError,
  invalidValue,
  notSupported,
  required,
} from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey, labelValue } from '../../apimachinery/validation.ts';
import { internalForm } from '../internal-form.ts';
import type { Node, Taint } from './generated/v1.ts';
import { validateCidr } from './ip-rules.ts';
import { validateAmountOf } from './resource-list.ts';
import { taintEffects } from './taints.ts';

const featureName = /^[A-Z][a-zA-Z0-9]*(?:\/[a-zA-Z][a-zA-Z0-9]*)*$/;

/** Causes against a new node. */
export function validateNode(node: Node): StatusCause[] {
  const { podCIDRs = [], taints = [] } = node.spec ?? {};
  return [...taintCauses(taints), ...amountCauses(node), ...featureCauses(node), ...cidrCauses(podCIDRs)];
}

/** Causes against an update of a node. */
export function validateNodeUpdate(node: Node, old: Node): StatusCause[] {
  return [...validateNode(node), ...validateNodeStatus(node, old)];
}

/** Causes against an update of a node's status, and of what else must hold for every update. */
export function validateNodeStatus({ spec = {}, ...node }: Node, { spec: old = {} }: Node): StatusCause[] {
  const causes = [...amountCauses(node), ...featureCauses(node), ...addressCauses(node)];
  const { podCIDRs: before = [], providerID = '', externalID = '' } = old;
  if (before.length > 0 && !semanticallyEqual(before, spec.podCIDRs))
    causes.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (providerID !== '' && providerID !== (spec.providerID ?? ''))
    causes.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  causes.push(...taintCauses(spec.taints ?? []));
  if (externalID !== (spec.externalID ?? '')) causes.push(forbidden('spec.externalID', 'may not be updated'));
  return causes;
}

function cidrCauses(cidrs: readonly string[]): StatusCause[] {
  const field = 'spec.podCIDRs';
  const causes = cidrs.flatMap((cidr, index) => validateCidr(`${field}[${index}]`, cidr));
  if (cidrs.length < 2) return causes;
  const families = cidrs.map((cidr) => isIP(cidr.split('/')[0] ?? ''));
  const wrong = causes.length > 0 ? families.indexOf(0) : -1;
  if (wrong >= 0) {
    const why = `invalid CIDR[${wrong}]: <nil> (invalid CIDR address: ${cidrs[wrong]})`;
    causes.push(internalError(field, `invalid PodCIDRs. failed to check with dual stack with error:${why}`));
  }
  if (cidrs.length > 2 || !families.includes(4) || !families.includes(6))
    causes.push(invalidValue(field, cidrs, 'may specify no more than one CIDR for each IP family'));
  return causes;
}

function amountCauses({ status }: Node): StatusCause[] {
  return (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, amount]) =>
      validateAmountOf(name, amount, `status.${list}.${name}`),
    ),
  );
}

/** Features have names such as `MyFeature` and `MyFeature/mySubFeature`, and stand in order. */
function featureCauses({ status }: Node): StatusCause[] {
  const features = status?.declaredFeatures ?? [];
  return features.flatMap((feature, index) => {
    const at = (place: number): string => `status.declaredFeatures[${place}]`;
    const why = whyNoFeature(feature);
    const causes =
      why === undefined
        ? []
        : [invalidValue(at(index), feature, `invalid feature name ${JSON.stringify(feature)}: ${why}`)];
    const next = features[index + 1];
    if (next === undefined || feature < next) return causes;
    if (feature === next) return [...causes, duplicate(at(index + 1), next)];
    return [...causes, invalidValue(at(index + 1), next, 'list must be sorted alphabetically')];
  });
}

function whyNoFeature(name: string): string | undefined {
  if (name.length > 253) return 'must be no more than 253 characters';
  if (featureName.test(name)) return undefined;
  return "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
}

function addressCauses({ status }: Node): StatusCause[] {
  const seen = new Set<string>();
  return (status?.addresses ?? []).flatMap((address, index) => {
    const inGo = { Type: address.type, Address: address.address };
    const text = JSON.stringify(inGo);
    const isRepeated = seen.has(text);
    seen.add(text);
    return isRepeated ? [duplicate(`status.addresses[${index}]`, inGo)] : [];
  });
}

/** Upstream says `metadata.taints` of what stands in the spec. */
function taintCauses(taints: readonly Partial<Taint>[]): StatusCause[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const at = `metadata.taints[${index}]`;
    const { key = '', value = '', effect } = taint;
    const causes = labelKey(key).map((message) => invalidValue(`${at}.key`, key, message));
    const wrong = labelValue(value);
    if (wrong.length > 0) causes.push(invalidValue(`${at}.value`, value, wrong.join(';')));
    causes.push(...effectCauses(effect, `${at}.effect`));
    if (seen.has(`${effect} ${key}`)) {
      const cause = duplicate(at, internalForm('Taint', taint));
      causes.push({ ...cause, message: `${cause.message}: taints must be unique by key and effect pair` });
    }
    seen.add(`${effect} ${key}`);
    return causes;
  });
}

function effectCauses(effect: string | undefined, field: string): StatusCause[] {
  if (!effect) return [required(field)];
  return taintEffects.includes(effect) ? [] : [notSupported(field, effect, taintEffects)];
}
