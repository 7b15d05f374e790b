// Which calls with constants are made before an expression ever runs? Those that fail then make it unusable.
// Source: the optimizations of cel-go's interpreter: conversions of types, and patterns.

import { Evaluation } from './evaluate.ts';
import type { FunctionTable } from './functions.ts';
import { regex } from './library/standard.ts';
import type { Node } from './syntax.ts';
import { CelError } from './values.ts';

const conversions = new Set(['bool', 'bytes', 'double', 'duration', 'int', 'string', 'timestamp', 'uint']);
const patterns = new Set(['find', 'findAll', 'matches']);
const nothing = { get: () => undefined };

/** Why no program can be made of an expression whose types fit: what its first failing constant says. */
export function constantProblem(node: Node, functions: FunctionTable): string | undefined {
  for (const part of partsOf(node)) {
    const problem = constantProblem(part, functions);
    if (problem !== undefined) return problem;
  }
  try {
    if (node.op === 'call' && conversions.has(node.args[0]) && node.args[1].length === 1) {
      if (node.args[1][0]?.op === 'value') new Evaluation(functions, Number.POSITIVE_INFINITY).run(node, nothing);
    }
    if (node.op === 'rcall' && patterns.has(node.args[0])) {
      const [pattern] = node.args[2];
      if (pattern?.op === 'value' && typeof pattern.args === 'string') regex(pattern.args);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return error.message;
  }
}

function partsOf(node: Node): Node[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'list':
      return node.args;
    case 'map':
      return node.args.flat();
    case 'struct':
      return node.args[1].map(([, value]) => value);
    case '!_':
    case '-_':
      return [node.args];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    default:
      return node.args;
  }
}
