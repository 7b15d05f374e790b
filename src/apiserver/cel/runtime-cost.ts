// What does a call cost while it runs? The numbers of cel-go's runtimecost.go and of k8s.io/apiserver/pkg/cel/library/cost.go.

import { CelObject, type CelValue, sizeOf } from './values.ts';

export const traversalFactor = 0.1;
export const regexFactor = 0.25;
export const listCost = 10;
export const mapCost = 30;
export const structCost = 40;
export const checkCost = 350_000;
/** Named formats have patterns of about this length. */
export const formatRegexSize = 128;

const traversing = new Set([
  'url',
  'lowerAscii',
  'upperAscii',
  'substring',
  'trim',
  'jsonpatch.escapeKey',
  'cidr',
  'isIP',
  'isCIDR',
  'quantity',
  'isQuantity',
  'semver',
  'isSemver',
  'startsWith',
  'endsWith',
  'bytes',
  'strings.quote',
  'format',
]);
const traversingLists = new Set(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf', 'includes']);
const comparing = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** Cost of one call, beside that of its arguments. `name` is without its receiver. */
export function callCost(name: string, args: readonly CelValue[], result: CelValue): number {
  const size = (i: number): number => (args[i] === undefined ? 1 : sizeOf(args[i]));
  const traverse = (n: number): number => Math.ceil(n * traversalFactor);
  if (name === 'check') return checkCost;
  if (traversingLists.has(name)) return args[0] === undefined ? 0 : traversalCost(args[0]);
  if (name === 'startsWith' || name === 'endsWith') return traverse(size(1));
  if (name === 'string') return args[0] instanceof Uint8Array ? traverse(size(0)) : 1;
  if (name === 'ip') return args[0] instanceof CelObject ? 1 : traverse(size(0));
  if (traversing.has(name)) return traverse(size(0));
  if (comparing.has(name)) return args[0] instanceof CelObject ? 1 : traverse(Math.min(size(0), size(1)));
  switch (name) {
    case 'replace':
    case 'split':
    case 'ip.isCanonical':
      return traverse(size(0) * 2);
    case 'join':
      return traverse(sizeOf(result) * 2);
    case 'find':
    case 'findAll':
    case 'matches':
      return traverse(1 + size(0)) * Math.ceil(size(1) * regexFactor);
    case 'contains':
      return Array.isArray(args[0]) ? 1 : traverse(size(0)) * traverse(size(1));
    case 'in':
      return Array.isArray(args[1]) ? size(1) : 1;
    case '+':
      return typeof args[0] === 'string' || args[0] instanceof Uint8Array ? traverse(size(0) + size(1)) : 1;
    case 'sets.contains':
    case 'sets.intersects':
      return 1 + size(0) * size(1);
    case 'sets.equivalent':
      return 1 + 2 * size(0) * size(1);
    case 'slice':
    case 'reverse':
    case 'lists.range':
      return listCost + 1 + sizeOf(result);
    case 'flatten':
      return listCost + 1 + size(0) * (typeof args[1] === 'bigint' ? Number(args[1]) : 1);
    case 'distinct':
    case 'sort':
      return sortCost(args[0] as CelValue[]);
    case 'validate':
      return traverse(1 + size(1)) * Math.ceil(formatRegexSize * regexFactor);
    case 'fieldSelector':
    case 'labelSelector':
      return 10 + traverse(size(1)) + Math.ceil(Math.ceil(size(1) / 2) * 50);
    case 'containsIP':
      return traverse(size(0) * 2) + (typeof args[1] === 'string' ? traverse(size(1)) : 0);
    case 'containsCIDR':
      return traverse(size(0) * 2) + traverse(size(0)) + 1 + (typeof args[1] === 'string' ? traverse(size(1)) : 0);
    default:
      return 1;
  }
}

/** What it costs to compare each item with each. */
export function sortCost(items: readonly CelValue[]): number {
  const [first] = items;
  const isText = typeof first === 'string' || first instanceof Uint8Array;
  return listCost + 1 + Math.floor(items.length * items.length * (isText ? 2 + traversalFactor : 2));
}

function traversalCost(value: CelValue): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * traversalFactor);
  if (value instanceof Uint8Array) return Math.floor(value.byteLength * traversalFactor);
  if (Array.isArray(value)) return value.reduce<number>((total, item) => total + traversalCost(item), 0);
  if (value instanceof Map)
    return [...value].reduce((total, [key, item]) => total + traversalCost(key) + traversalCost(item), 0);
  return 1;
}
