// Does every kind have upstream's defaults, rules and messages? Objects are sent to a real kube-apiserver too.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { samples } from './upstream/samples.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

/** Their newest fields are not known here. */
const refusedHere = new Set(['v1/Pod restartRules', 'v1/Pod volumes']);

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  });
  afterAll(() => servers?.stop());

  test.each(samples.filter(({ title }) => !refusedHere.has(title)))('$title is taken by both', async (sample) => {
    const pair = await servers.both(`POST ${sample.path}?dryRun=All`, sample.object);
    const kindAndStatus = ({ json, status }: ApiAnswer): unknown[] => [json?.['kind'], status];
    expect(kindAndStatus(pair.upstream)).toEqual([sample.object.kind, 201]);
    expect(kindAndStatus(pair.ours)).toEqual([sample.object.kind, 201]);
  });
});
