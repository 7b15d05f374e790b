// Do the types of an expression fit, and what may it cost at most? One walk tells both.

import { LiteralChecker } from './check-literals.ts';
import { costsOf, elementType, literal, literalProblem, noOverload, rangeTypes } from './check-parts.ts';
import { add, type Estimated, estimateCall, fixed, multiply, scale, sizeOfPart, union } from './estimate.ts';
import { typeNames } from './evaluate-parts.ts';
import type { FunctionTable } from './functions.ts';
import { type Comprehension, type Macro, macroOf } from './macros.ts';
import { CelCompileError, issue, type Node, type NodeOf, qualifiedName } from './syntax.ts';
import {
  bool,
  type CelType,
  dyn,
  formatType,
  int,
  isAssignable,
  join,
  optionalOf,
  substitute,
  type Variables,
} from './types.ts';

interface Issue {
  node: Node;
  message: string;
}

/** Checks one expression. */
export class Checker {
  readonly #functions: FunctionTable;
  readonly #issues: Issue[] = [];
  /** What is wrong with an expression whose types fit. */
  readonly #flaws: Issue[] = [];
  readonly #literals: LiteralChecker;
  /** Variables that the expression refers to. */
  readonly used = new Set<string>();

  constructor(functions: FunctionTable) {
    this.#functions = functions;
    this.#literals = new LiteralChecker({
      hasPatchTypes: functions.hasPatchTypes,
      visit: (node, variables) => this.#visit(node, variables),
      report: (node, message) => this.#report(node, message),
      flaw: (node, message) => this.#flaws.push({ node, message }),
    });
  }

  /** Type and cost. Throws CelCompileError with all that does not fit. */
  check(node: Node, variables: Variables): Estimated {
    const checked = this.#visit(node, variables);
    const found = this.#issues.length > 0 ? this.#issues : this.#flaws;
    if (found.length === 0) return checked;
    found.sort((a, b) => a.node.at - b.node.at);
    throw new CelCompileError(found.map(({ node: { input, at }, message }) => issue(input, at, message)).join('\n'));
  }

  #visit(node: Node, variables: Variables): Estimated {
    switch (node.op) {
      case 'value':
        return literal(node.args);
      case 'id':
        return this.#identifier(node, node.args, variables);
      case '.':
        return this.#select(node, variables);
      case '.?': {
        const target = this.#visit(node.args[0], variables);
        return { type: optionalOf(this.#fieldType(node, target.type, node.args[1])), cost: add(target.cost, fixed(1)) };
      }
      case '[]':
      case '[?]':
        return this.#index(node, variables);
      case 'list':
        return this.#literals.list(node, variables);
      case 'map':
        return this.#literals.map(node, variables);
      case 'struct':
        return this.#literals.struct(node, variables);
      case '?:':
        return this.#condition(node, variables);
      case '&&':
      case '||':
        return this.#junction(node, variables);
      case 'call':
      case 'rcall':
        return this.#callOrMacro(node, variables);
      case '!_':
      case '-_':
        return this.#call(node, { key: node.op, name: node.op }, [this.#visit(node.args, variables)]);
      default:
        return this.#call(node, { key: node.op, name: node.op }, [
          this.#visit(node.args[0], variables),
          this.#visit(node.args[1], variables),
        ]);
    }
  }

  #report(node: Node, message: string): Estimated {
    this.#issues.push({ node, message });
    return { type: dyn, cost: fixed(0) };
  }

  #identifier(node: Node, name: string, variables: Variables): Estimated {
    const type = variables.get(name);
    if (type) {
      this.used.add(name);
      return { type, cost: fixed(1) };
    }
    if (typeNames.has(name)) return { type: typeOf(name), cost: fixed(1) };
    return this.#report(node, `undeclared reference to '${name}' (in container '')`);
  }

  #select(node: NodeOf<'.'>, variables: Variables): Estimated {
    const qualified = qualifiedName(node);
    if (qualified !== undefined && typeNames.has(qualified)) return { type: typeOf(qualified), cost: fixed(1) };
    // A variable may have a dot in its name: `authorizer.requestResource`.
    const declared = qualified === undefined ? undefined : variables.get(qualified);
    if (declared) return { type: declared, cost: fixed(1) };
    const target = this.#visit(node.args[0], variables);
    const isOptional = target.type.kind === 'optional';
    const type = this.#fieldType(node, target.type, node.args[1]);
    return { type: isOptional ? optionalOf(type) : type, cost: add(target.cost, fixed(1)) };
  }

  #fieldType(node: Node, target: CelType, field: string): CelType {
    switch (target.kind) {
      case 'optional':
        return this.#fieldType(node, target.elem, field);
      case 'map':
        return target.value;
      case 'dyn':
      case 'param':
        return dyn;
      case 'object':
        return (
          target.fields.get(field) ?? (target.isOpen ? dyn : this.#report(node, `undefined field '${field}'`).type)
        );
      default:
        return this.#report(node, `type '${formatType(target)}' does not support field selection`).type;
    }
  }

  #index(node: NodeOf<'[]' | '[?]'>, variables: Variables): Estimated {
    const target = this.#visit(node.args[0], variables);
    const key = this.#visit(node.args[1], variables);
    const wasOptional = target.type.kind === 'optional';
    const inner = target.type.kind === 'optional' ? target.type.elem : target.type;
    const type = elementType(inner, key.type);
    if (!type)
      return this.#report(
        node,
        `found no matching overload for '_[_]' applied to '(${formatType(target.type)}, ${formatType(key.type)})'`,
      );
    const cost = add(target.cost, key.cost, fixed(1));
    return { type: wasOptional || node.op === '[?]' ? optionalOf(type) : type, cost };
  }

  #condition(node: NodeOf<'?:'>, variables: Variables): Estimated {
    const [test, yes, no] = node.args.map((part) => this.#visit(part, variables)) as [Estimated, Estimated, Estimated];
    const isEither = isAssignable(yes.type, no.type, new Map()) || isAssignable(no.type, yes.type, new Map());
    if (!isEither || !isAssignable(bool, test.type, new Map()))
      return this.#report(
        node,
        `found no matching overload for '_?_:_' applied to '(${[test, yes, no].map(({ type }) => formatType(type)).join(', ')})'`,
      );
    const size = union(sizeOfPart(yes), sizeOfPart(no));
    return { type: join(yes.type, no.type), cost: add(test.cost, union(yes.cost, no.cost)), size };
  }

  #junction(node: NodeOf<'&&' | '||'>, variables: Variables): Estimated {
    const [left, right] = node.args.map((part) => this.#truth(part, variables)) as [Estimated, Estimated];
    return { type: bool, cost: { min: left.cost.min, max: left.cost.max + right.cost.max } };
  }

  /** A part of a junction, which must be true or false. */
  #truth(node: Node, variables: Variables): Estimated {
    const part = this.#visit(node, variables);
    if (isAssignable(bool, part.type, new Map())) return part;
    return this.#report(node, `expected type 'bool' but found '${formatType(part.type)}'`);
  }

  #callOrMacro(node: NodeOf<'call' | 'rcall'>, variables: Variables): Estimated {
    const macro = macroOf(node);
    if (macro) return this.#macro(node, macro, variables);
    if (node.op === 'call') {
      const [name, args] = node.args;
      const flaw = literalProblem(node);
      if (flaw) this.#flaws.push({ node: flaw.node, message: flaw.problem });
      return this.#call(
        node,
        { key: name, name },
        args.map((arg) => this.#visit(arg, variables)),
      );
    }
    const [name, target, args] = node.args;
    const namespace = qualifiedName(target);
    const parts = (): Estimated[] => {
      const visit = (): Estimated[] => args.map((arg) => this.#visit(arg, variables));
      return name === 'format' ? this.#literals.mixed(visit) : visit();
    };
    const flaw = literalProblem(node);
    if (flaw) this.#flaws.push({ node: flaw.node, message: flaw.problem });
    if (namespace !== undefined && this.#functions.find(`${namespace}.${name}`).length > 0 && !variables.has(namespace))
      return this.#call(node, { key: `${namespace}.${name}`, name: `${namespace}.${name}` }, parts());
    return this.#call(node, { key: `.${name}`, name }, [this.#visit(target, variables), ...parts()]);
  }

  #call(node: Node, { key, name }: { key: string; name: string }, args: Estimated[]): Estimated {
    const overloads = this.#functions.find(key);
    if (overloads.length === 0) return this.#report(node, `undeclared reference to '${name}' (in container '')`);
    let result: CelType | undefined;
    for (const { params, result: declared } of overloads) {
      const bindings = new Map<string, CelType>();
      const fits =
        params.length === args.length &&
        params.every((param, i) => isAssignable(param, (args[i] as Estimated).type, bindings));
      if (!fits) continue;
      const own = substitute(declared, bindings);
      result = result ? join(result, own) : own;
    }
    if (!result) return this.#report(node, noOverload(key, name, args));
    const [first] = args;
    if (key === 'type' && first) result = typeOf(formatType(first.type));
    const { cost, size } = estimateCall(name, args);
    return { type: result, cost: add(cost, ...args.map((arg) => arg.cost)), size };
  }

  #macro(node: Node, macro: Macro, variables: Variables): Estimated {
    switch (macro.type) {
      case 'has': {
        const target = this.#visit(macro.target, variables);
        this.#fieldType(node, target.type, macro.field);
        return { type: bool, cost: target.cost };
      }
      case 'optMap': {
        const optional = this.#visit(macro.optional, variables);
        const elem = optional.type.kind === 'optional' ? optional.type.elem : dyn;
        const body = this.#visit(macro.body, new Map(variables).set(macro.variable, elem));
        return { type: macro.isFlat ? body.type : optionalOf(body.type), cost: add(optional.cost, body.cost) };
      }
      case 'comprehension':
        return this.#comprehension(node, macro, variables);
      default:
        return macro satisfies never;
    }
  }

  #comprehension(node: Node, macro: Comprehension, variables: Variables): Estimated {
    const range = this.#visit(macro.range, variables);
    const types = rangeTypes(range.type, macro.variables.length);
    if (!types)
      return this.#report(
        macro.range,
        `expression of type '${formatType(range.type)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
    const inner = new Map(variables);
    for (const [i, name] of macro.variables.entries()) inner.set(name, types[i] ?? dyn);
    if (macro.macro === 'sortBy' && range.type.kind === 'map')
      return this.#report(node, `found no matching overload for 'sortBy' applied to '${formatType(range.type)}'`);
    const isJunction = macro.macro === 'all' || macro.macro === 'exists';
    const filter = macro.filter && (isJunction ? this.#truth(macro.filter, inner) : this.#visit(macro.filter, inner));
    const transform = macro.transform && this.#visit(macro.transform, inner);
    const size = sizeOfPart(range);
    const {
      type,
      start,
      round,
      square = 0,
    } = costsOf(macro, {
      filter,
      transform,
      elem: types.at(-1) ?? dyn,
      key: types[0] ?? dyn,
    });
    if (filter && !isAssignable(bool, filter.type, new Map())) {
      const made = formatType(macro.macro === 'exists_one' ? int : type);
      const types = `(${formatType(filter.type)}, ${made}, ${made})`;
      return this.#report(node, `found no matching overload for '_?_:_' applied to '${types}'`);
    }
    const isCollection = type.kind !== 'bool';
    return {
      type,
      cost: add(range.cost, fixed(start), multiply(size, round), scale(multiply(size, size), square)),
      size: isCollection ? { min: 0, max: size.max } : undefined,
    };
  }
}

const typeOf = (of: string): CelType => ({ kind: 'type', of });
