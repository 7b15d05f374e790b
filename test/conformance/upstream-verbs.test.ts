// Does the server answer every kind of request as upstream's does? The same requests go to a real kube-apiserver too.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { applyCases } from './upstream/cases-apply.ts';
import { definitionCases } from './upstream/cases-definitions.ts';
import { deleteCases } from './upstream/cases-deletes.ts';
import { documentCases } from './upstream/cases-documents.ts';
import { identityCases } from './upstream/cases-identity.ts';
import { listCases } from './upstream/cases-lists.ts';
import { numberCases } from './upstream/cases-numbers.ts';
import { objectCases } from './upstream/cases-objects.ts';
import { patchCases } from './upstream/cases-patches.ts';
import { podWarningCases } from './upstream/cases-pod-warnings.ts';
import { scaleCases } from './upstream/cases-scales.ts';
import { subresourceCases } from './upstream/cases-subresources.ts';
import { unknownFieldCases } from './upstream/cases-unknown-fields.ts';
import { updateCases } from './upstream/cases-updates.ts';
import { warningCases } from './upstream/cases-warnings.ts';
import { wireCases } from './upstream/cases-wire.ts';
import { workloadWarningCases } from './upstream/cases-workload-warnings.ts';
import { answersOf, type Comparable, isRefusedByBoth, merge } from './upstream/exchange.ts';
import { knownDifferences } from './upstream/known-differences.ts';
import { samples } from './upstream/samples.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

const topics = {
  objects: objectCases,
  numbers: numberCases,
  updates: updateCases,
  lists: listCases,
  patches: [...patchCases, ...definitionCases, ...unknownFieldCases],
  apply: applyCases,
  deletes: deleteCases,
  subresources: [...subresourceCases, ...scaleCases],
  documents: documentCases,
  identity: identityCases,
  wire: wireCases,
  warnings: [...podWarningCases, ...workloadWarningCases, ...warningCases],
};
const cases = Object.entries(topics).flatMap(([topic, all]) => all.map((each) => ({ topic, ...each })));

const uid = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/;
const firstOfKinds = [...new Map(samples.toReversed().map((sample) => [sample.kind, sample])).values()].toReversed();

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  }, 120_000);
  afterAll(() => servers?.stop());

  test.each(cases.map((each, index) => ({ ...each, namespace: `case-${index}` })))(
    '$topic: $name -> the same answers',
    async ({ namespace, ...one }) => {
      const [ours, upstream] = await Promise.all([
        answersOf(servers.ours, one, namespace),
        answersOf(servers.upstream, one, namespace),
      ]);
      const known = knownDifferences.filter(({ name }) => name === one.name).map(({ step }) => step);
      const compared = upstream.map((answer, step) => {
        const own = ours[step] as Comparable;
        if (isRefusedByBoth(own, answer)) return { ours: own.step, upstream: answer.step };
        if (!known.includes(step)) return { ours: own, upstream: answer };
        expect(own, `step ${step} of "${one.name}" does not differ any more`).not.toEqual(answer);
        return { ours: own.step, upstream: answer.step };
      });
      expect(compared.map((each) => each.ours)).toEqual(compared.map((each) => each.upstream));
    },
    60_000,
  );

  test.each(firstOfKinds)(
    '$kind: PUT and PATCH without a version, PUT of another object and of what is not there',
    async (sample) => {
      const { object, path } = sample;
      const of = (name: string): object => ({ ...object, metadata: { ...object.metadata, name } });
      await servers.both(`POST ${path}`, of('there'));
      const answers = [
        await servers.both(`PUT ${path}/there?dryRun=All`, of('there')),
        await servers.both(`PUT ${path}/there?dryRun=All`, {
          ...of('there'),
          metadata: { name: 'there', uid: 'other' },
        }),
        await servers.both(`PUT ${path}/there`, { ...of('there'), metadata: { name: 'there', uid: 'other' } }),
        await servers.both(`PATCH ${path}/there`, { metadata: { resourceVersion: null, labels: { a: 'b' } } }, merge),
        await servers.both(`PUT ${path}/absent?dryRun=All`, of('absent')),
      ];
      // Quotas and limit ranges would have a say about what comes after.
      const options = { propagationPolicy: 'Background', gracePeriodSeconds: 0 };
      await servers.both(`DELETE ${path}/there`, options);
      // What else a second look finds wrong with an object is the matter of its kind.
      const outcome = ({ status, json }: ApiAnswer): unknown[] => {
        const message = String(json?.['message']);
        return [status, /metadata\.resourceVersion|UID in precondition/.test(message) && message.replace(uid, '?')];
      };
      expect(answers.map(({ ours }) => outcome(ours))).toEqual(answers.map(({ upstream }) => outcome(upstream)));
    },
  );
});
