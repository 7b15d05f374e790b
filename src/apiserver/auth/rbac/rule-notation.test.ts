import { expect, test } from 'vitest';
import { rules } from './rule-notation.ts';

test.each([
  { line: 'get list | | pods', want: { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] } },
  {
    line: 'get | , events.k8s.io | events',
    want: { verbs: ['get'], apiGroups: ['', 'events.k8s.io'], resources: ['events'] },
  },
  {
    line: 'get | apps, extensions | x y',
    want: { verbs: ['get'], apiGroups: ['apps', 'extensions'], resources: ['x', 'y'] },
  },
  {
    line: 'get | | secrets | a b',
    want: { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] },
  },
  { line: 'get | /healthz /livez', want: { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez'] } },
])('rules: $line', ({ line, want }) => {
  expect(rules([line])).toEqual([want]);
});
