// What is a secret to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, required, tooLong } from '../../apimachinery/field-error.ts';
import { goKind, goSyntaxError } from '../../apimachinery/go-json.ts';
import { setField } from '../../apimachinery/json-fields.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { secrets } from '../resources.ts';
import { validateDataKey } from './config-map.ts';
import type { Secret } from './generated/v1.ts';
import { secretWarnings } from './tls-warnings.ts';

const maxBytes = 1024 * 1024;

/** Keys that a secret of a known type must have. */
const requiredKeys: Record<string, string[]> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export const secret = defineResource<Secret>({
  resource: secrets,
  listKind: 'SecretList',
  singular: 'secret',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.core.v1.Secret',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    column('Type', ({ type }) => type ?? ''),
    column('Data', ({ data }) => Object.keys(data ?? {}).length),
    ageColumn(),
  ],
  selectableFields: { type: ({ type }) => type ?? '' },
  applyDefaults: (object) => {
    object.type ||= 'Opaque';
    mergeStringData(object);
  },
  validateCreate: validateSecret,
  validateUpdate: (object, old) => [...validateSecretUpdate(object, old), ...validateSecret(object)],
  warnings: (object) => secretWarnings(object),
});

/** stringData is for writing only: it goes into data, where it wins. */
function mergeStringData(object: Secret): void {
  const { stringData } = object;
  delete object.stringData;
  if (!stringData) return;
  object.data ??= {};
  for (const [key, text] of Object.entries(stringData))
    setField(object.data, key, Buffer.from(text).toString('base64'));
}

function validateSecret({ data = {}, type = 'Opaque', metadata }: Secret): StatusCause[] {
  const causes = Object.keys(data).flatMap((key) => validateDataKey(key, `data[${key}]`));
  const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  if (bytes > maxBytes) causes.push(tooLong('data', maxBytes));
  const needed = Object.hasOwn(requiredKeys, type) ? requiredKeys[type] : [];
  for (const key of needed ?? []) if (!Object.hasOwn(data, key)) causes.push(required(`data[${key}]`));
  for (const key of needed ?? [])
    if (key.startsWith('.docker')) causes.push(...configCauses(data[key], `data[${key}]`));
  if (type === 'kubernetes.io/ssh-auth' && data['ssh-privatekey'] === '') causes.push(required('data[ssh-privatekey]'));
  if (type === 'kubernetes.io/basic-auth' && !Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password'))
    causes.push(required('data[username]'), required('data[password]'));
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.['kubernetes.io/service-account.name']) {
    causes.push(required('metadata.annotations[kubernetes.io/service-account.name]'));
  }
  return causes;
}

/** Causes against the configuration of a registry's client. What is in it is nobody's business. */
function configCauses(encoded: string | undefined, field: string): StatusCause[] {
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, 'base64').toString();
  const why = goSyntaxError(text) ?? whyNoObject(JSON.parse(text));
  return why === undefined ? [] : [invalidValue(field, '<secret contents redacted>', why)];
}

function whyNoObject(value: unknown): string | undefined {
  const kind = goKind(value);
  if (kind === 'object' || kind === 'null') return undefined;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

function validateSecretUpdate(object: Secret, old: Secret): StatusCause[] {
  const causes: StatusCause[] = [];
  if (object.type !== old.type) causes.push(invalidValue('type', object.type, 'field is immutable'));
  if (!old.immutable) return causes;
  if (!object.immutable) causes.push(forbidden('immutable', 'field is immutable when `immutable` is set'));
  if (!semanticallyEqual(object.data, old.data))
    causes.push(forbidden('data', 'field is immutable when `immutable` is set'));
  return causes;
}
