// What does an applier hear if others own what it wants to change?
// Source: apimachinery/pkg/util/managedfields/internal conflict.

import { difference, type FieldSet, isEmptySet, pathsOf, union } from '../fieldpath/field-set.ts';
import { formatPath } from '../fieldpath/path-element.ts';
import { StatusError } from '../status-error.ts';
import type { ManagerId } from './managers.ts';

/** The fields that one manager owns and an apply would change. */
export interface Conflict {
  ownership: ManagerId;
  set: FieldSet;
}

export class ApplyConflict extends Error {
  override readonly name = 'ApplyConflict';
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super('the apply conflicts with other managers');
    this.conflicts = conflicts;
  }

  get fields(): FieldSet {
    return this.conflicts.map(({ set }) => set).reduce(union);
  }

  /** The conflicts over all but the fields `allowed`; undefined if none is left. */
  without(allowed: FieldSet): ApplyConflict | undefined {
    if (isEmptySet(difference(this.fields, allowed))) return undefined;
    const left = this.conflicts
      .map(({ ownership, set }) => ({ ownership, set: difference(set, allowed) }))
      .filter(({ set }) => !isEmptySet(set));
    return new ApplyConflict(left);
  }

  /** The refusal that the client gets. */
  toStatus(): StatusError {
    const lines = this.conflicts.flatMap(({ ownership, set }) =>
      pathsOf(set).map((path) => ({ manager: describe(ownership), path: formatPath(path) })),
    );
    const causes = lines.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${manager}`,
      field: path,
    }));
    return new StatusError('Conflict', messageOf(lines), { details: { causes } });
  }
}

function messageOf(lines: { manager: string; path: string }[]): string {
  const [first] = lines;
  if (lines.length === 1 && first) {
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.path}`;
  }
  const managers = [...new Set(lines.map(({ manager }) => manager))];
  const parts = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...lines.filter((line) => line.manager === manager).map(({ path }) => `- ${path}`),
  ]);
  return `Apply failed with ${lines.length} conflicts: ${parts.join('\n')}`;
}

/** `"kubectl" with subresource "status" using apps/v1`. */
function describe({ manager, operation, apiVersion, subresource }: ManagerId): string {
  const through = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const using = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(manager)}${through}${using}`;
}
