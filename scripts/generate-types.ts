// Which fields does each built-in kind have? Writes the TypeScript types of the
// built-in API groups from the model classes of @kubernetes/client-node, which
// carry every field of Kubernetes 1.36. Run by `npm run generate`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ApiGroup, apiGroups } from './generate-groups.ts';
import { type Model, modelNames, readModel, referenced, shortName } from './generate-models.ts';

const metaModels = new Set([
  'V1ObjectMeta',
  'V1OwnerReference',
  'V1ManagedFieldsEntry',
  'V1ListMeta',
  'V1LabelSelector',
  'V1LabelSelectorRequirement',
  'V1Condition',
  'V1Status',
  'V1StatusDetails',
  'V1StatusCause',
  'V1DeleteOptions',
  'V1Preconditions',
]);

const groupOf = new Map<string, ApiGroup>();
const models = new Map<string, Model>();

function claim(className: string, group: ApiGroup): void {
  if (metaModels.has(className) || groupOf.has(className)) return;
  const model = readModel(className);
  if (!model) return;
  groupOf.set(className, group);
  models.set(className, model);
  for (const attribute of model.attributes) for (const name of referenced(attribute.type)) claim(name, group);
}

function typeOf(type: string, used: Set<string>): string {
  return type
    .replace(/Array<(.*)>/, (_, inner: string) => `${typeOf(inner, used)}[]`)
    .replace(/\{ \[key: string\]: (.*); \}/, (_, inner: string) => `Record<string, ${typeOf(inner, used)}>`)
    .replace(/\b(?:Date|V1MicroTime)\b/g, 'string')
    .replace(/\bIntOrString\b/g, '(number | string)')
    .replace(/\b(?:any|object)\b/g, 'unknown')
    .replace(/\b[A-Z][A-Za-z0-9]*\b/g, (name) => {
      if (!modelNames.has(name)) return name;
      used.add(name);
      return shortName(name);
    });
}

function render(group: ApiGroup): string {
  const own = [...models.values()].filter((model) => groupOf.get(model.className) === group);
  const used = new Set<string>();
  const bodies = own.map((model) => {
    const isRoot = ['apiVersion', 'kind', 'metadata'].every((name) =>
      model.attributes.some((a) => a.baseName === name),
    );
    const fields = model.attributes.map(({ baseName, type }) => {
      const doc = model.docs.get(baseName)?.replaceAll('*/', '* /');
      const optional = model.required.has(baseName) || (isRoot && baseName === 'metadata') ? '' : '?';
      const isTemplateMeta = !isRoot && type === 'V1ObjectMeta';
      const fieldType = isTemplateMeta ? `Partial<${typeOf(type, used)}>` : typeOf(type, used);
      return `${doc ? `  /** ${doc} */\n` : ''}  '${baseName}'${optional}: ${fieldType};`;
    });
    return `export interface ${shortName(model.className)} {\n${fields.join('\n')}\n}\n`;
  });
  const imports = new Map<string, Set<string>>();
  for (const name of used) {
    const from = groupOf.get(name);
    if (from === group) continue;
    const path = from ? `../../${from.folder}/generated/${from.version}.ts` : '../../../apimachinery/meta.ts';
    imports.set(path, (imports.get(path) ?? new Set()).add(shortName(name)));
  }
  const head = [...imports].map(([path, names]) => `import type { ${[...names].sort().join(', ')} } from '${path}';`);
  return `// Built by scripts/generate-types.ts; not edited by hand.\n${head.join('\n')}\n\n${bodies.join('\n')}`;
}

/** Writes `src/apis/<folder>/generated/<version>.ts` for every group. */
export function generateTypes(): void {
  for (const group of apiGroups) for (const name of group.roots) claim(name, group);
  for (const group of apiGroups) {
    const file = join(import.meta.dirname, '..', 'src/apis', group.folder, `generated/${group.version}.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, render(group));
  }
}
