// Which answers differ, and why? A step that is named here must differ: what has been mended is to be struck out.

export interface KnownDifference {
  /** Name of the case. */
  name: string;
  /** Number of the step. */
  step: number;
  why: string;
}

export const knownDifferences: KnownDifference[] = [
  { name: 'apply a map', step: 11, why: 'what is wrong with YAML is told in the words of another parser' },
  {
    name: 'pods: binding, eviction, resize, ephemeral containers',
    step: 29,
    why: 'budgets are counted when they are asked, and need no controller before',
  },
  {
    name: 'pods: binding, eviction, resize, ephemeral containers',
    step: 30,
    why: 'budgets are counted when they are asked, and need no controller before',
  },
  {
    name: 'patches of what is not there',
    step: 8,
    why: 'what is wrong with YAML is told in the words of another parser',
  },
  { name: 'media types', step: 30, why: 'what is wrong with YAML is told in the words of another parser' },
  { name: 'media types', step: 37, why: 'what is wrong with protobuf is told in other words' },
];
