// Which calls are macros? Their names, and which arguments bind variables.

import { CelCompileError, issue, type Node } from './syntax.ts';

/** A comprehension over a list or map. `variables` are one name, or two: index or key, and value. */
export interface Comprehension {
  macro:
    | 'all'
    | 'exists'
    | 'exists_one'
    | 'map'
    | 'filter'
    | 'transformList'
    | 'transformMap'
    | 'transformMapEntry'
    | 'sortBy';
  range: Node;
  variables: string[];
  /** Chooses items; the only part of all, exists, exists_one and filter. */
  filter: Node | undefined;
  /** What becomes of a chosen item. */
  transform: Node | undefined;
}

export type Macro =
  | ({ type: 'comprehension' } & Comprehension)
  | { type: 'has'; target: Node; field: string }
  | { type: 'optMap'; optional: Node; variable: string; body: Node; isFlat: boolean };

const predicates = new Set(['all', 'exists', 'exists_one', 'existsOne', 'filter']);
const transforms = new Set(['transformList', 'transformMap', 'transformMapEntry']);

/** The macro that a node is a call of; undefined for any other node. Throws CelCompileError on arguments that fit no macro. */
export function macroOf(node: Node): Macro | undefined {
  if (node.op === 'call' && node.args[0] === 'has' && node.args[1].length === 1) return hasMacro(node, node.args[1]);
  if (node.op !== 'rcall') return undefined;
  const [name, target, args] = node.args;
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2)
    return {
      type: 'optMap',
      optional: target,
      variable: variableOf(args[0] as Node),
      body: args[1] as Node,
      isFlat: name === 'optFlatMap',
    };
  const comprehension = comprehensionOf(name, target, args);
  return comprehension && { type: 'comprehension', ...comprehension };
}

function hasMacro(node: Node, [argument]: Node[]): Macro {
  if (argument?.op !== '.') {
    const { input, at } = argument ?? node;
    throw new CelCompileError(issue(input, at, 'invalid argument to has() macro'));
  }
  return { type: 'has', target: argument.args[0], field: argument.args[1] };
}

function comprehensionOf(name: string, range: Node, args: Node[]): Comprehension | undefined {
  const [first, second, third, fourth] = args;
  if (predicates.has(name)) {
    const macro = name === 'existsOne' ? 'exists_one' : (name as Comprehension['macro']);
    if (args.length === 2)
      return { macro, range, variables: [variableOf(first as Node)], filter: second, transform: undefined };
    if (args.length === 3 && name !== 'filter')
      return {
        macro,
        range,
        variables: [variableOf(first as Node), variableOf(second as Node)],
        filter: third,
        transform: undefined,
      };
  }
  if (name === 'sortBy' && args.length === 2)
    return { macro: 'sortBy', range, variables: [variableOf(first as Node)], filter: undefined, transform: second };
  if (name === 'map' && (args.length === 2 || args.length === 3))
    return {
      macro: 'map',
      range,
      variables: [variableOf(first as Node)],
      filter: third && second,
      transform: third ?? second,
    };
  if (transforms.has(name) && (args.length === 3 || args.length === 4)) {
    const variables = [variableOf(first as Node), variableOf(second as Node)];
    return {
      macro: name as Comprehension['macro'],
      range,
      variables,
      filter: fourth && third,
      transform: fourth ?? third,
    };
  }
  return undefined;
}

function variableOf(node: Node): string {
  if (node.op === 'id') return node.args;
  throw new CelCompileError(issue(node.input, node.at, 'argument must be a simple name'));
}

const macros = new WeakMap<Node, Macro | 'none'>();

/** The same, worked out once for each node. */
export function macroAt(node: Node): Macro | undefined {
  let macro = macros.get(node);
  if (!macro) {
    macro = macroOf(node) ?? 'none';
    macros.set(node, macro);
  }
  return macro === 'none' ? undefined : macro;
}
