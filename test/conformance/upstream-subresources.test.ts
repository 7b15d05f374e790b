// Is every answer of a subresource upstream's, whatever one place of what it is sent says? Both servers get the same.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, comparable, differences, type Pair, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { mutationsOf } from './upstream/mutations.ts';
import { type SubresourceSample, subresourceSamples } from './upstream/samples-subresources.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

const emptyIsAbsent =
  "an empty list that is sent is one to Go's decoder, until it is stored; here it is absent at once";

/** What is answered differently, by the title of the sample. What no longer differs is to be struck out. */
const known: Record<string, { change: RegExp; why: string }[]> = {
  'ephemeral containers': [{ change: /\.(?:ports|resizePolicy|restartPolicyRules) = \[\]$/, why: emptyIsAbsent }],
  'resize of the pod as a whole': [{ change: /^spec\.resources\.claims = \[\]$/, why: emptyIsAbsent }],
  token: [{ change: /^spec\.audiences = \[\]$/, why: emptyIsAbsent }],
  binding: [
    {
      change:
        /^metadata\.(?:annotations = \{"(?:Bad Key!|a{40,})|labels(?:\.a)? = (?:\{"|"(?:a\/b|a{40,}|\.\.\/x|-bad\.)))/,
      why: 'labels and annotations that a pod may not have are refused, before they keep everybody from changing it',
    },
  ],
  eviction: [
    {
      change: /^deleteOptions\.(?:apiVersion|kind) = 5$/,
      why: "a type that Go embeds has its name in the decoder's words",
    },
  ],
};

const atOnce = 16;

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  });
  afterAll(() => servers?.stop());

  test.each(subresourceSamples)('$title, with any one place changed, is answered alike', async (sample) => {
    const { collection, owner, verb, subresource } = sample;
    const made = await servers.both(`POST ${collection}`, owner);
    expect([made.ours.status, made.upstream.status]).toEqual([201, 201]);
    const at = `${collection}/${owner.metadata.name}`;
    const line = `${verb} ${at}/${subresource}?dryRun=All&fieldValidation=Strict`;
    const different: string[] = [];
    const bodies = bodiesOf(sample);
    for (let start = 0; start < bodies.length; start += atOnce) {
      const answers = bodies.slice(start, start + atOnce).map(async ({ title, body }) => {
        const found = differencesOf(await servers.both(line, body));
        if (found.length > 0) different.push(`${title}: ${found.join('; ')}`);
      });
      await Promise.all(answers);
    }
    await servers.both(`DELETE ${at}?gracePeriodSeconds=0&propagationPolicy=Background`);
    const explained = known[sample.title] ?? [];
    const titleOf = (text: string): string => text.slice(0, text.indexOf(': '));
    expect(different.filter((each) => !explained.some(({ change }) => change.test(titleOf(each))))).toEqual([]);
    expect(explained.filter(({ change }) => !different.some((each) => change.test(titleOf(each))))).toEqual([]);
  });
});

function bodiesOf({ body, also = {}, schemaName, places }: SubresourceSample): { title: string; body: unknown }[] {
  const changed = mutationsOf(body as unknown as KubeObject, schemaName).filter(
    ({ title }) => places?.test(title) ?? true,
  );
  return [
    { title: 'unchanged', body },
    ...Object.entries(also).map(([title, other]) => ({ title, body: other })),
    ...changed.map(({ title, object }) => ({ title, body: object })),
  ];
}

/** Where an answer differs. What upstream calls an error of its own is a refusal here, in the same words. */
function differencesOf({ ours, upstream }: Pair): string[] {
  if (upstream.status !== 500) return differences(plain(ours), plain(upstream));
  const text = (answer: ApiAnswer): string => String(answer.json?.['message']);
  if (ours.status >= 400 && ours.status < 500 && text(ours).endsWith(text(upstream))) return [];
  return [`${ours.status} ${text(ours)}, upstream ${text(upstream)}`];
}

/** Without warnings, tokens, their times and versions in messages. */
function plain(answer: ApiAnswer): unknown {
  const text = JSON.stringify(answer.json ?? {})
    .replace(/"(token|expirationTimestamp)":"[^"]*"/g, '"$1":"?"')
    .replace(/(?<=ResourceVersion in record \()\d+/, '?');
  return comparable({ ...answer, json: JSON.parse(text) as Record<string, unknown>, headers: {} });
}
