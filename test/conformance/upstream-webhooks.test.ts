// Are webhooks asked what upstream's server asks them, and does the same come of their answers? Both servers call real ones.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiCaller } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { type RecordingWebhook, startRecordingWebhook } from '../fixtures/recording-webhook.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { answerCases } from './upstream/cases-webhook-answers.ts';
import { choiceCases } from './upstream/cases-webhook-choice.ts';
import { customCases } from './upstream/cases-webhook-custom.ts';
import { reviewCases } from './upstream/cases-webhook-reviews.ts';
import { answersOf } from './upstream/exchange.ts';
import {
  type Exchanged,
  exchangesOf,
  preparedSteps,
  register,
  unregister,
  type WebhookCase,
} from './upstream/webhooks.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

const { signal } = new AbortController();
const cases = [...reviewCases, ...choiceCases, ...customCases, ...answerCases];

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  let hook: RecordingWebhook;
  beforeAll(async () => {
    [servers, hook] = await Promise.all([startBothServers(), startRecordingWebhook()]);
  }, 120_000);
  afterAll(() => Promise.all([servers?.stop(), hook?.stop()]));

  test.each(cases.map((each, index) => ({ ...each, namespace: `webhooks-${index}` })))(
    '$name -> the same reviews and answers',
    async ({ namespace, ...one }) => {
      const [ours, upstream] = await Promise.all([
        exchanged({ call: servers.ours, hook, side: 'ours' }, one, namespace),
        exchanged({ call: servers.upstream, hook, side: 'upstream' }, one, namespace),
      ]);
      expect(ours).toEqual(upstream);
    },
    60_000,
  );
});

async function exchanged(
  parts: { call: ApiCaller; hook: RecordingWebhook; side: string },
  one: WebhookCase,
  namespace: string,
): Promise<Exchanged[]> {
  const prepared = await answersOf(parts.call, { steps: preparedSteps(parts, one) }, namespace);
  expect(prepared.filter(({ status }) => status > 299)).toEqual([]);
  expect((await register(parts, one, namespace)).filter((status) => status !== 201)).toEqual([]);
  // Upstream learns of them a moment later.
  await clock.sleep(1000, signal);
  const answers = await exchangesOf(parts, one, namespace);
  await unregister(parts.call);
  return answers;
}
