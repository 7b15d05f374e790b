import { expect, test } from 'vitest';
import { settleSources } from './claim-sources.ts';
import type { PersistentVolumeClaimSpec } from './generated/v1.ts';

const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
const filler = { apiGroup: 'example.com', kind: 'Filler', name: 'f' };
const elsewhere = { ...filler, namespace: 'other' };

test.each<{ name: string; spec: PersistentVolumeClaimSpec; old?: PersistentVolumeClaimSpec; want: object }>([
  {
    name: 'the older field -> both',
    spec: { dataSource: snapshot },
    want: { dataSource: snapshot, dataSourceRef: snapshot },
  },
  {
    name: 'the newer field -> both',
    spec: { dataSourceRef: filler },
    want: { dataSource: filler, dataSourceRef: filler },
  },
  { name: 'the older field cannot name all kinds -> neither', spec: { dataSource: filler }, want: {} },
  {
    name: 'what the older field cannot name, beside the newer one -> left to the validation',
    spec: { dataSource: filler, dataSourceRef: snapshot },
    want: { dataSource: filler, dataSourceRef: snapshot },
  },
  { name: 'a source in another namespace -> not served', spec: { dataSourceRef: elsewhere }, want: {} },
  {
    name: 'a source in another namespace of a claim that has a source -> left to the validation',
    spec: { dataSourceRef: elsewhere },
    old: { dataSourceRef: filler },
    want: { dataSourceRef: elsewhere },
  },
  {
    name: 'what an old claim named -> kept',
    spec: { dataSource: filler },
    old: { dataSource: filler },
    want: { dataSource: filler, dataSourceRef: filler },
  },
])('settleSources: $name', ({ spec, old, want }) => {
  const settled = structuredClone(spec);
  settleSources(settled, old);
  expect(settled).toEqual(want);
});
