// What does an expression come to? A walk over its syntax tree that counts what it costs.

import { listLiteral, mapLiteral, structLiteral } from './evaluate-literals.ts';
import { bind, fieldOf, isConstant, itemsOf, required, type Scope, typeNames, within } from './evaluate-parts.ts';
import { type FunctionTable, hasKind } from './functions.ts';
import { sortedBy } from './library/collections.ts';
import { textOf } from './library/format-text.ts';
import { type Comprehension, type Macro, macroAt } from './macros.ts';
import { callCost, listCost, mapCost, sortCost, structCost } from './runtime-cost.ts';
import { type Node, type NodeOf, qualifiedName } from './syntax.ts';
import { CelError, type CelValue, OptionalValue, TypeValue, Uint } from './values.ts';

/** The expression has used up what it may cost. No operator hides this. */
export class CelCostError extends Error {
  override readonly name = 'CelCostError';
}

const overloadError = 'no such overload';
/** One run of one expression. */
export class Evaluation {
  readonly #functions: FunctionTable;
  readonly #limit: number;
  cost = 0;

  constructor(functions: FunctionTable, limit: number) {
    this.#functions = functions;
    this.#limit = limit;
  }

  /** Throws CelError, or CelCostError when the limit is passed. */
  run(node: Node, scope: Scope): CelValue {
    switch (node.op) {
      case 'value':
        return node.args;
      case 'id':
        return this.#identifier(node.args, scope);
      case '.':
        return this.#select(node, scope);
      case '.?':
        return this.#optionalSelect(this.run(node.args[0], scope), node.args[1]);
      case '[]':
        return this.#index(this.run(node.args[0], scope), this.run(node.args[1], scope));
      case '[?]':
        return this.#optionalSelect(this.run(node.args[0], scope), this.run(node.args[1], scope));
      case 'list':
        if (!isConstant(node)) this.#spend(listCost);
        return listLiteral(node, (part) => this.run(part, scope));
      case 'map':
        if (!isConstant(node)) this.#spend(mapCost);
        return mapLiteral(node, (part) => this.run(part, scope));
      case 'struct':
        this.#spend(structCost);
        return structLiteral(node, (part) => this.run(part, scope));
      case '?:':
        return this.#condition(node.args, scope);
      case '&&':
      case '||':
        return this.#junction(node.args, scope, node.op === '||');
      case 'call':
      case 'rcall':
        return this.#callOrMacro(node, scope);
      case '!_':
      case '-_':
        return this.#call(node.op, node.op, [this.run(node.args, scope)]);
      default:
        return this.#call(node.op, node.op, [this.run(node.args[0], scope), this.run(node.args[1], scope)]);
    }
  }

  #spend(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#limit) throw new CelCostError('operation cancelled: actual cost limit exceeded');
  }

  #identifier(name: string, scope: Scope): CelValue {
    const value = scope.get(name);
    if (value === undefined && typeNames.has(name)) return new TypeValue(name);
    this.#spend(1);
    if (value !== undefined) return value;
    throw new CelError(`no such attribute(s): ${name}`);
  }

  #select(node: NodeOf<'.'>, scope: Scope): CelValue {
    const qualified = qualifiedName(node);
    if (qualified !== undefined && typeNames.has(qualified)) return new TypeValue(qualified);
    const declared = qualified === undefined ? undefined : scope.get(qualified);
    if (declared !== undefined) {
      this.#spend(1);
      return declared;
    }
    const target = this.run(node.args[0], scope);
    if (target instanceof OptionalValue) return this.#optionalSelect(target, node.args[1]);
    this.#spend(1);
    return required(fieldOf(target, node.args[1]), node.args[1]);
  }

  #index(target: CelValue, key: CelValue): CelValue {
    if (target instanceof OptionalValue) return this.#optionalSelect(target, key);
    this.#spend(1);
    if (Array.isArray(target)) {
      const index = key instanceof Uint ? key.value : key;
      const item = typeof index === 'bigint' || Number.isInteger(index) ? target[Number(index)] : undefined;
      if (item === undefined) throw new CelError(`index out of bounds: ${textOf(key)}`);
      return item;
    }
    return required(fieldOf(target, key), textOf(key));
  }

  #optionalSelect(target: CelValue, key: CelValue): OptionalValue {
    this.#spend(1);
    const inner = target instanceof OptionalValue ? target.held : target;
    if (inner === undefined) return OptionalValue.none;
    const value = Array.isArray(inner) ? inner[Number(key)] : fieldOf(inner, key);
    return value === undefined ? OptionalValue.none : new OptionalValue(value);
  }

  #condition([test, yes, no]: [Node, Node, Node], scope: Scope): CelValue {
    const value = this.run(test, scope);
    if (typeof value !== 'boolean') throw new CelError(overloadError);
    return this.run(value ? yes : no, scope);
  }

  /** An error on one side does not matter if the other side decides. */
  #junction([left, right]: [Node, Node], scope: Scope, decides: boolean): CelValue {
    const first = this.#attempt(left, scope);
    if (first === decides) return decides;
    const second = this.#attempt(right, scope);
    if (second === decides) return decides;
    for (const side of [first, second]) {
      if (side instanceof CelError) throw side;
      if (typeof side !== 'boolean') throw new CelError(overloadError);
    }
    return !decides;
  }

  #attempt(node: Node, scope: Scope): CelValue | CelError {
    try {
      return this.run(node, scope);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return error;
    }
  }

  #callOrMacro(node: NodeOf<'call' | 'rcall'>, scope: Scope): CelValue {
    const macro = macroAt(node);
    if (macro) return this.#macro(macro, scope);
    if (node.op === 'call') {
      const [name, args] = node.args;
      return this.#call(
        name,
        name,
        args.map((arg) => this.run(arg, scope)),
      );
    }
    const [name, target, args] = node.args;
    if ((name === 'or' || name === 'orValue') && args.length === 1) {
      const first = this.run(target, scope);
      // The second is asked for only if the first holds nothing.
      if (first instanceof OptionalValue) {
        this.#spend(1);
        if (first.held !== undefined) return name === 'or' ? first : first.held;
        return this.run(args[0] as Node, scope);
      }
      throw new CelError(overloadError);
    }
    const namespace = qualifiedName(target);
    if (namespace !== undefined && this.#functions.isNamespace(namespace) && scope.get(namespace) === undefined) {
      const qualified = `${namespace}.${name}`;
      return this.#call(
        qualified,
        qualified,
        args.map((arg) => this.run(arg, scope)),
      );
    }
    return this.#call(`.${name}`, name, [this.run(target, scope), ...args.map((arg) => this.run(arg, scope))]);
  }

  #call(key: string, name: string, args: CelValue[]): CelValue {
    const overload = this.#functions
      .find(key)
      .find(
        ({ params }) =>
          params.length === args.length && params.every((param, i) => hasKind(param, args[i] as CelValue)),
      );
    if (!overload) throw new CelError(overloadError);
    const result = overload.call(...args);
    this.#spend(callCost(name, args, result));
    return result;
  }

  #macro(macro: Macro, scope: Scope): CelValue {
    switch (macro.type) {
      case 'has': {
        const target = this.run(macro.target, scope);
        const held = target instanceof OptionalValue ? target.held : target;
        if (held === undefined) return false;
        const value = fieldOf(held, macro.field);
        return value !== undefined;
      }
      case 'optMap': {
        const optional = this.run(macro.optional, scope);
        if (!(optional instanceof OptionalValue)) throw new CelError(overloadError);
        if (optional.held === undefined) return optional;
        const result = this.run(macro.body, within(scope, macro.variable, optional.held));
        return macro.isFlat ? result : new OptionalValue(result);
      }
      case 'comprehension':
        return this.#comprehension(macro, scope);
      default:
        return macro satisfies never;
    }
  }

  #comprehension(macro: Comprehension, scope: Scope): CelValue {
    const range = this.run(macro.range, scope);
    if (macro.macro === 'sortBy') return this.#sorted(macro, range, scope);
    const items = itemsOf(range, macro.variables.length);
    switch (macro.macro) {
      case 'all':
        return this.#quantify(macro, { items, scope, decides: false });
      case 'exists':
        return this.#quantify(macro, { items, scope, decides: true });
      case 'exists_one': {
        const chosen = items.filter((values) =>
          this.#chooses(macro, bind(macro, values, scope), { chosen: 2, left: 1 }),
        );
        this.#spend(2);
        return chosen.length === 1;
      }
      default:
        return this.#collect(macro, items, scope);
    }
  }

  #quantify(
    macro: Comprehension,
    { items, scope, decides }: { items: CelValue[][]; scope: Scope; decides: boolean },
  ): CelValue {
    let failure: CelError | undefined;
    for (const values of items) {
      this.#spend(decides ? 4 : 3);
      const result = this.#attempt(macro.filter as Node, bind(macro, values, scope));
      if (result === decides) {
        this.#spend(decides ? 4 : 3);
        return decides;
      }
      if (result instanceof CelError) failure = result;
      else if (typeof result !== 'boolean') failure = new CelError(overloadError);
    }
    this.#spend(1);
    if (failure) throw failure;
    return !decides;
  }

  #chooses({ filter }: Comprehension, scope: Scope, cost: { chosen: number; left: number }): boolean {
    if (!filter) return true;
    const result = this.run(filter, scope);
    if (typeof result !== 'boolean') throw new CelError(overloadError);
    this.#spend(result ? cost.chosen : cost.left);
    return result;
  }

  #collect(macro: Comprehension, items: CelValue[][], scope: Scope): CelValue {
    const isMap = macro.macro === 'transformMap' || macro.macro === 'transformMapEntry';
    this.#spend(isMap ? mapCost : listCost);
    const list: CelValue[] = [];
    const map = new Map<CelValue, CelValue>();
    for (const values of items) {
      const inner = bind(macro, values, scope);
      if (!this.#chooses(macro, inner, { chosen: 0, left: 1 })) continue;
      this.#spend(isMap ? 3 : listCost + 2);
      const value = macro.transform ? this.run(macro.transform, inner) : this.#kept(values);
      if (macro.macro === 'transformMap') map.set(values[0] as CelValue, value);
      else if (macro.macro === 'transformMapEntry' && value instanceof Map)
        for (const [key, entry] of value) map.set(key, entry);
      else list.push(value);
    }
    this.#spend(1);
    return isMap ? map : list;
  }

  #sorted(macro: Comprehension, range: CelValue, scope: Scope): CelValue {
    if (!Array.isArray(range)) throw new CelError(overloadError);
    this.#spend(2 * listCost + 4);
    const keys = range.map((item) => {
      this.#spend(listCost + 2);
      return this.run(macro.transform as Node, bind(macro, [item], scope));
    });
    this.#spend(sortCost(keys));
    return sortedBy(range, keys);
  }

  #kept(values: CelValue[]): CelValue {
    this.#spend(1);
    return values.at(-1) as CelValue;
  }
}
