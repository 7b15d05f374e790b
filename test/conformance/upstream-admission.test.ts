// Do admission plugins decide as upstream's do? What they refuse, fill in and warn of is compared with a real kube-apiserver's.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiCaller } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import type { AdmissionCase } from './upstream/admission.ts';
import { admissionCases } from './upstream/cases-admission.ts';
import { answersOf, type Comparable } from './upstream/exchange.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

const { signal } = new AbortController();

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  }, 120_000);
  afterAll(() => servers?.stop());

  test.each(admissionCases.map((each, index) => ({ ...each, namespace: `admission-${index}` })))(
    '$name -> the same answers',
    async ({ namespace, ...one }) => {
      const [ours, upstream] = await Promise.all([
        decisionsOf(servers.ours, one, namespace),
        decisionsOf(servers.upstream, one, namespace),
      ]);
      expect(ours).toEqual(upstream);
    },
    60_000,
  );
});

async function decisionsOf(call: ApiCaller, one: AdmissionCase, namespace: string): Promise<Comparable[]> {
  const prepared = await answersOf(call, { steps: one.prepared }, namespace);
  expect(prepared.filter(({ status }) => status > 299)).toEqual([]);
  await clock.sleep(1000, signal);
  const answers = await answersOf(call, one, namespace);
  return answers.map(withoutDeprecations);
}

/** What is wrong with the object itself is warned of by other laws. */
function withoutDeprecations({ headers: { warning, ...headers }, ...answer }: Comparable): Comparable {
  const kept = (warning ?? '').split(/, (?=299 - )/).filter((each) => each !== '' && !each.includes('deprecated'));
  return { ...answer, headers: { ...headers, ...(kept.length > 0 && { warning: kept.join(', ') }) } };
}
