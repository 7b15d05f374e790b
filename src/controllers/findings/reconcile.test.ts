import { expect, test } from 'vitest';
import type { Finding } from '../../apis/amarre/finding-types.ts';
import { fold } from '../../doctor/fold.ts';
import { finding } from '../../doctor/testing/reports.ts';
import { reconcileFindings, type Step } from './reconcile.ts';

const node = { kind: 'Node', name: 'Node_1' };
const onNode = finding('node', { subject: node, objects: [node], rule: 'A06' });
const isOpen = (namespace: string): boolean => namespace !== 'ending';

/** Findings as the API would have them after these steps. */
function stored(steps: readonly Step[]): Finding[] {
  return steps.flatMap((step) => (step.type === 'Create' ? [step.draft as unknown as Finding] : []));
}

const first = reconcileFindings({ found: fold([finding('data')]), existing: [], isOpen });

test.each<{ name: string; found: Parameters<typeof fold>[0]; existing?: Finding[]; want: string[] }>([
  {
    name: 'new cause -> made in the namespace of its subject',
    found: [finding('data')],
    want: ['Create shop/x01-data-'],
  },
  { name: 'about a cluster-scoped object -> made in default', found: [onNode], want: ['Create default/a06-node-1-'] },
  {
    name: 'in a namespace that ends -> made in default',
    found: [finding('data', { subject: { kind: 'Pod', namespace: 'ending', name: 'p' } })],
    want: ['Create default/x01-p-'],
  },
  { name: 'known and the same -> left alone', found: [finding('data')], existing: stored(first), want: [] },
  {
    name: 'only its evidence moved on -> left alone',
    found: [finding('data', { evidence: [] })],
    existing: stored(first),
    want: [],
  },
  {
    name: 'says something else -> changed',
    found: [finding('data', { severity: 'Low' })],
    existing: stored(first),
    want: ['Update shop/x01-data-'],
  },
  { name: 'cause is gone -> removed', found: [], existing: stored(first), want: ['Delete shop/x01-data-'] },
  {
    name: 'symptoms -> stand in their cause',
    found: [finding('data', { blames: [node] }), onNode],
    want: ['Create default/a06-node-1-'],
  },
  { name: 'a name that no object may have -> one that it may', found: [finding('~!')], want: ['Create shop/x01-'] },
])('reconcileFindings: $name', ({ found, existing = [], want }) => {
  const steps = reconcileFindings({ found: fold(found), existing, isOpen });
  const texts = steps.map((step) => {
    const { namespace, name } = step.type === 'Create' ? step.draft.metadata : step.object.metadata;
    expect(name).toMatch(/^[a-z0-9-]+-[0-9a-f]{6}$/);
    return `${step.type} ${namespace}/${name.slice(0, -6)}`;
  });
  expect(texts).toEqual(want);
});
