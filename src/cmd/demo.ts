// The program behind `npm run demo`.

import { join } from 'node:path';
import { demoMain } from '../demo/main.ts';
import { terminationSignal } from './process.ts';

void main();

async function main(): Promise<void> {
  try {
    process.exitCode = await demoMain(process.argv.slice(2), {
      paths: {
        program: join(import.meta.dirname, 'amarre.js'),
        manifests: join(import.meta.dirname, '../examples/postgres.yaml'),
        postgres: '/usr/lib/postgresql',
      },
      terminal: {
        out: (text) => process.stdout.write(text),
        err: (text) => process.stderr.write(text),
        isInteractive: process.stderr.isTTY,
      },
      signal: terminationSignal(),
    });
  } catch (error) {
    process.stderr.write(`demo: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
