// What do users' webhooks and policies see of a request that is handed on: exec, attach, port-forward, proxy? Its options,
// as an object, which they may change. Source: apiserver/pkg/endpoints/handlers/rest.go ConnectResource.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { apiVersionOf } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { assert } from '../../base/assert.ts';
import { admitPart } from '../admission/chain.ts';
import { gvkOf } from '../openapi/subresources.ts';
import type { Operation } from '../registry/context.ts';
import { isTrue } from '../request-info.ts';

type Options = Record<string, unknown>;

const flags = ['stdin', 'stdout', 'stderr', 'tty'];

/** The operation with its options as admission leaves them. Rejects with a refusal. */
export async function admitConnect(operation: Operation): Promise<Operation> {
  const { info, entry } = operation;
  const part = gvkOf(info.subresource, entry.kind);
  assert(part, `The subresource ${info.subresource} has no options`);
  if (info.query.has('dryRun')) throw new StatusError('BadRequest', 'dryRun is not supported');
  const options: Options = { kind: part.kind, apiVersion: apiVersionOf(part), ...optionsOf(operation) };
  const before = JSON.stringify(options);
  // Options have no metadata: what reads objects here does without.
  const object = options as unknown as KubeObject;
  await admitPart({ verb: 'CONNECT', operation, object, old: undefined, part });
  return JSON.stringify(options) === before
    ? operation
    : { ...operation, info: { ...info, ...infoOf(operation, options) } };
}

function optionsOf({ info: { query, subresource, subpath } }: Operation): Options {
  switch (subresource) {
    case 'proxy':
      return subpath === '' ? {} : { path: subpath };
    case 'portforward': {
      const ports = query.getAll('ports').flatMap((value) => value.split(',').map(portOf));
      return ports.length === 0 ? {} : { ports };
    }
    default: {
      const container = query.get('container');
      const command = query.getAll('command');
      return {
        ...Object.fromEntries(flags.filter((name) => isTrue(query.get(name))).map((name) => [name, true])),
        ...(container && { container }),
        ...(command.length > 0 && { command }),
      };
    }
  }
}

/** Throws BadRequest if it is no number. */
function portOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new StatusError('BadRequest', `cannot convert to []int32: ${why}`);
}

/** The options in the words of the request. */
function infoOf({ info }: Operation, options: Options): Partial<Operation['info']> {
  if (info.subresource === 'proxy') return { subpath: typeof options['path'] === 'string' ? options['path'] : '' };
  const query = new URLSearchParams(info.query);
  for (const name of [...flags, 'container', 'command', 'ports']) {
    query.delete(name);
    const value = options[name];
    if (value === undefined || value === false || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  return { query };
}
