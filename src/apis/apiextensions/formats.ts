// Which formats of strings may the schemas of a definition name, and what is said of others? Source: apiextensions-apiserver's
// validation/formats.go.

import type { CustomResourceDefinition, JSONSchemaProps } from './generated/v1.ts';

/** Formats that are checked, without the hyphens that some are written with. */
export const knownFormats = [
  'bsonobjectid',
  'uri',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'cidr',
  'mac',
  'uuid',
  'uuid3',
  'uuid4',
  'uuid5',
  'isbn',
  'isbn10',
  'isbn13',
  'creditcard',
  'ssn',
  'hexcolor',
  'rgbcolor',
  'byte',
  'password',
  'date',
  'duration',
  'datetime',
  'k8sshortname',
  'k8slongname',
] as const;
export type KnownFormat = (typeof knownFormats)[number];

const ofStrings = new Set<string>(knownFormats);
const ofNumbers: Record<string, string[]> = { integer: ['int32', 'int64'], number: ['float', 'double'] };

/** Warnings of formats that nobody checks; of those that were there before no more is said. */
export function definitionWarnings(definition: CustomResourceDefinition, old?: CustomResourceDefinition): string[] {
  const unknown = unknownFormatsOf(definition);
  if (unknown.length === 0) return [];
  const before = old ? unknownFormatsOf(old) : [];
  return unknown
    .filter((format) => !before.includes(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

// Whether it has versions at all is asked later.
function unknownFormatsOf({ spec }: Partial<CustomResourceDefinition>): string[] {
  return (spec?.versions ?? []).flatMap(({ schema }) =>
    schema?.openAPIV3Schema ? unknownIn(schema.openAPIV3Schema) : [],
  );
}

function unknownIn(schema: JSONSchemaProps): string[] {
  const {
    format,
    type = '',
    items,
    allOf = [],
    anyOf = [],
    oneOf = [],
    not,
    properties,
    additionalProperties,
  } = schema;
  const own = format && !isKnown(format, type) ? [format] : [];
  const below = [items, ...allOf, ...anyOf, ...oneOf, not, ...Object.values(properties ?? {}), additionalProperties];
  return [...own, ...below.flatMap((each) => (isSchema(each) ? unknownIn(each) : []))];
}

function isSchema(value: unknown): value is JSONSchemaProps {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKnown(format: string, type: string): boolean {
  if (type === '' || type === 'string') return ofStrings.has(format.replaceAll('-', ''));
  return (Object.hasOwn(ofNumbers, type) && ofNumbers[type]?.includes(format)) || false;
}
