// How does the server serve one version of a custom resource? Its CustomResourceDefinition as a ResourceDefinition.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from '../../apis/apiextensions/generated/v1.ts';
import type { CustomConverter, CustomTraits, JsonSchema, ResourceDefinition } from '../../apis/definition.ts';
import { cloneJson } from '../cache/stored-object.ts';
import { compareVersions } from '../version-order.ts';
import { columnsOf } from './columns.ts';
import { finalizerWarnings } from './finalizer-warnings.ts';
import { findByJsonPath, parseJsonPath } from './json-path.ts';
import { componentName } from './openapi-schema.ts';
import { type CelRules, resourceRules } from './resource-rules.ts';
import { applyDefaults, dropNulls, fillInDefaults, hasDefaults } from './values/defaults.ts';
import { embeddedResources } from './values/embedded.ts';
import { prune } from './values/prune.ts';

export interface CustomDefinitionOptions {
  /** Converts by the definition's webhook; absent if it has none. */
  converter: CustomConverter | undefined;
  /** Makes the checker of a schema's CEL rules; absent if no version has any. */
  celRulesOf: ((schema: JsonSchema) => CelRules) | undefined;
}

/** One definition per served version. */
export function customDefinitionsOf(
  definition: CustomResourceDefinition,
  options: CustomDefinitionOptions,
): ResourceDefinition[] {
  const versions = definition.spec.versions.filter(({ served }) => served);
  return versions.map((version) => definitionOf(definition, version, options));
}

function schemaOf({ schema }: CustomResourceDefinitionVersion): JsonSchema {
  return (schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }) as JsonSchema;
}

function definitionOf(
  crd: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  { converter, celRulesOf }: CustomDefinitionOptions,
): ResourceDefinition {
  const { group, scope, names: wanted } = crd.spec;
  const names = crd.status?.acceptedNames?.plural ? crd.status.acceptedNames : wanted;
  const {
    plural,
    kind,
    singular = kind.toLowerCase(),
    listKind = `${kind}List`,
    shortNames = [],
    categories = [],
  } = names;
  const resource = { group, version: version.name, plural, kind, namespaced: scope === 'Namespaced' };
  const schema = schemaOf(version);
  const { subresources } = version;
  const celRules = celRulesOf?.(schema);
  const rules = resourceRules({
    celRules,
    schema,
    scale: subresources?.scale,
    hasStatus: subresources?.status !== undefined,
  });
  return {
    resource,
    listKind,
    singular,
    shortNames,
    categories,
    subresources: [
      ...(subresources?.status ? (['status'] as const) : []),
      ...(subresources?.scale ? (['scale'] as const) : []),
    ],
    schemaName: componentName(resource),
    isBuiltIn: false,
    hasGeneration: true,
    columns: columnsOf(version.additionalPrinterColumns),
    selectableFields: selectableFieldsOf(version),
    custom: traitsOf(crd, version, { schema, converter }),
    ...formsOf(crd, version),
    applyDefaults: (object) => fillInDefaults(object, schema),
    validateCreate: (object) => rules.create(object),
    validateUpdate: (object, old, warn) => rules.update(object, old, warn),
    validateStatus: (object, old, warn) => rules.status(object, old, warn),
    warnings: finalizerWarnings,
  };
}

function traitsOf(
  crd: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  { schema, converter }: { schema: JsonSchema; converter: CustomConverter | undefined },
): CustomTraits {
  const { scale } = version.subresources ?? {};
  return {
    prune: (object) => prune(object, schema, { isResourceRoot: true }),
    dropNulls: (object) => dropNulls(object, schema),
    embedded: (object) => embeddedResources(object, schema, ''),
    ...(scale && { scale: scalePaths(scale) }),
    ...(version.deprecated && { deprecationWarning: version.deprecationWarning ?? defaultWarning(crd, version) }),
    storageVersion: crd.spec.versions.find(({ storage }) => storage)?.name ?? version.name,
    isTerminating: crd.metadata.deletionTimestamp !== undefined,
    ...(converter && { converter }),
  };
}

/** How objects get from the stored version to this one, and back. Defaults of the stored version are filled in on the way. */
function formsOf(
  { spec }: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): Pick<ResourceDefinition, 'fromStored' | 'toStored' | 'storedApiVersion'> {
  const apiVersion = `${spec.group}/${version.name}`;
  const storage = spec.versions.find(({ storage: isStored }) => isStored)?.name ?? version.name;
  const storedApiVersion = `${spec.group}/${storage}`;
  const needsForms = spec.versions.length > 1 || hasDefaults(schemaOf(version));
  if (!needsForms) return { storedApiVersion };
  const schemas = new Map(spec.versions.map((each) => [`${spec.group}/${each.name}`, schemaOf(each)]));
  const own = schemaOf(version);
  return {
    storedApiVersion,
    fromStored: (stored) => {
      const object = { ...cloneJson(stored), apiVersion };
      applyDefaults(object, (stored.apiVersion && schemas.get(stored.apiVersion)) || own);
      if (stored.apiVersion !== apiVersion) prune(object, own, { isResourceRoot: true });
      return object;
    },
    // What the stored version does not know is not kept.
    toStored: (object) => {
      if (apiVersion === storedApiVersion) return { ...object, apiVersion: storedApiVersion };
      const stored = { ...cloneJson(object), apiVersion: storedApiVersion };
      prune(stored, schemas.get(storedApiVersion) ?? own, { isResourceRoot: true });
      return stored;
    },
  };
}

function selectableFieldsOf({
  selectableFields = [],
}: CustomResourceDefinitionVersion): ResourceDefinition['selectableFields'] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      const read = (object: KubeObject): string => {
        const [value] = findByJsonPath(path, object);
        if (typeof value === 'string') return value;
        return value === undefined || value === null ? '' : JSON.stringify(value);
      };
      return [jsonPath.replace(/^\./, ''), read];
    }),
  );
}

function scalePaths({ specReplicasPath, statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale) {
  const steps = (path: string): string[] => path.replace(/^\./, '').split('.');
  return {
    specReplicas: steps(specReplicasPath),
    statusReplicas: steps(statusReplicasPath),
    ...(labelSelectorPath && { selector: steps(labelSelectorPath) }),
  };
}

/** Names the newest served version that is not deprecated. Source: defaultDeprecationWarning. */
function defaultWarning({ spec }: CustomResourceDefinition, { name }: CustomResourceDefinitionVersion): string {
  const { group, versions, names } = spec;
  const [better] = versions
    .filter(({ served, deprecated, name: other }) => served && !deprecated && compareVersions(other, name) < 0)
    .map(({ name: other }) => other)
    .sort(compareVersions);
  const is = `${group}/${name} ${names.kind} is deprecated`;
  return better === undefined ? is : `${is}; use ${group}/${better} ${names.kind}`;
}
