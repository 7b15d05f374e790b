// How fast is the API server? Measures the built server over TLS from processes of their own, and prints a table and,
// as its last line, JSON. The server takes one core and the load another; nothing else should run on the machine.

import { parseArgs } from 'node:util';
import { startEtcd } from '../../src/kvstore/etcd-testing.ts';
import { benchFlags, createBench } from '../bench/bench.ts';
import { median, percentile } from '../bench/rows.ts';
import { startBareServer } from './bare.ts';
import { fillEtcd, fillLmdb } from './fill.ts';
import type { Load, LoadReport } from './load.ts';
import { type Order, openLoader, startLoad } from './load-client.ts';
import { namespaces } from './objects.ts';
import { currentRevision, listBytes, writeInOrder } from './requests.ts';
import { prepareServer, type RunningServer, removeServer, type ServerOptions, startServer } from './server-process.ts';

const { values: flags } = parseArgs({
  options: { ...benchFlags, seconds: { type: 'string', default: '4' }, 'warm-up': { type: 'string', default: '8' } },
});
const { runs, wants, note, add, surroundings, measure } = createBench(flags);
const seconds = Number(flags.seconds);
/** A server runs for weeks: what it does while its code is compiled as it runs is shown, and does not count. */
const warmUpSeconds = Number(flags['warm-up']);

/** A real server, or the bare one. */
type Loaded = Pick<RunningServer, 'port' | 'admin' | 'cpuMs'>;

/** Runs one load again and again, after client and server have run for a while without being counted. */
async function loadedRepeatedly(what: string, server: Loaded, order: Omit<Order, 'seconds'>): Promise<LoadReport[]> {
  const loader = openLoader(server);
  const loaded = async (forSeconds: number): Promise<LoadReport> => {
    const before = server.cpuMs();
    const report = await loader.start({ ...order, seconds: forSeconds }).report;
    noteCost(server, before, { report, what: 'requests' });
    return report;
  };
  try {
    note(`${what}: warm-up of ${warmUpSeconds} s`);
    if (warmUpSeconds > 0) await loaded(warmUpSeconds);
    return await repeated(what, () => loaded(seconds));
  } finally {
    loader.stop();
  }
}

function noteCost(
  server: Loaded,
  beforeMs: number,
  { report: { requests, cpuMs, seconds: spent }, what }: { report: LoadReport; what: string },
): void {
  const each = (ms: number): string => `${((ms * 1000) / requests).toFixed(1)} µs`;
  note(
    `  ${requests} ${what}, ${Math.round(requests / spent)}/s; for each ${each(server.cpuMs() - beforeMs)} of the server's processor time, ` +
      `${each(cpuMs)} of the client's`,
  );
}

async function repeated<T>(what: string, measure: (run: number) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let run = 0; run < runs; run++) {
    note(`${what}: run ${run + 1} of ${runs}`);
    found.push(await measure(run));
    note(`  ${surroundings()}`);
  }
  return found;
}

const writeNames = Array.from({ length: 64 }, (_, i) => `writer-${i}`);

const writing = { load: { kind: 'writes', prefix: 'writer-' }, connections: 8, clients: 64 } as const;
const listing = { load: { kind: 'lists', limit: 500 }, connections: 4, clients: 8 } as const;

async function measureWrites(server: Loaded, what: string): Promise<{ perSecond: number; p99Ms: number }> {
  const reports = await loadedRepeatedly(what, server, writing);
  return {
    perSecond: median(reports.map((report) => report.requests / report.seconds)),
    p99Ms: median(reports.map((report) => percentile(report.latencies, 0.99))),
  };
}

async function measureFanOut(server: RunningServer): Promise<number> {
  const watchers = 1_000;
  const events = 300;
  const rates = await repeated('watch fan-out to 1,000 watchers', async () => {
    const load: Load = { kind: 'watches', events, revision: await currentRevision(server) };
    const watching = startLoad(server, { load, seconds, connections: 10, clients: watchers });
    await watching.ready;
    const before = server.cpuMs();
    await writeInOrder(server, events);
    const report = await watching.report;
    noteCost(server, before, { report, what: 'deliveries' });
    return rateOf(report);
  });
  return median(rates);
}

const profile = (name: string): ServerOptions =>
  flags['cpu-prof']
    ? { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${flags['cpu-prof']}`, `--cpu-prof-name=${name}.cpuprofile`] }
    : {};

async function smallState(): Promise<void> {
  const place = await prepareServer();
  const names = Array.from({ length: 500 }, (_, i) => `read-${1000 + i}`);
  await fillLmdb(place.folder, { [namespaces.writes]: [...writeNames, 'watched'], [namespaces.reads]: names });
  const server = await startServer(place, profile('small'));
  try {
    let lmdb: { perSecond: number; p99Ms: number } | undefined;
    if (wants('writes-per-s', 'write-p99-ms', 'writes-vs-etcd')) {
      lmdb = await measureWrites(server, 'durable writes, 64 clients');
      add('writes-per-s', {
        what: 'durable writes, 64 clients',
        value: lmdb.perSecond,
        unit: '/s',
        target: { atLeast: 8_000 },
      });
      add('write-p99-ms', {
        what: 'their latency, 99th percentile',
        value: lmdb.p99Ms,
        unit: 'ms',
        target: { atMost: 20 },
      });
    }
    if (wants('gets-per-s')) {
      const load: Load = { kind: 'gets', names };
      const reports = await loadedRepeatedly('GET of 2 KB', server, { load, connections: 8, clients: 64 });
      add('gets-per-s', {
        what: 'GET of one 2 KB object',
        value: median(reports.map(rateOf)),
        unit: '/s',
        target: { atLeast: 20_000 },
      });
    }
    if (wants('lists-per-s')) {
      const reports = await loadedRepeatedly('list of 500', server, listing);
      add('lists-per-s', {
        what: 'list of 500 × 2 KB',
        value: median(reports.map(rateOf)),
        unit: '/s',
        target: { atLeast: 800 },
      });
    }
    if (wants('fanout-per-s')) {
      add('fanout-per-s', {
        what: 'deliveries to 1,000 watchers',
        value: await measureFanOut(server),
        unit: '/s',
        target: { atLeast: 100_000 },
      });
    }
    if (wants('bare-writes-per-s', 'bare-lists-per-s')) await measureBare(server, place);
    if (lmdb && wants('writes-vs-etcd')) {
      const etcd = await etcdWrites();
      add('writes-vs-etcd', {
        what: `durable writes against etcd's ${Math.round(etcd)}/s`,
        value: lmdb.perSecond / etcd,
        unit: '×',
        target: { atLeast: 3 },
      });
    }
  } finally {
    await server.stop();
    removeServer(place);
  }
}

/** What a server that knows nothing does of the same loads: how the machine is, and how much there is to gain. */
async function measureBare(server: RunningServer, place: Parameters<typeof startBareServer>[0]): Promise<void> {
  const bare = await startBareServer(place, { answerBytes: await listBytes(server, listing.load.limit) });
  try {
    if (wants('bare-writes-per-s')) {
      const { perSecond } = await measureWrites(bare, 'writes to a bare server, 64 clients');
      add('bare-writes-per-s', {
        what: 'durable writes, by a server that knows nothing',
        value: perSecond,
        unit: '/s',
      });
    }
    if (wants('bare-lists-per-s')) {
      const reports = await loadedRepeatedly('lists by a bare server', bare, listing);
      const what = 'the bytes of a list of 500 × 2 KB, by a server that knows nothing';
      add('bare-lists-per-s', { what, value: median(reports.map(rateOf)), unit: '/s' });
    }
  } finally {
    bare.stop();
  }
}

async function etcdWrites(): Promise<number> {
  const etcd = await startEtcd();
  const place = await prepareServer({ etcdEndpoints: [etcd.endpoint] });
  try {
    await fillEtcd(etcd.endpoint, { [namespaces.writes]: writeNames });
    const server = await startServer(place, profile('etcd'));
    try {
      return (await measureWrites(server, 'durable writes to etcd, 64 clients')).perSecond;
    } finally {
      await server.stop();
    }
  } finally {
    removeServer(place);
    await etcd.remove();
  }
}

async function largeState(): Promise<void> {
  if (!wants('cold-start-ms', 'rss-mib', 'loop-delay-p99-ms')) return;
  const place = await prepareServer();
  try {
    const half = Array.from({ length: 50_000 }, (_, i) => `object-${100_000 + i}`);
    note('storing 100,000 objects');
    await fillLmdb(place.folder, {
      [namespaces.half]: half,
      [namespaces.otherHalf]: half,
      [namespaces.writes]: writeNames,
    });
    const starts = await repeated('cold start with 100,000 objects', async () => {
      const server = await startServer(place);
      await server.stop();
      return server.readyAfterMs;
    });
    add('cold-start-ms', {
      what: 'start to /readyz with 100,000 objects',
      value: median(starts),
      unit: 'ms',
      target: { atMost: 3_000 },
    });
    const server = await startServer(place, profile('large'));
    try {
      const delays = await repeated('lists of 50,000 objects while 1,000 writes/s go on', async () => {
        const load: Load = { kind: 'paced-writes', prefix: 'writer-', perSecond: 1_000 };
        const writing = startLoad(server, { load, connections: 8, clients: 64, seconds: seconds + 2 });
        await writing.ready;
        server.startLoopProbe();
        const lists = await startLoad(server, { load: { kind: 'full-lists' }, connections: 1, clients: 1, seconds })
          .report;
        const delay = await server.stopLoopProbe();
        const writes = await writing.report;
        note(
          `  ${lists.requests} lists, ${Math.round(writes.requests / writes.seconds)} writes/s, ` +
            `write p99 ${percentile(writes.latencies, 0.99).toFixed(1)} ms, loop delay p99 ${delay.p99Ms.toFixed(1)} ms, max ${delay.maxMs.toFixed(0)} ms`,
        );
        return delay.p99Ms;
      });
      add('loop-delay-p99-ms', {
        what: 'event-loop delay during lists of 50,000',
        value: median(delays),
        unit: 'ms',
        target: { atMost: 50 },
      });
      add('rss-mib', {
        what: 'memory with 100,000 × 2 KB, after these lists',
        value: server.rssMib(),
        unit: 'MiB',
        target: { atMost: 900 },
      });
    } finally {
      await server.stop();
    }
  } finally {
    removeServer(place);
  }
}

const rateOf = (report: LoadReport): number => report.requests / report.seconds;

await measure([smallState, largeState]);
