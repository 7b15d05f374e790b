// Is the whole life of an object upstream's, whatever its kind? It is created, applied by several managers, patched in every
// way, shown in every form and deleted, here and by a real kube-apiserver; each answer is compared, owners of fields included.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiCaller } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { answerOf, apply, type Comparable, jsonPatch, merge, type Step, strategic } from './upstream/exchange.ts';
import { differentLives, withoutEmptyCertificates } from './upstream/known-lives.ts';
import { type Sample, samples } from './upstream/samples.ts';
import { statuses } from './upstream/statuses.ts';

const why = await whyNoUpstream();
if (why) report(`upstream's server is not compared with: ${why}`);

const kinds = [...new Map(samples.toReversed().map((sample) => [sample.kind, sample])).values()]
  .toReversed()
  .filter(({ kind }) => !Object.hasOwn(differentLives, kind))
  .map(withoutEmptyCertificates);

describe.skipIf(why)('upstream', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  }, 120_000);
  afterAll(() => servers?.stop());

  test.each(kinds)('$kind: a life of one object', async (sample) => {
    const [ours, upstream] = await Promise.all([livedAt(servers.ours, sample), livedAt(servers.upstream, sample)]);
    expect(ours).toEqual(upstream);
  });
});

const definitions = 'apiextensions.k8s.io/v1/CustomResourceDefinition';

/** What a server answers. It may take a while until a definition that is created, or deleted, is as it will be. */
async function livedAt(call: ApiCaller, sample: Sample): Promise<Comparable[]> {
  await call('POST /api/v1/namespaces', { metadata: { name: 'lives' } });
  const answers: Comparable[] = [];
  for (const step of lifeOf(sample)) {
    answers.push(await answerOf(call, step, 'lives'));
    if (sample.kind === definitions) await untilSettled(call, `GET ${sample.path}/${sample.object.metadata.name}`);
  }
  return answers;
}

/** Waits until the definition is established or gone. */
async function untilSettled(call: ApiCaller, line: string): Promise<void> {
  const isSettled = async (): Promise<boolean> => {
    const { status, json } = await call(line);
    const { conditions } = (json?.['status'] ?? {}) as { conditions?: { type: string; status: string }[] | null };
    const isTrue = (type: string): boolean =>
      conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
    return status === 404 || (isTrue('Established') && !isTrue('Terminating'));
  };
  await pollUntil(isSettled, { clock, signal, intervalMs: 20 });
}

const { signal } = new AbortController();

function lifeOf({ kind, path, object }: Sample): Step[] {
  const { metadata, apiVersion, kind: name } = object;
  const at = `${path}/${metadata.name}`;
  const status = statuses[kind];
  const whole = { ...object, ...(status && { status }) };
  const labels = { labels: { a: 'b' }, annotations: { x: 'y' } };
  const ofStatus = { ...metadata, labels: { s: 't' }, annotations: { s: 't' } };
  const shown = (form: string, line: string): Step => [
    line,
    undefined,
    { accept: `application/json;as=${form};g=meta.k8s.io;v=v1` },
  ];
  return [
    [`POST ${path}?fieldManager=one`, object],
    [`PATCH ${at}?fieldManager=two`, object, apply],
    [`PATCH ${at}?fieldManager=three`, { apiVersion, kind: name, metadata: labels }, apply],
    [`PATCH ${at}?fieldManager=four&force=true`, whole, apply],
    [`PATCH ${at}/status?fieldManager=five&force=true`, { ...whole, metadata: ofStatus }, apply],
    `GET ${at}/status`,
    [`PATCH ${at}/status?fieldManager=six`, { metadata: { labels: { q: 'r' } }, status: status ?? {} }, merge],
    [`PATCH ${at}?fieldManager=seven`, { metadata: { labels: { a: 'c' } } }, merge],
    [`PATCH ${at}?fieldManager=eight`, { metadata: { labels: { a: 'd' } } }, strategic],
    [`PATCH ${at}?fieldManager=nine`, [{ op: 'add', path: '/metadata/labels/z', value: 'e' }], jsonPatch],
    shown('Table', `GET ${at}`),
    shown('Table', `GET ${path}?fieldSelector=metadata.name=${metadata.name}`),
    shown('PartialObjectMetadata', `GET ${at}`),
    `GET ${path}?fieldSelector=spec.nope=x`,
    [`PATCH ${at}/scale?fieldManager=ten`, { spec: { replicas: 7 } }, merge],
    `DELETE ${at}?dryRun=All`,
    `DELETE ${at}?gracePeriodSeconds=0&propagationPolicy=Background`,
    [`PATCH ${at}`, { metadata: { finalizers: null } }, merge],
    [`PUT ${at}/finalize`, { ...object, spec: { ...(object as { spec?: object }).spec, finalizers: [] } }],
    [`PATCH ${at}?fieldManager=ten`, whole, apply],
    `DELETE ${at}?gracePeriodSeconds=0&propagationPolicy=Background`,
    [`PATCH ${at}`, { metadata: { finalizers: null } }, merge],
    [`PUT ${at}/finalize`, { ...object, spec: { ...(object as { spec?: object }).spec, finalizers: [] } }],
  ];
}
