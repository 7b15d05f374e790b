// Which limit ranges are refused? Source: pkg/apis/core/validation ValidateLimitRange.

import { duplicate, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import { canonicalQuantity, compareQuantities, isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import type { LimitRange, LimitRangeItem } from './generated/v1.ts';
import { mayOvercommit, validateContainerResourceName, validateResourceName } from './resource-names.ts';

const standardTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
type List = (typeof lists)[number];

/** Causes against a limit range. */
export function validateLimitRange({ spec }: LimitRange): StatusCause[] {
  const seen = new Set<string>();
  const items: Partial<LimitRangeItem>[] = spec?.limits ?? [];
  return items.flatMap((item, index) => {
    const at = `spec.limits[${index}]`;
    const { type = '' } = item;
    const causes = typeCauses(type, `${at}.type`);
    if (seen.has(type)) causes.push(duplicate(`${at}.type`, type));
    seen.add(type);
    return [...causes, ...itemCauses(item, at)];
  });
}

function typeCauses(type: string, field: string): StatusCause[] {
  const causes = labelKey(type).map((message) => invalidValue(field, type, message));
  if (causes.length > 0 || type.includes('/') || standardTypes.has(type)) return causes;
  return [invalidValue(field, type, 'must be a standard limit type or fully qualified')];
}

function itemCauses(item: Partial<LimitRangeItem>, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const isPod = item.type === 'Pod';
  for (const list of ['default', 'defaultRequest'] as const) {
    if (isPod && Object.keys(item[list] ?? {}).length > 0)
      causes.push(forbidden(`${at}.${list}`, "may not be specified when `type` is 'Pod'"));
  }
  const isUnbounded = item.min?.['storage'] === undefined && item.max?.['storage'] === undefined;
  if (item.type === 'PersistentVolumeClaim' && isUnbounded) {
    const why = 'either minimum or maximum storage value is required, but neither was provided';
    causes.push(required(`${at}.limits`, why));
  }
  const compared = lists.filter((list) => !isPod || (list !== 'default' && list !== 'defaultRequest'));
  const names = new Set(compared.flatMap((list) => Object.keys(item[list] ?? {})));
  const nameCauses = ['Pod', 'Container'].includes(item.type ?? '')
    ? validateContainerResourceName
    : validateResourceName;
  const ofNames = compared.flatMap((list) =>
    Object.keys(item[list] ?? {}).flatMap((name) => nameCauses(name, `${at}.${list}[${name}]`)),
  );
  return [...ofNames, ...causes, ...[...names].flatMap((name) => amountCauses(item, { name, at, compared }))];
}

/** Pairs of which the first may not be more than the second, what the first two are called, and which field is told. */
const orders: { low: List; high: List; field: List; value: List; says: [string, string] }[] = [
  { low: 'min', high: 'max', field: 'min', value: 'min', says: ['min', 'max'] },
  {
    low: 'min',
    high: 'defaultRequest',
    field: 'defaultRequest',
    value: 'defaultRequest',
    says: ['min', 'default request'],
  },
  {
    low: 'defaultRequest',
    high: 'max',
    field: 'defaultRequest',
    value: 'defaultRequest',
    says: ['default request', 'max'],
  },
  {
    low: 'defaultRequest',
    high: 'default',
    field: 'defaultRequest',
    value: 'defaultRequest',
    says: ['default request', 'default limit'],
  },
  { low: 'min', high: 'default', field: 'default', value: 'min', says: ['min', 'default'] },
  { low: 'default', high: 'max', field: 'default', value: 'max', says: ['default', 'max'] },
];

function amountCauses(
  item: Partial<LimitRangeItem>,
  { name, at, compared }: { name: string; at: string; compared: List[] },
): StatusCause[] {
  const amountOf = (list: List): string | undefined => {
    const amount = compared.includes(list) ? item[list]?.[name] : undefined;
    return amount !== undefined && isQuantity(amount) ? canonicalQuantity(amount) : undefined;
  };
  const causes = orders.flatMap(({ low, high, field, value, says }) => {
    const [least, most] = [amountOf(low), amountOf(high)];
    if (least === undefined || most === undefined || !isMore(least, most)) return [];
    const why = `${says[0]} value ${least} is greater than ${says[1]} value ${most}`;
    return [invalidValue(`${at}.${field}[${name}]`, amountOf(value), why)];
  });
  const ratio = amountOf('maxLimitRequestRatio');
  if (ratio !== undefined && isMore('1', ratio))
    causes.push(invalidValue(`${at}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`));
  const [least, most] = [amountOf('min'), amountOf('max')];
  if (ratio !== undefined && least !== undefined && most !== undefined) {
    const bound = Number(parseQuantity(most).nanos) / Number(parseQuantity(least).nanos);
    if (Number(parseQuantity(ratio).nanos) / 1e9 > bound) {
      const why = `ratio ${ratio} is greater than max/min = ${bound.toFixed(6)}`;
      causes.push(invalidValue(`${at}.maxLimitRequestRatio[${name}]`, ratio, why));
    }
  }
  const [limit, request] = [amountOf('default'), amountOf('defaultRequest')];
  const differ = limit !== undefined && request !== undefined && (isMore(limit, request) || isMore(request, limit));
  if (differ && !mayOvercommit(name)) {
    const why = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    causes.push(invalidValue(`${at}.defaultRequest[${name}]`, request, why));
  }
  return causes;
}

function isMore(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) > 0;
}
