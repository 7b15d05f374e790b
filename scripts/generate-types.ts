// Which fields does each built-in kind have? Writes the TypeScript types of the
// built-in API groups from the model classes of @kubernetes/client-node, which
// carry every field of Kubernetes 1.36. Run by `npm run generate`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Model, modelNames, readModel, referenced, shortName } from './generate-models.ts';

/** API groups in the order in which they claim the models that they reach. */
const roots: Record<string, string[]> = {
  core: [
    'V1Pod',
    'V1PodList',
    'V1PersistentVolumeClaim',
    'V1PersistentVolume',
    'V1Secret',
    'V1ConfigMap',
    'V1Service',
    'V1Node',
    'V1Namespace',
    'CoreV1Event',
    'V1ServiceAccount',
    'V1Endpoints',
    'V1ResourceQuota',
    'V1LimitRange',
    'V1PodTemplate',
    'V1ReplicationController',
    'V1Binding',
    'V1TypedLocalObjectReference',
  ],
  apps: ['V1StatefulSet', 'V1ControllerRevision', 'V1Deployment', 'V1ReplicaSet', 'V1DaemonSet'],
  storage: [
    'V1StorageClass',
    'V1CSIDriver',
    'V1CSINode',
    'V1CSIStorageCapacity',
    'V1VolumeAttachment',
    'V1VolumeAttributesClass',
  ],
  coordination: ['V1Lease'],
  events: ['EventsV1Event'],
  apiextensions: ['V1CustomResourceDefinition'],
};

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

const groupOf = new Map<string, string>();
const models = new Map<string, Model>();

function claim(className: string, group: string): void {
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

function render(group: string): string {
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
    const from = metaModels.has(name) ? 'meta' : groupOf.get(name);
    if (!from || from === group) continue;
    const path = from === 'meta' ? '../../../apimachinery/meta.ts' : `../../${from}/generated/v1.ts`;
    imports.set(path, (imports.get(path) ?? new Set()).add(shortName(name)));
  }
  const head = [...imports].map(([path, names]) => `import type { ${[...names].sort().join(', ')} } from '${path}';`);
  return `// Built by scripts/generate-types.ts; not edited by hand.\n${head.join('\n')}\n\n${bodies.join('\n')}`;
}

/** Writes `src/apis/<group>/generated/v1.ts` for every group. */
export function generateTypes(): void {
  for (const [group, names] of Object.entries(roots)) for (const name of names) claim(name, group);
  for (const group of Object.keys(roots)) {
    const file = join(import.meta.dirname, '..', 'src/apis', group, 'generated/v1.ts');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, render(group));
  }
}
