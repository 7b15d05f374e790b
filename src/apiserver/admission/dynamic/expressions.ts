// How are the expressions of a webhook or policy compiled once, and evaluated within what they may cost?

import { CelCompileError, compileProgram, type Program } from '../../cel/program.ts';
import {
  bool,
  type CelType,
  formatType,
  nullType,
  sameType,
  settledType,
  string,
  type Variables,
} from '../../cel/types.ts';
import { CelError, CelObject, type CelValue } from '../../cel/values.ts';

/** Types that an expression may come to; all, if there are none. */
export type Wanted = readonly CelType[];
export const anything: Wanted = [];
export const booleans: Wanted = [bool];
export const texts: Wanted = [string];
export const textsOrNull: Wanted = [string, nullType];

export interface NamedExpression {
  name: string;
  expression: string;
}

interface Options {
  variables?: readonly NamedExpression[];
  /** May they make objects of the types of patches? */
  hasPatchTypes?: boolean;
}

const programsMax = 1000;

/** Expressions that see the same variables. */
export class Expressions {
  readonly #types: Variables;
  readonly #hasPatchTypes: boolean;
  readonly #programs = new Map<string, Program | CelCompileError>();
  /** `variables.x`, by name. */
  readonly variables: ReadonlyMap<string, string>;

  constructor(types: Variables, { variables = [], hasPatchTypes = false }: Options = {}) {
    this.#hasPatchTypes = hasPatchTypes;
    this.variables = new Map(variables.map(({ name, expression }) => [name, expression]));
    // Each variable may use those before it; one that does not compile has no type, and fails whoever uses it.
    const fields = new Map<string, CelType>();
    const own: CelType = { kind: 'object', name: 'kubernetes.variables', fields };
    this.#types = variables.length === 0 ? types : new Map([...types, ['variables', own]]);
    for (const { name, expression } of variables) {
      if (!expression?.trim()) continue;
      const program = this.program(expression, anything);
      fields.set(name, program instanceof CelCompileError ? { kind: 'dyn' } : program.type);
    }
    this.#programs.clear();
  }

  /** To check expressions that may use the same variables, but ask nobody what is allowed. */
  withoutAuthorizer(): Expressions {
    const types = [...this.#types].filter(([name]) => !name.startsWith('authorizer'));
    return new Expressions(new Map(types), { hasPatchTypes: this.#hasPatchTypes });
  }

  /** The expression, compiled; or why it can't be. */
  program(text: string, wanted: Wanted): Program | CelCompileError {
    let program = this.#programs.get(text);
    if (!program) {
      if (this.#programs.size >= programsMax) this.#programs.clear();
      program = this.#compile(text);
      this.#programs.set(text, program);
    }
    if (program instanceof CelCompileError) return program;
    const type = settledType(program.type);
    if (wanted.length > 0 && !wanted.some((each) => sameType(each, type))) return wrongType(type, wanted);
    if (program.problem === undefined) return program;
    return new CelCompileError(`program instantiation failed: ${program.problem}`, 'program instantiation');
  }

  #compile(text: string): Program | CelCompileError {
    try {
      return compileProgram(text, this.#types, { hasPatchTypes: this.#hasPatchTypes });
    } catch (error) {
      if (!(error instanceof CelCompileError)) throw error;
      return new CelCompileError(`compilation failed: ${error.message}`);
    }
  }
}

function wrongType(type: CelType, wanted: Wanted): CelCompileError {
  const nameOf = (each: CelType): string => (each.kind === 'null' ? 'null_type' : formatType(each));
  const names = wanted.map(nameOf);
  const [only] = names;
  const one = names.length === 1 ? String(only) : `one of [${names.join(' ')}]`;
  return new CelCompileError(`must evaluate to ${one} but got ${nameOf(type)}`);
}

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';

export type Evaluated = { value: CelValue } | { error: string };

/** Evaluates expressions over one set of variables, until they have cost all that they may. */
export class ExpressionScope {
  readonly #expressions: Expressions;
  readonly #variables: Readonly<Record<string, CelValue>>;
  /** Negative when nothing is left: then every evaluation fails. */
  budget: number;

  constructor(expressions: Expressions, variables: Readonly<Record<string, CelValue>>, budget: number) {
    this.#expressions = expressions;
    this.#variables = { ...variables, variables: new ComposedVariables(expressions.variables, this) };
    this.budget = budget;
  }

  get isSpent(): boolean {
    return this.budget < 0;
  }

  /** What the expression comes to, or why not, in upstream's words. */
  evaluate(text: string, wanted: Wanted): Evaluated {
    const program = this.#expressions.program(text, wanted);
    if (program instanceof CelCompileError) return { error: `compilation error: ${program.message}` };
    const outcome = this.#run(program);
    if (this.isSpent) return { error: outOfBudget };
    return outcome.ok
      ? { value: outcome.value }
      : { error: `expression '${text}' resulted in error: ${outcome.error.message}` };
  }

  /** The value of `variables.<name>`. Throws CelError. */
  variable(name: string, text: string): CelValue {
    const program = this.#expressions.program(text, anything);
    const fail = (what: string, why: string): CelError =>
      new CelError(`composited variable ${JSON.stringify(name)} fails to ${what}: ${why}`);
    if (program instanceof CelCompileError) throw fail('compile', program.message);
    const outcome = this.#run(program);
    if (!outcome.ok) throw fail('evaluate', outcome.error.message);
    return outcome.value;
  }

  #run(program: Program): ReturnType<Program['run']> {
    const outcome = program.run({
      get: (name) => (Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined),
    });
    this.budget -= outcome.cost;
    return outcome;
  }
}

/** `variables`: each field is worked out when it is first read. */
class ComposedVariables extends CelObject {
  readonly typeName = 'kubernetes.variables';
  readonly #texts: Map<string, string>;
  readonly #scope: ExpressionScope;
  readonly #known = new Map<string, CelValue>();

  constructor(texts: ReadonlyMap<string, string>, scope: ExpressionScope) {
    super();
    this.#texts = new Map(texts);
    this.#scope = scope;
  }

  override field(name: string): CelValue | undefined {
    const known = this.#known.get(name);
    const text = this.#texts.get(name);
    if (known !== undefined || text === undefined) return known;
    const value = this.#scope.variable(name, text);
    this.#known.set(name, value);
    return value;
  }

  override equals(other: CelObject): boolean {
    return other === this;
  }
}
