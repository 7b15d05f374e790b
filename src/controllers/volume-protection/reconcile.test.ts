import { expect, test } from 'vitest';
import {
  boundClaim,
  boundVolume,
  claimObject,
  dataClaimRef,
  driverName,
  podObject,
  volumeObject,
} from '../../simulation/objects.ts';
import {
  type AttributesClassView,
  type ClaimView,
  reconcileAttributesClass,
  reconcileClaim,
  reconcileVolume,
  type Step,
} from './reconcile.ts';

const held = { finalizers: ['kubernetes.io/pvc-protection'] };
const dying = { ...held, deletionTimestamp: 'now' };
const handed = { annotations: { 'volume.kubernetes.io/storage-provisioner': driverName } };
const unscheduled = podObject({ spec: { ...podObject().spec, nodeName: undefined } });

test.each<{ name: string; view: Partial<ClaimView>; want: Partial<Step> }>([
  { name: 'not protected -> protected', view: { claim: claimObject() }, want: { type: 'Protect' } },
  { name: 'protected -> settled', view: { claim: claimObject({ metadata: held }) }, want: { type: 'Settled' } },
  { name: 'deleted, unused -> let go', view: { claim: boundClaim({ metadata: dying }) }, want: { type: 'Release' } },
  {
    name: 'deleted, running pod -> stays',
    view: { claim: boundClaim({ metadata: dying }), pods: [podObject()] },
    want: { type: 'Wait', why: 'pod web-0 uses the claim' },
  },
  {
    name: 'deleted, completed pod -> stays',
    view: { claim: boundClaim({ metadata: dying }), pods: [podObject({ status: { phase: 'Succeeded' } })] },
    want: { type: 'Wait' },
  },
  {
    name: 'deleted, pod without a node -> let go',
    view: { claim: boundClaim({ metadata: dying }), pods: [unscheduled] },
    want: { type: 'Release' },
  },
  {
    name: 'deleted, pod of another namespace -> let go',
    view: { claim: boundClaim({ metadata: dying }), pods: [podObject({ metadata: { namespace: 'other' } })] },
    want: { type: 'Release' },
  },
  {
    name: 'deleted while a volume may be in the making -> stays',
    view: { claim: claimObject({ metadata: { ...dying, ...handed } }) },
    want: { type: 'Wait', why: `provisioner ${driverName} may be making a volume for the claim` },
  },
  {
    name: 'deleted, the volume is saved -> let go',
    view: {
      claim: claimObject({ metadata: { ...dying, ...handed } }),
      provisioned: volumeObject({ spec: { claimRef: dataClaimRef } }),
    },
    want: { type: 'Release' },
  },
  {
    name: 'deleted, handed to a provisioner that says nothing -> let go',
    view: { claim: claimObject({ metadata: { ...dying, ...handed } }), provisioners: [] },
    want: { type: 'Release' },
  },
  {
    name: 'deleted, finalizer gone -> settled',
    view: { claim: claimObject({ metadata: { deletionTimestamp: 'now', finalizers: ['other'] } }) },
    want: { type: 'Settled' },
  },
])('reconcileClaim: $name', ({ view, want }) => {
  const given = { claim: claimObject(), pods: [], provisioned: undefined, provisioners: [driverName], ...view };
  expect(reconcileClaim(given)).toMatchObject(want);
});

test.each<{ name: string; volume: Parameters<typeof boundVolume>[0]; want: Step['type'] }>([
  { name: 'not protected -> protected', volume: { metadata: { finalizers: [] } }, want: 'Protect' },
  { name: 'protected -> settled', volume: {}, want: 'Settled' },
  {
    name: 'deleted while bound -> stays',
    volume: { metadata: { deletionTimestamp: 'now', finalizers: ['kubernetes.io/pv-protection'] } },
    want: 'Wait',
  },
  {
    name: 'deleted and released -> let go',
    volume: {
      metadata: { deletionTimestamp: 'now', finalizers: ['kubernetes.io/pv-protection'] },
      status: { phase: 'Released' },
    },
    want: 'Release',
  },
])('reconcileVolume: $name', ({ volume, want }) => {
  expect(reconcileVolume({ volume: boundVolume(volume) }).type).toBe(want);
});

const classMeta = { name: 'gold', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const gold = (metadata: object) => ({ metadata: { ...classMeta, ...metadata }, driverName, parameters: { iops: '9' } });
const dyingClass = gold({ finalizers: ['kubernetes.io/vac-protection'], deletionTimestamp: 'now' });

test.each<{ name: string; view: Partial<AttributesClassView>; want: Partial<Step> }>([
  { name: 'not protected -> protected', view: { attributesClass: gold({}) }, want: { type: 'Protect' } },
  {
    name: 'protected -> settled',
    view: { attributesClass: gold({ finalizers: ['kubernetes.io/vac-protection'] }) },
    want: { type: 'Settled' },
  },
  { name: 'deleted, unused -> let go', view: {}, want: { type: 'Release' } },
  {
    name: 'deleted, others have other classes -> let go',
    view: { volumes: [volumeObject({ spec: { volumeAttributesClassName: 'silver' } })] },
    want: { type: 'Release' },
  },
  {
    name: 'deleted, a volume has it -> stays',
    view: { volumes: [volumeObject({ spec: { volumeAttributesClassName: 'gold' } })] },
    want: { type: 'Wait' },
  },
  {
    name: 'deleted, a claim asks for it -> stays',
    view: { claims: [claimObject({ spec: { volumeAttributesClassName: 'gold' } })] },
    want: { type: 'Wait', why: 'data uses the class' },
  },
  {
    name: 'deleted, a claim has it and asks for another -> stays',
    view: { claims: [claimObject({ status: { currentVolumeAttributesClassName: 'gold' } })] },
    want: { type: 'Wait' },
  },
  {
    name: 'deleted, a claim is being given it -> stays',
    view: {
      claims: [
        claimObject({ status: { modifyVolumeStatus: { status: 'Pending', targetVolumeAttributesClassName: 'gold' } } }),
      ],
    },
    want: { type: 'Wait' },
  },
])('reconcileAttributesClass: $name', ({ view, want }) => {
  expect(reconcileAttributesClass({ attributesClass: dyingClass, claims: [], volumes: [], ...view })).toMatchObject(
    want,
  );
});
