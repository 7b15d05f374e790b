// Does a start find that its ports are taken, but not by what an earlier launcher left running?

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { assertPortsFree } from './ports.ts';
import { identify, writeRecord } from './process-record.ts';

const [first, second, balancer] = ['127.0.0.1', '127.0.0.2', '127.0.0.10'];

test.each([
  { name: 'balancer', host: balancer },
  { name: 'apiserver', host: first },
  { name: 'apiserver-2', host: second },
])('the address of $name is taken -> refused, unless $name itself lives', async ({ name, host }) => {
  const run = mkdtempSync(join(tmpdir(), 'amarre-ports-'));
  const other = createServer().listen(0, host);
  onTestFinished(() => {
    other.close();
    rmSync(run, { recursive: true, force: true });
  });
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const spec = { port, apiAddresses: [first], moreApiAddresses: [[second]], balancerAddresses: [balancer] };
  await expect(assertPortsFree({ folder: { run }, spec })).rejects.toThrow(`port ${port} on ${host} is in use`);
  const record = identify(process.pid);
  if (record) await writeRecord(run, name, record);
  await assertPortsFree({ folder: { run }, spec });
});
