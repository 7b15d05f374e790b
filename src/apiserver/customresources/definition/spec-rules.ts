// Is a CustomResourceDefinition valid? Rules, paths and texts of apiextensions validation: what all versions
// have in common is spoken of at the top of the spec, as upstream's internal version has it.

import { forbidden, invalidValue, notSupported, required } from '../../../apimachinery/field-error.ts';
import { withSentEmpties } from '../../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import { dns1035Label, dns1123Subdomain } from '../../../apimachinery/validation.ts';
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from '../../../apis/apiextensions/generated/v1.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { caBundleRules, serviceRules, urlRules } from '../../../apis/webhook-address.ts';
import { internalVersions, isShared } from './internal-versions.ts';
import { namesRules } from './names-rules.ts';
import { schemaCauses } from './root-schema-rules.ts';
import { columnRules, deprecationRules, selectableFieldRules, subresourceRules } from './version-rules.ts';

const approvalAnnotation = 'api-approved.kubernetes.io';
const seeApproval = 'see https://github.com/kubernetes/enhancements/pull/1111';
const reviewVersions = ['v1', 'v1beta1'];

export interface DefinitionRulesOptions {
  /** What it is to replace. */
  old?: CustomResourceDefinition | undefined;
  /** Judges the CEL rules of a schema; absent where there are none. */
  ruleCauses?: ((schema: JsonSchema, path: string) => StatusCause[]) | undefined;
}

const emptySpec: CustomResourceDefinitionSpec = { group: '', names: { plural: '', kind: '' }, scope: '', versions: [] };

/** Problems of a definition that is to be created, or to replace another. */
export function definitionRules(
  definition: CustomResourceDefinition,
  { old, ruleCauses }: DefinitionRulesOptions = {},
): StatusCause[] {
  const spec = { ...emptySpec, ...(definition.spec as Partial<CustomResourceDefinitionSpec> | undefined) };
  return [
    ...specRules(spec, { isEstablished: old !== undefined && isEstablished(old), ruleCauses }),
    ...(old ? immutableRules(spec, old) : []),
    ...storedVersionRules(spec, definition.status?.storedVersions ?? []),
    ...approvalRules(definition, old),
    ...(spec.preserveUnknownFields && !old?.spec.preserveUnknownFields
      ? [
          invalidValue(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
  ];
}

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false;
}

/** The schema of a version, as the JSON schema that it is. */
export function schemaOfVersion({ schema }: CustomResourceDefinitionVersion): JsonSchema | undefined {
  return withSentEmpties(schema?.openAPIV3Schema as JsonSchema | undefined);
}

interface SpecOptions extends Pick<DefinitionRulesOptions, 'ruleCauses'> {
  isEstablished: boolean;
}

function specRules(spec: CustomResourceDefinitionSpec, options: SpecOptions): StatusCause[] {
  const { group, scope, versions, names, conversion } = spec;
  const causes: StatusCause[] = [];
  if (!group) causes.push(required('spec.group'));
  else if (dns1123Subdomain(group).length > 0)
    causes.push(invalidValue('spec.group', group, dns1123Subdomain(group).join(',')));
  else if (!group.includes('.'))
    causes.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
  if (!scope) causes.push(required('spec.scope'));
  else if (scope !== 'Cluster' && scope !== 'Namespaced')
    causes.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']));
  for (const [i, version] of versions.entries())
    if (!schemaOfVersion(version)) causes.push(required(`spec.versions[${i}].schema.openAPIV3Schema`));
  if (
    spec.preserveUnknownFields &&
    versions.some((version) => JSON.stringify(version.schema ?? {}).includes('"default":'))
  )
    causes.push(
      invalidValue('spec.preserveUnknownFields', true, 'must be false in order to use defaults in the schema'),
    );
  const own = sharedRules(spec, options);
  for (const [i, version] of versions.entries()) {
    const at = `spec.versions[${i}]`;
    const { name = '' } = version as Partial<typeof version>;
    const problems = dns1035Label(name);
    if (problems.length > 0) causes.push(invalidValue(`${at}.name`, name, problems.join(',')));
    causes.push(...deprecationRules(version, at));
    for (const { field, isShared, check } of own) if (!isShared) causes.push(...check(version, `${at}.${field}`));
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    causes.push(invalidValue('spec.versions', internalVersions(versions), 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1)
    causes.push(
      invalidValue(
        'spec.versions',
        internalVersions(versions),
        'must have exactly one version marked as storage version',
      ),
    );
  const [first] = versions;
  const problems = first?.name ? dns1035Label(first.name) : [];
  // Upstream keeps the name of the first version in a field of its own.
  if (problems.length > 0) causes.push(invalidValue('spec.version', first?.name, problems.join(',')));
  causes.push(...namesRules({ ...names }, 'spec.names'));
  for (const { shared, isShared, check } of own) if (first && isShared) causes.push(...check(first, shared));
  if (conversion && conversion.strategy !== 'None' && spec.preserveUnknownFields) {
    const must = 'must be None if spec.preserveUnknownFields is true';
    causes.push(invalidValue('spec.conversion.strategy', conversion.strategy, must));
  }
  if (conversion) causes.push(...conversionRules(conversion, 'spec.conversion', options));
  return causes;
}

interface SharedRule {
  field: 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';
  /** Where it stands if all versions say the same by it. */
  shared: string;
  isShared: boolean;
  check: (version: CustomResourceDefinitionVersion, path: string) => StatusCause[];
}

/** Schemas, subresources, columns and selectable fields: judged once if all versions share them, else version by version. */
function sharedRules({ versions }: CustomResourceDefinitionSpec, { ruleCauses }: SpecOptions): SharedRule[] {
  const hasStatus = ({ subresources }: CustomResourceDefinitionVersion): boolean => subresources?.status !== undefined;
  const rules: Omit<SharedRule, 'isShared'>[] = [
    {
      field: 'schema',
      shared: 'spec.validation',
      check: (version, path) => {
        const schema = schemaOfVersion(version);
        if (!schema) return [];
        const own = path === 'spec.validation' ? versions.some(hasStatus) : hasStatus(version);
        const causes = schemaCauses(schema, `${path}.openAPIV3Schema`, { hasStatus: own });
        // Rules are compiled by the types of a schema that is sound.
        return causes.length > 0 || !ruleCauses ? causes : ruleCauses(schema, `${path}.openAPIV3Schema`);
      },
    },
    {
      field: 'subresources',
      shared: 'spec.subresources',
      check: ({ subresources = {} }, path) => subresourceRules(subresources, path),
    },
    {
      field: 'additionalPrinterColumns',
      shared: 'spec.additionalPrinterColumns',
      check: ({ additionalPrinterColumns = [] }, path) =>
        additionalPrinterColumns.flatMap((column, i) => columnRules(column, `${path}[${i}]`)),
    },
    {
      field: 'selectableFields',
      shared: 'spec.selectableFields',
      check: (version, path) => selectableFieldRules(version.selectableFields ?? [], schemaOfVersion(version), path),
    },
  ];
  return rules.map((rule) => ({ ...rule, isShared: isShared(versions, rule.field) }));
}

function conversionRules(conversion: CustomResourceConversion, path: string, options: SpecOptions): StatusCause[] {
  const { strategy, webhook } = conversion;
  const at = `${path}.webhookClientConfig`;
  if (strategy !== 'Webhook') {
    const versionsAt = `${path}.conversionReviewVersions`;
    const notHere = 'should not be set when strategy is not set to Webhook';
    return [
      ...(strategy ? [] : [required(`${path}.strategy`)]),
      ...(strategy && strategy !== 'None' ? [notSupported(`${path}.strategy`, strategy, ['None', 'Webhook'])] : []),
      ...(webhook?.clientConfig ? [forbidden(at, notHere)] : []),
      ...(webhook?.conversionReviewVersions?.length ? [forbidden(versionsAt, notHere)] : []),
    ];
  }
  const { clientConfig, conversionReviewVersions = [] } = webhook ?? {};
  const versions = reviewVersionRules(conversionReviewVersions, `${path}.conversionReviewVersions`);
  if (!clientConfig) return [required(at, 'required when strategy is set to Webhook'), ...versions];
  const { url, service, caBundle } = clientConfig;
  const address =
    (url === undefined) === (service === undefined)
      ? [required(at, 'exactly one of url or service is required')]
      : url !== undefined
        ? urlRules(url, `${at}.url`)
        : serviceRules(service ?? {}, `${at}.service`);
  return [...address, ...(options.isEstablished ? caBundleRules(caBundle, `${at}.caBundle`) : []), ...versions];
}

function reviewVersionRules(versions: string[], path: string): StatusCause[] {
  if (versions.length === 0) return [required(path)];
  const causes = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalidValue(`${path}[${i}]`, version, 'duplicate version')]
      : dns1035Label(version).map((problem) => invalidValue(`${path}[${i}]`, version, problem)),
  );
  return versions.some((version) => reviewVersions.includes(version))
    ? causes
    : [...causes, invalidValue(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}

function immutableRules(spec: CustomResourceDefinitionSpec, old: CustomResourceDefinition): StatusCause[] {
  const before = old.spec;
  const fields: [string, unknown, unknown][] = [
    ...(isEstablished(old)
      ? ([
          ['spec.scope', spec.scope, before.scope],
          ['spec.names.kind', spec.names.kind, before.names.kind],
        ] as [string, unknown, unknown][])
      : []),
    ['spec.group', spec.group, before.group],
    ['spec.names.plural', spec.names.plural, before.names.plural],
  ];
  return fields
    .filter(([, now, then]) => now !== then)
    .map(([path, now]) => invalidValue(path, now ?? '', 'field is immutable'));
}

function storedVersionRules(spec: CustomResourceDefinitionSpec, stored: string[]): StatusCause[] {
  const path = 'status.storedVersions';
  if (stored.length === 0) return [invalidValue(path, undefined, 'must have at least one stored version')];
  // Each is found once: a second version of the same name is not.
  const left = new Set(stored);
  const missing = spec.versions
    .filter(({ name, storage }) => !left.delete(name) && storage)
    .map(({ name }) => invalidValue(path, stored, `must have the storage version ${name}`));
  const gone = stored.flatMap((name, i) =>
    spec.versions.some((version) => version.name === name)
      ? []
      : [
          invalidValue(
            `${path}[${i}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  );
  return [...missing, ...gone];
}

type Approval = 'missing' | 'bypassed' | 'approved' | 'invalid';

function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const text = metadata.annotations?.[approvalAnnotation] ?? '';
  if (text === '') return 'missing';
  if (text.startsWith('unapproved')) return 'bypassed';
  return URL.canParse(text) && new URL(text).host !== '' ? 'approved' : 'invalid';
}

/** The groups of the Kubernetes project are protected: who defines kinds there says who approved it. */
function approvalRules(definition: CustomResourceDefinition, old?: CustomResourceDefinition): StatusCause[] {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(definition.spec.group)) return [];
  const approval = approvalOf(definition);
  if (old && approvalOf(old) === approval) return [];
  const path = `metadata.annotations[${approvalAnnotation}]`;
  const must = `protected groups must have approval annotation "${approvalAnnotation}"`;
  if (approval === 'missing') return [required(path, `${must}, ${seeApproval}`)];
  if (approval !== 'invalid') return [];
  const text = definition.metadata.annotations?.[approvalAnnotation];
  return [invalidValue(path, text, `${must} with either a URL or a reason starting with "unapproved", ${seeApproval}`)];
}
