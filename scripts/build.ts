// Makes dist/: one self-contained program per composition root, so that starting one reads one file.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

// The files of src/cmd that are programs; the others are their parts.
const programs = [
  'amarre',
  'amarre-launcher',
  'apiserver',
  'controllers',
  'csi-controller',
  'csi-node',
  'supervisor',
  'agent',
  'demo',
];

const present = new Set(readdirSync(join(root, 'src/cmd')).map((file) => basename(file, '.ts')));
const outdir = join(root, 'dist');
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: programs.filter((name) => present.has(name)).map((name) => join(root, 'src/cmd', `${name}.ts`)),
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // What is imported late is a file of its own, so that it costs nothing until then.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // Native code can't be bundled.
  external: ['lmdb', 'koffi'],
  define: { AMARRE_VERSION: JSON.stringify(version) },
  // CommonJS dependencies call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  // Less to read at each start; names stay for stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
});
