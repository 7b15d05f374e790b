// Do watches tell what upstream's tell? One object of each kind lives, here and in a real kube-apiserver, and is watched with
// every selector and in every form.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { differentWatches, withoutEmptyCertificates } from './upstream/known-lives.ts';
import { samples } from './upstream/samples.ts';
import { selectionsOf, watchedLife } from './upstream/watched-lives.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

const all = [...new Map(samples.toReversed().map((sample) => [sample.kind, sample])).values()].toReversed();
const kinds = all.filter(({ kind }) => !Object.hasOwn(differentWatches, kind)).map(withoutEmptyCertificates);

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  }, 120_000);
  afterAll(() => servers?.stop());

  test.each(kinds)(
    '$kind: what watches see of a life',
    async (sample) => {
      const [ours, upstream] = await Promise.all([
        watchedLife(servers.ours, sample),
        watchedLife(servers.upstream, sample),
      ]);
      expect(ours).toEqual(upstream);
    },
    60_000,
  );

  test.each(all)('$kind: fields that it can be chosen by', async (sample) => {
    const [ours, upstream] = await Promise.all([
      selectionsOf(servers.ours, sample),
      selectionsOf(servers.upstream, sample),
    ]);
    expect(ours).toEqual(upstream);
  });
});
