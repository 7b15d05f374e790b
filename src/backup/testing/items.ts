// Builds items of a backup for tests.

import type { BackupItem } from '../items.ts';

type Extra = { metadata?: object; spec?: object; status?: object } & Record<string, unknown>;

/** The item at `namespace/name` or `name`; `extra` is merged into its object. */
export function item(groupResource: string, path: string, extra: Extra = {}): BackupItem {
  const [first = '', second] = path.split('/');
  const [namespace, name] = second === undefined ? [undefined, first] : [first, second];
  const { metadata, ...rest } = extra;
  const object = {
    apiVersion: 'v1',
    kind: groupResource,
    metadata: {
      name,
      uid: `uid-${groupResource}-${path}`,
      resourceVersion: '9',
      creationTimestamp: 'x',
      ...(namespace && { namespace }),
      ...metadata,
    },
    ...rest,
  };
  return { groupResource, version: 'v1', namespace, name, object };
}
