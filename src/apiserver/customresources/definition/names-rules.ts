// Are the names of a CRD well formed? Source: apiextensions ValidateCustomResourceDefinitionNames.

import { invalidValue, required } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import { dns1035Label } from '../../../apimachinery/validation.ts';
import type { CustomResourceDefinitionNames } from '../../../apis/apiextensions/generated/v1.ts';
import { childPath, indexPath } from '../paths.ts';

const mandatory = ['plural', 'singular', 'kind', 'listKind'] as const;

/** Problems of spec.names; all four names must be there. */
export function namesRules(names: Partial<CustomResourceDefinitionNames>, path: string): StatusCause[] {
  const missing = mandatory.filter((name) => !names[name]).map((name) => required(childPath(path, name)));
  return [...missing, ...acceptedNamesRules(names, path)];
}

/** Problems of the names that are there. */
export function acceptedNamesRules(names: Partial<CustomResourceDefinitionNames>, path: string): StatusCause[] {
  const { shortNames = [], categories = [], kind = '', listKind = '' } = names;
  const causes: StatusCause[] = [];
  for (const name of mandatory) if (names[name]) causes.push(...labelRule(names[name], childPath(path, name)));
  causes.push(...shortNames.flatMap((each, i) => labelRule(each, indexPath(childPath(path, 'shortNames'), i))));
  if (kind && kind === listKind)
    causes.push(invalidValue(childPath(path, 'listKind'), listKind, 'kind and listKind may not be the same'));
  causes.push(...categories.flatMap((each, i) => labelRule(each, indexPath(childPath(path, 'categories'), i))));
  return causes;
}

function labelRule(name: string, path: string): StatusCause[] {
  const isKind = path.endsWith('ind');
  const problems = dns1035Label(isKind ? name.toLowerCase() : name);
  const prefix = isKind ? 'may have mixed case, but should otherwise match: ' : '';
  return problems.length > 0 ? [invalidValue(path, name, `${prefix}${problems.join(',')}`)] : [];
}
