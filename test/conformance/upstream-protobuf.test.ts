// Are objects of every kind written in protobuf as upstream reads it? Each is sent in both encodings; the answer is the same.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeProtobuf } from '../../src/apimachinery/protobuf/encode.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { type BothServers, comparable, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { samples } from './upstream/samples.ts';

const why = await whyNoUpstream();
if (why) report(`protobuf is not sent to upstream's server: ${why}`);

/** In protobuf, an empty list is none. */
const withEmptyLists = new Set(['storage.k8s.io/v1/CSINode empty', 'discovery.k8s.io/v1/EndpointSlice empty']);

const type = 'application/vnd.kubernetes.protobuf';

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  }, 120_000);
  afterAll(() => servers?.stop());

  test.each(samples.filter(({ title }) => !withEmptyLists.has(title)))(
    '$title in protobuf',
    async ({ path, object }) => {
      const line = `POST ${path}?dryRun=All`;
      const inJson = await servers.both(line, object);
      const inProtobuf = await servers.both(line, encodeProtobuf({ ...object }), { 'content-type': type });
      expect(inProtobuf.upstream.status).toBe(201);
      expect(comparable(inProtobuf.upstream)).toEqual(comparable(inJson.upstream));
      expect(comparable(inProtobuf.ours)).toEqual(comparable(inJson.ours));
    },
  );
});
