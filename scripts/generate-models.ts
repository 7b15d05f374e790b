// What does a model class of @kubernetes/client-node say about its kind? Reads the classes'
// attribute tables and declarations; the other generators build on it.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Attribute {
  baseName: string;
  /** `string`, `Array<V1Container>`, `{ [key: string]: string; }`, … */
  type: string;
  format: string;
}

export interface Model {
  className: string;
  doc: string | undefined;
  attributes: Attribute[];
  required: Set<string>;
  docs: Map<string, string>;
}

/** The folder of the installed package `name`. */
export function packageDir(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

const modelsDir = join(packageDir('@kubernetes/client-node'), 'dist/gen/models');

/** Every class name that has a model. */
export const modelNames: ReadonlySet<string> = new Set(
  readdirSync(modelsDir)
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => file.slice(0, -'.d.ts'.length)),
);

/** The model of a class; undefined when the class is none of the package's models. */
export function readModel(className: string): Model | undefined {
  if (!modelNames.has(className)) return undefined;
  const declaration = readFileSync(join(modelsDir, `${className}.d.ts`), 'utf8');
  const source = readFileSync(join(modelsDir, `${className}.js`), 'utf8');
  const table = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(source);
  if (!table?.[1]) return undefined;
  const attributes = JSON.parse(table[1].replace(/,(\s*[\]}])/g, '$1')) as Attribute[];
  const required = new Set<string>();
  const docs = new Map<string, string>();
  for (const match of declaration.matchAll(/(?:\/\*\*\s*\n\s*\* ([^\n]*)\n\s*\*\/\s*\n\s*)?'([^']+)'(\??): /g)) {
    const [, doc, field = '', optional] = match;
    if (!optional) required.add(field);
    if (doc) docs.set(field, unescapeDoc(doc));
  }
  const doc = /\/\*\*\s*\n\* ([^\n]*)\n\*\/\s*\nexport declare class/.exec(declaration)?.[1];
  return { className, doc: doc && unescapeDoc(doc), attributes, required, docs };
}

/** The model classes that a type names. */
export function referenced(type: string): string[] {
  return [...type.matchAll(/[A-Z][A-Za-z0-9]*/g)].map(([name]) => name).filter((name) => modelNames.has(name));
}

/** `V1Pod` → `Pod`, `CoreV1Event` → `Event`. */
export function shortName(className: string): string {
  return className.replace(/^(?:[A-Z][a-z]+)?V[12](?=[A-Z])/, '');
}

function unescapeDoc(doc: string): string {
  return doc.replaceAll("\\'", "'").replaceAll('\\"', '"');
}
