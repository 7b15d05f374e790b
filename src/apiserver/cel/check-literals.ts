// Which types do lists, maps and objects have that an expression writes out?

import { joined, patchTypes } from './check-parts.ts';
import { add, type Estimated, fixed } from './estimate.ts';
import { listCost, mapCost, structCost } from './runtime-cost.ts';
import type { Node, NodeOf } from './syntax.ts';
import { type CelType, dyn, formatType, isAssignable, listOf, mapOf, optionalOf, type Variables } from './types.ts';

interface Deps {
  hasPatchTypes: boolean;
  visit: (node: Node, variables: Variables) => Estimated;
  /** A type that does not fit. */
  report: (node: Node, message: string) => Estimated;
  /** What is wrong though all types fit. */
  flaw: (node: Node, message: string) => void;
}

/** Checks the literals of one expression that have parts. */
export class LiteralChecker {
  readonly #deps: Deps;
  /** In how many calls of `format` does the node at hand stand? Their lists may hold values of any type. */
  #formats = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** `visit`, with literals of mixed types let pass. */
  mixed<T>(visit: () => T): T {
    this.#formats += 1;
    try {
      return visit();
    } finally {
      this.#formats -= 1;
    }
  }

  /** The entries of a list or map, or the fields of an object; optional ones are what they hold. */
  #entries(nodes: Node[], optional: ReadonlySet<number>, variables: Variables): Estimated[] {
    return nodes.map((node, i) => {
      const part = this.#deps.visit(node, variables);
      if (!optional.has(i) || part.type.kind === 'dyn') return part;
      if (part.type.kind === 'optional') return { ...part, type: part.type.elem, size: undefined };
      return this.#mismatch(node, optionalOf(part.type), part.type);
    });
  }

  #mismatch(node: Node, wanted: CelType, found: CelType): Estimated {
    return this.#deps.report(node, `expected type '${formatType(wanted)}' but found '${formatType(found)}'`);
  }

  /** The one type of all entries. */
  #joined(nodes: Node[], parts: Estimated[]): CelType {
    const { type, odd } = joined(parts);
    const [node, part] = [nodes[odd], parts[odd]];
    if (node && part && this.#formats === 0) {
      const found = `expected type '${formatType((parts[0] as Estimated).type)}' but found '${formatType(part.type)}'`;
      this.#deps.flaw(node, found);
    }
    return type;
  }

  list({ args: items, optional }: NodeOf<'list'>, variables: Variables): Estimated {
    const parts = this.#entries(items, optional, variables);
    return {
      type: listOf(this.#joined(items, parts)),
      cost: add(fixed(listCost), ...parts.map(({ cost }) => cost)),
      size: { min: parts.length - optional.size, max: parts.length },
    };
  }

  map({ args: entries, optional }: NodeOf<'map'>, variables: Variables): Estimated {
    const [keyNodes, valueNodes] = [entries.map(([key]) => key), entries.map(([, value]) => value)];
    const keys = this.#entries(keyNodes, new Set(), variables);
    const values = this.#entries(valueNodes, optional, variables);
    const cost = add(fixed(mapCost), ...[...keys, ...values].map((part) => part.cost));
    return {
      type: mapOf(this.#joined(keyNodes, keys), this.#joined(valueNodes, values)),
      cost,
      size: { min: entries.length - optional.size, max: entries.length },
    };
  }

  struct(node: NodeOf<'struct'>, variables: Variables): Estimated {
    const [typeName, fields] = node.args;
    const type = this.#deps.hasPatchTypes ? patchTypes(typeName) : undefined;
    const variable = type ? undefined : variables.get(typeName);
    if (variable) return this.#deps.report(node, `'${formatType(variable)}' is not a type`);
    if (!type) return this.#deps.report(node, `undeclared reference to '${typeName}' (in container '')`);
    const nodes = fields.map(([, value]) => value);
    const parts = this.#entries(nodes, node.optional, variables);
    for (const [i, [name]] of fields.entries()) {
      const [wanted, found] = [this.#fieldType(node, type, name), (parts[i] as Estimated).type];
      if (isAssignable(wanted, found, new Map())) continue;
      const why = `expected type of field '${name}' is '${formatType(wanted)}' but provided type is '${formatType(found)}'`;
      this.#deps.report(nodes[i] as Node, why);
    }
    return { type, cost: add(fixed(structCost), ...parts.map(({ cost }) => cost)) };
  }

  #fieldType(node: Node, type: CelType & { kind: 'object' }, name: string): CelType {
    return type.fields.get(name) ?? (type.isOpen ? dyn : this.#deps.report(node, `undefined field '${name}'`).type);
  }
}
