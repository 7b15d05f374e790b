// How is an expression compiled once and run often?

import { Checker } from './check.ts';
import { constantProblem } from './constants.ts';
import type { Estimated, Range } from './estimate.ts';
import { CelCostError, Evaluation } from './evaluate.ts';
import type { Scope } from './evaluate-parts.ts';
import { FunctionTable, type Library } from './functions.ts';
import { authorizerLibrary } from './library/authorizer.ts';
import { listsLibrary, optionalLibrary, setsLibrary } from './library/collections.ts';
import { formatLibrary, ipLibrary, quantityLibrary, regexLibrary, urlLibrary } from './library/kubernetes.ts';
import { semverLibrary } from './library/semver.ts';
import { standardLibrary } from './library/standard.ts';
import { jsonPatchLibrary, stringsLibrary } from './library/strings.ts';
import { timeLibrary } from './library/time.ts';
import { operatorLibrary } from './operators.ts';
import { parseExpression } from './parse.ts';
import { CelCompileError } from './syntax.ts';
import type { CelType, Variables } from './types.ts';
import { CelError, type CelValue } from './values.ts';

/** No call of an expression may cost more. Source: k8s.io/apiserver/pkg/apis/cel PerCallLimit. */
export const perCallLimit = 1_000_000;

export type Outcome =
  | { ok: true; value: CelValue; cost: number }
  | { ok: false; error: CelError | CelCostError; cost: number };

export interface Program {
  text: string;
  type: CelType;
  /** Before it runs: at least and at most. */
  cost: Range;
  /** Why it can't be run, though its types fit. */
  problem: string | undefined;
  /** Variables that it refers to. */
  uses: ReadonlySet<string>;
  /** Never throws for what the expression does. */
  run(scope: Scope, limit?: number): Outcome;
}

const libraries: Library[] = [
  operatorLibrary,
  standardLibrary,
  timeLibrary,
  stringsLibrary,
  listsLibrary,
  setsLibrary,
  optionalLibrary,
  regexLibrary,
  urlLibrary,
  quantityLibrary,
  ipLibrary,
  formatLibrary,
  semverLibrary,
  authorizerLibrary,
];
const common = new FunctionTable(libraries);
let forPatches: FunctionTable | undefined;

function functionsFor(hasPatchTypes: boolean): FunctionTable {
  if (!hasPatchTypes) return common;
  forPatches ??= new FunctionTable([...libraries, jsonPatchLibrary], { hasPatchTypes });
  return forPatches;
}

/**
 * Compiles `text`. Throws CelCompileError with cel-go's words. `hasPatchTypes` is for mutating policies: only they may
 * make objects of the types `Object` and `JSONPatch`.
 */
export function compileProgram(text: string, variables: Variables, { hasPatchTypes = false } = {}): Program {
  const functions = functionsFor(hasPatchTypes);
  const node = parseExpression(text);
  const checker = new Checker(functions);
  const { type, cost }: Estimated = checker.check(node, variables);
  return {
    text,
    type,
    cost,
    problem: constantProblem(node, functions),
    uses: checker.used,
    run: (scope, limit = perCallLimit) => {
      const evaluation = new Evaluation(functions, limit);
      try {
        return { ok: true, value: evaluation.run(node, scope), cost: evaluation.cost };
      } catch (error) {
        if (!(error instanceof CelError) && !(error instanceof CelCostError)) throw error;
        return { ok: false, error, cost: evaluation.cost };
      }
    },
  };
}

/** Variables by name. */
export function scopeOf(variables: Readonly<Record<string, CelValue | undefined>>): Scope {
  return { get: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined) };
}

export { CelCompileError };
