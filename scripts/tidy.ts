// Checks the house rules over every file that git knows. Run by `npm run check:tidy`.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFile, checkLinks, checkStory, checkSymbols, type SourceFile } from './tidy-rules.ts';

const root = join(import.meta.dirname, '..');
const paths = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /\.(ts|md|sh|ya?ml)$/.test(path) && existsSync(join(root, path)));

const read = (path: string): string | undefined => {
  const full = join(root, path);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
};
const file = (path: string): SourceFile => ({ path, text: read(path) ?? '' });

const findings = paths
  .map(file)
  .flatMap((source) => [
    ...checkFile(source),
    ...checkLinks(source, (path) => existsSync(join(root, path))),
    ...checkSymbols(source, read),
  ]);
findings.push(
  ...checkStory(file('docs/explanation/life-of-a-claim.md'), file('test/stories/claim-becomes-bound.test.ts')),
);

for (const { path, line, message } of findings) console.error(`${path}:${line}: ${message}`);
console.log(
  findings.length === 0 ? `tidy: ${paths.length} files, nothing to say` : `tidy: ${findings.length} findings`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
