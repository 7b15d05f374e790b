// Makes dist/: one self-contained program per composition root, compiled ahead, so that starting one costs little.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { codeCacheVariable } from '../src/cmd/load-program.ts';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

// The files of src/cmd that are programs; the others are their parts.
const programs = [
  'amarre',
  'amarre-launcher',
  'apiserver',
  'balancer',
  'controllers',
  'csi-controller',
  'csi-node',
  'supervisor',
  'agent',
  'demo',
];
/** Programs that run as a thread of another one, which starts them. */
const threads = ['state-writer'];
/** With what a program ends at once; the others do so because they find no cluster. */
const idleArguments: Record<string, string[]> = { amarre: ['--version'], demo: ['--help'] };

const outdir = join(root, 'dist');
const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // What V8's code cache takes: modules of ECMAScript can't be compiled ahead in Node 20.
  format: 'cjs',
  // Less to read at each start; names stay for stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

rmSync(outdir, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: [...programs, ...threads].map((name) => join(root, 'src/cmd', `${name}.ts`)),
  outdir: join(outdir, 'programs'),
  outExtension: { '.js': '.cjs' },
  // Native code can't be bundled.
  external: ['lmdb', 'koffi'],
  define: {
    AMARRE_VERSION: JSON.stringify(version),
    'import.meta.dirname': '__dirname',
    'import.meta.url': '__filename',
  },
  // What is imported late is then a function that runs late.
  supported: { 'dynamic-import': false },
});
await build({ ...common, entryPoints: [join(root, 'src/cmd/load-program.ts')], outdir });
writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
for (const name of programs) {
  const start = `#!/usr/bin/env node\nrequire('./load-program.js').loadProgram('${name}', __dirname, require);\n`;
  writeFileSync(join(outdir, `${name}.js`), start, { mode: 0o755 });
}
await Promise.all(programs.map(writeCodeCache));

/** Starts a program without anything to do: what it runs until it finds that out is what every start runs. */
async function writeCodeCache(name: string): Promise<void> {
  const cache = join(outdir, 'programs', `${name}.cjs.cache`);
  const child = spawn(process.execPath, [join(outdir, `${name}.js`), ...(idleArguments[name] ?? [])], {
    env: { ...process.env, [codeCacheVariable]: cache },
    stdio: 'ignore',
  });
  await once(child, 'exit');
  if (!existsSync(cache)) throw new Error(`Cannot build ${name}: started with nothing to do it wrote no code cache`);
}
