// What does a review ask for, in the authorizer's terms? Selectors that can't be read are as good as none: that asks for more.
// Source: pkg/registry/authorization/util.

import { type FieldSelector, formatFieldSelector, parseFieldSelector } from '../../apimachinery/field-selector.ts';
import { parseSelector, SelectorError, selectorOf } from '../../apimachinery/selectors.ts';
import type { FieldSelectorAttributes, LabelSelectorAttributes } from '../../apis/authorization/generated/v1.ts';
import { type Attributes, resourceAttributes } from '../auth/attributes.ts';
import type { AskedSpec } from './access-causes.ts';

/** The question, and what is said about the part of it that was not understood: empty if that is none. */
export interface Asked {
  attributes: Attributes;
  evaluationError: string;
}

export function askedOf({ resourceAttributes: asked, nonResourceAttributes }: AskedSpec): Asked {
  if (!asked) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {};
    return { attributes: { isResource: false, verb, path }, evaluationError: '' };
  }
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '' } = asked;
  const fields = readFields(asked.fieldSelector);
  const fieldSelector = formatFieldSelector(fields.read);
  const errors = [problemOf('fieldSelector', fields), problemOf('labelSelector', readLabels(asked.labelSelector))];
  return {
    attributes: resourceAttributes({ verb, group, version, resource, subresource, namespace, name, fieldSelector }),
    evaluationError: errors.filter((each) => each !== '').join('; '),
  };
}

interface Reading<Requirement> {
  read: Requirement[];
  isWhole: boolean;
}

function problemOf(field: string, { read, isWhole }: Reading<unknown>): string {
  if (isWhole) return '';
  return `spec.resourceAttributes.${field} ${read.length > 0 ? 'partially ignored' : 'ignored'} due to parse error`;
}

/** One value can be compared with, no more. */
function readFields({
  rawSelector = '',
  requirements = [],
}: FieldSelectorAttributes = {}): Reading<FieldSelector[number]> {
  if (requirements.length === 0) return whole(() => parseFieldSelector(rawSelector));
  const read = requirements.flatMap(({ key, operator, values: [value, ...more] = [] }): FieldSelector => {
    if (value === undefined || more.length > 0 || (operator !== 'In' && operator !== 'NotIn')) return [];
    return [{ field: key, operator: operator === 'In' ? '=' : '!=', value }];
  });
  return { read, isWhole: read.length === requirements.length };
}

function readLabels({ rawSelector = '', requirements = [] }: LabelSelectorAttributes = {}): Reading<unknown> {
  if (requirements.length === 0) return whole(() => parseSelector(rawSelector));
  const parts = requirements.map((each) => whole(() => selectorOf({ matchExpressions: [each] })));
  return { read: parts.flatMap(({ read }) => read), isWhole: parts.every(({ isWhole }) => isWhole) };
}

function whole<Requirement>(parse: () => Requirement[]): Reading<Requirement> {
  try {
    return { read: parse(), isWhole: true };
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return { read: [], isWhole: false };
  }
}
