import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantityToNumber } from '../../apimachinery/quantity.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { boundClaim, boundVolume, driverName } from '../../simulation/objects.ts';
import { type ExpandView, reconcile, type Step } from './reconcile.ts';

function grow(
  request: string,
  status: Partial<NonNullable<PersistentVolumeClaim['status']>> = {},
): PersistentVolumeClaim {
  const claim = boundClaim({ status });
  return { ...claim, spec: { ...claim.spec, resources: { requests: { storage: request } } } };
}

function marked(status: string, allocated: string, request = '2Gi'): PersistentVolumeClaim {
  return grow(request, { allocatedResources: { storage: allocated }, allocatedResourceStatuses: { storage: status } });
}

const volume = boundVolume();
const grown = boundVolume({ spec: { capacity: { storage: '2Gi' } } });

test.each<{ name: string; view: Partial<ExpandView>; want: Step }>([
  { name: 'nothing asked for -> settled', view: { claim: boundClaim() }, want: { type: 'Settled' } },
  {
    name: 'more asked for -> marked first',
    view: { claim: grow('2Gi') },
    want: { type: 'MarkInProgress', size: '2Gi' },
  },
  {
    name: 'marked before a crash -> expanded',
    view: { claim: marked('ControllerResizeInProgress', '2Gi') },
    want: { type: 'Expand', size: '2Gi', volume },
  },
  {
    name: 'raised again meanwhile -> what was begun first',
    view: { claim: marked('ControllerResizeInProgress', '2Gi', '3Gi') },
    want: { type: 'Expand', size: '2Gi', volume },
  },
  {
    name: 'volume grown, crash before the report -> asked again for what the node must do',
    view: { claim: marked('ControllerResizeInProgress', '2Gi'), volume: grown },
    want: { type: 'Expand', size: '2Gi', volume: grown },
  },
  {
    name: 'left to the node -> settled',
    view: { claim: marked('NodeResizePending', '2Gi'), volume: grown },
    want: { type: 'Settled' },
  },
  {
    name: 'node at work, raised again -> waits',
    view: { claim: marked('NodeResizeInProgress', '2Gi', '3Gi'), volume: grown },
    want: { type: 'Settled' },
  },
  {
    name: 'infeasible -> settled',
    view: { claim: marked('ControllerResizeInfeasible', '2Gi') },
    want: { type: 'Settled' },
  },
  {
    name: 'infeasible, asked for less -> tried',
    view: { claim: marked('ControllerResizeInfeasible', '9Gi', '2Gi') },
    want: { type: 'MarkInProgress', size: '2Gi' },
  },
  {
    name: 'infeasible, wish taken back -> settled',
    view: { claim: marked('ControllerResizeInfeasible', '9Gi', '1Gi') },
    want: { type: 'Settled' },
  },
  {
    name: 'infeasible on the node, asked for less -> tried',
    view: { claim: marked('NodeResizeInfeasible', '9Gi', '2Gi') },
    want: { type: 'MarkInProgress', size: '2Gi' },
  },
  {
    name: 'done -> settled',
    view: {
      claim: grow('2Gi', { capacity: { storage: '2Gi' }, allocatedResources: { storage: '2Gi' } }),
      volume: grown,
    },
    want: { type: 'Settled' },
  },
  {
    name: 'volume larger than the file system -> grown to the volume',
    view: { claim: grow('2Gi'), volume: boundVolume({ spec: { capacity: { storage: '3Gi' } } }) },
    want: { type: 'MarkInProgress', size: '3Gi' },
  },
  { name: 'claim not bound -> settled', view: { claim: grow('2Gi', { phase: 'Pending' }) }, want: { type: 'Settled' } },
  {
    name: 'volume of another driver -> settled',
    view: { claim: grow('2Gi'), volume: boundVolume({ spec: { csi: { driver: 'other', volumeHandle: 'x' } } }) },
    want: { type: 'Settled' },
  },
  {
    name: 'volume bound to another claim -> settled',
    view: {
      claim: grow('2Gi'),
      volume: boundVolume({ spec: { claimRef: { name: 'other', namespace: 'default', uid: 'o' } } }),
    },
    want: { type: 'Settled' },
  },
])('reconcile: $name', ({ view, want }) => {
  expect(reconcile({ driver: driverName, claim: boundClaim(), volume, ...view })).toEqual(want);
});

test('a claim whose wish is met is never worked on, and no step shrinks it', () => {
  const sizes = fc.constantFrom('1Gi', '2Gi', '3Gi', '4Gi');
  fc.assert(
    fc.property(sizes, sizes, sizes, (request, have, capacity) => {
      const claim = grow(request, { capacity: { storage: have } });
      const step = reconcile({
        driver: driverName,
        claim,
        volume: boundVolume({ spec: { capacity: { storage: capacity } } }),
      });
      if (quantityToNumber(have) >= quantityToNumber(request)) expect(step.type).toBe('Settled');
      if (step.type === 'MarkInProgress') expect(quantityToNumber(step.size)).toBeGreaterThan(quantityToNumber(have));
    }),
  );
});
