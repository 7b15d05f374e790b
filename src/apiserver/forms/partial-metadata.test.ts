import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { daemonSet } from '../../apis/apps/daemon-set.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import { partialMetadata } from './partial-metadata.ts';

const generation = 'deprecated.daemonset.template.generation';
const shown = (definition: object, annotations: object): unknown => {
  const object = { metadata: { name: 'a', annotations } } as unknown as KubeObject;
  const { metadata } = partialMetadata({ definition } as CatalogueEntry, object, 'v1') as KubeObject;
  return metadata;
};

test.each([
  {
    name: 'what stands for a field -> hidden',
    definition: daemonSet,
    annotations: { [generation]: '2', a: 'b' },
    want: { a: 'b' },
  },
  {
    name: 'nothing else -> no annotations',
    definition: daemonSet,
    annotations: { [generation]: '2' },
    want: undefined,
  },
  {
    name: 'of another kind -> as it is',
    definition: {},
    annotations: { [generation]: '2' },
    want: { [generation]: '2' },
  },
])('partialMetadata: $name', ({ definition, annotations, want }) => {
  expect(shown(definition, annotations)).toEqual({ name: 'a', ...(want && { annotations: want }) });
});
