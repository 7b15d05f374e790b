// What does a client say about how to write? The options of create, update and patch, from the query.
// Source: apimachinery/pkg/apis/meta/v1/validation.

import { forbidden, invalidValue, notSupported, required, tooLong } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { isTrue, type RequestInfo } from '../request-info.ts';
import { invalidOptions } from './list-options.ts';

export const applyPatchType = 'application/apply-patch+yaml';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  /** Who is to own the fields: the request's fieldManager, or else the client's user agent. */
  manager: string;
  fieldValidation: FieldValidation;
  /** Take fields from other managers? Only of an apply. */
  force: boolean;
  isDryRun: boolean;
  isApply: boolean;
}

const managerBytesMax = 128;
const optionsKinds: Partial<Record<RequestInfo['verb'], string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

const readOptions: WriteOptions = {
  manager: '',
  fieldValidation: 'Warn',
  force: false,
  isDryRun: false,
  isApply: false,
};

/** Reads the options of a request; those of a read are the defaults. Throws Invalid. */
export function writeOptionsOf(
  { verb, query }: Pick<RequestInfo, 'verb' | 'query'>,
  { contentType, userAgent }: { contentType: string; userAgent: string },
): WriteOptions {
  const kind = optionsKinds[verb];
  if (kind === undefined) return readOptions;
  // Most clients say nothing: then there is nothing to look for.
  if (query.size === 0 && verb !== 'patch') return { ...readOptions, manager: managerFromUserAgent(userAgent) };
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  const dryRun = query.getAll('dryRun');
  const causes = [
    ...(verb === 'patch' ? patchCauses(query, { isApply: contentType === applyPatchType, fieldManager }) : []),
    ...(kind === 'DeleteOptions' ? [] : managerCauses(fieldManager)),
    ...(dryRun.every((value) => value === 'All') ? [] : [notSupported('dryRun', dryRun, ['All'])]),
    ...(kind === 'DeleteOptions' || isFieldValidation(fieldValidation)
      ? []
      : [notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn'])]),
  ];
  if (causes.length > 0) throw invalidOptions(kind, causes);
  return {
    manager: fieldManager || managerFromUserAgent(userAgent),
    fieldValidation: isFieldValidation(fieldValidation) ? fieldValidation : 'Warn',
    force: isTrue(query.get('force')),
    isDryRun: dryRun.includes('All'),
    isApply: verb === 'patch' && contentType === applyPatchType,
  };
}

function patchCauses(
  query: URLSearchParams,
  { isApply, fieldManager }: { isApply: boolean; fieldManager: string },
): StatusCause[] {
  if (isApply) return fieldManager === '' ? [required('fieldManager', 'is required for apply patch')] : [];
  return query.has('force') ? [forbidden('force', 'may not be specified for non-apply patch')] : [];
}

function managerCauses(manager: string): StatusCause[] {
  const causes = Buffer.byteLength(manager) > managerBytesMax ? [tooLong('fieldManager', managerBytesMax)] : [];
  let position = 0;
  for (const character of manager) {
    if (!isPrintable(character)) {
      const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
      causes.push(invalidValue('fieldManager', manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return causes;
}

const knownManagers = new Map<string, string>();
const knownManagersMax = 256;
const userAgentLengthMax = 256;

/** The program's name, in a form that is valid for a manager: `kubectl/v1.34.0 (linux/amd64)` is kubectl. */
function managerFromUserAgent(userAgent: string): string {
  let manager = knownManagers.get(userAgent);
  if (manager === undefined) {
    manager = readManager(userAgent);
    // What clients make up must not fill the memory.
    if (knownManagers.size < knownManagersMax && userAgent.length <= userAgentLengthMax)
      knownManagers.set(userAgent, manager);
  }
  return manager;
}

function readManager(userAgent: string): string {
  const [program = ''] = userAgent.split('/', 1);
  let manager = '';
  for (const character of program) {
    if (!isPrintable(character)) continue;
    if (Buffer.byteLength(manager) + Buffer.byteLength(character) > managerBytesMax) break;
    manager += character;
  }
  return manager;
}

function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

function isFieldValidation(value: string): value is FieldValidation {
  return value === 'Ignore' || value === 'Warn' || value === 'Strict';
}
