// Do the schemas, the definitions and the columns agree with one another and with Velero's documents?

import { expect, test } from 'vitest';
import { epochMsOf } from '../../base/clock.ts';
import { veleroResources } from './resources.ts';
import { veleroSchemas } from './schema.ts';

test.each(veleroResources)('$resource.kind: has a schema, a short name and no status subresource', (definition) => {
  const schema = veleroSchemas[definition.schemaName];
  expect(schema?.['x-kubernetes-group-version-kind']).toEqual([
    { group: 'velero.io', version: definition.resource.version, kind: definition.resource.kind },
  ]);
  expect(definition.subresources).toEqual([]);
  expect(definition.shortNames).toHaveLength(1);
});

test('required fields -> those that Velero requires', () => {
  const required = (kind: string) => veleroSchemas[`io.velero.${kind}`]?.properties?.['spec']?.required;
  expect(required('v1.BackupStorageLocation')).toEqual(['provider', 'objectStorage']);
  expect(new Set(required('v2alpha1.DataUpload'))).toEqual(
    new Set(['snapshotType', 'sourcePVC', 'sourceNamespace', 'backupStorageLocation', 'operationTimeout']),
  );
  expect(required('v1.Backup')).toBeUndefined();
});

test('a fresh Backup -> blank cells, an age', () => {
  const columns = veleroResources.find((definition) => definition.resource.kind === 'Backup')?.columns ?? [];
  const object = {
    metadata: { name: 'b', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  };
  const row = Object.fromEntries(
    columns.map((column) => [column.name, column.cell(object, epochMsOf('2026-01-01T00:05:07Z'))]),
  );
  expect(row).toEqual({ Name: 'b', Status: '', Errors: '', Warnings: '', Started: '', Age: '5m7s' });
});
