// Does the API server pass upstream's own conformance tests? Runs those that ask nothing of a cluster but its API against
// a local cluster of one node, with upstream's e2e.test, which `sh scripts/build-upstream.sh e2e.test` builds.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/base/free-port.ts';
import { goClient } from '../../test/fixtures/go-clients.ts';
import { about, leftOut } from './specs.ts';

const program = await goClient('e2e.test');
if (!program) {
  const how = '`sh scripts/build-upstream.sh e2e.test` does it where Go is installed';
  throw new Error(`Cannot run the conformance tests: e2e.test is not built. ${how}`);
}

const amarre = join(import.meta.dirname, '../../dist/amarre.js');
const folder = mkdtempSync('/var/tmp/amarre-conformance-');
const data = join(folder, 'cluster');

function run(...words: string[]): void {
  const { status } = spawnSync(process.execPath, [amarre, ...words, '--data-dir', data], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`amarre ${words[0]} ended with code ${status}`);
}

/** Its exit code; what its tests say is shown where they end, or fail. */
async function runTests(): Promise<number> {
  const words = [
    `--kubeconfig=${join(data, 'kubeconfig')}`,
    '--provider=skeleton',
    '--ginkgo.no-color',
    '--ginkgo.v',
    `--ginkgo.focus=(${about.join('|')}).*\\[Conformance\\]`,
    `--ginkgo.skip=${Object.values(leftOut).flat().join('|')}`,
    '--ginkgo.timeout=40m',
    '--minStartupPods=0',
    `--report-dir=${folder}`,
  ];
  const child = spawn(program as string, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const shown = /^\[sig-|^• |\[FAILED\]|^Will run|^Ran |^(?:SUCCESS|FAIL)!/;
  const exited = once(child, 'exit') as Promise<[number | null]>;
  for await (const line of createInterface(child.stdout)) if (shown.test(line)) process.stdout.write(`${line}\n`);
  return (await exited)[0] ?? 1;
}

try {
  run('up', '--detach', '--nodes', '1', '--zones', '1', '--pool-size', '1Gi', '--port', String(await freePort()));
  process.exitCode = await runTests();
} finally {
  run('down');
  rmSync(folder, { recursive: true, force: true });
}
