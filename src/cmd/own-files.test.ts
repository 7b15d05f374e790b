// Is who starts a cluster told which of its files is no good, and why?

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolder } from '../localcluster/data-folder.ts';
import { checkOwnFiles } from './own-files.ts';

const policy = (level: string): string => `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: ${level}}]\n`;

test.each([
  { name: 'none of them -> nothing to say', file: 'other', text: '', want: undefined },
  { name: 'a good policy -> nothing to say', file: 'audit-policy.yaml', text: policy('Metadata'), want: undefined },
  {
    name: 'a policy that is no YAML -> the place',
    file: 'audit-policy.yaml',
    text: 'rules: [\n',
    want: /^Cannot use the audit policy in <file>: it is no YAML: .* at line 2, column 1$/,
  },
  {
    name: 'a level that there is not -> the value found',
    file: 'audit-policy.yaml',
    text: policy('Metdata'),
    want: /^Cannot use the audit policy in <file>: level of rule 1 is Metdata, and must be one of None, /,
  },
  {
    name: 'keys that are cut off -> the file',
    file: 'pki/encryption-keys.json',
    text: '{"resources":["secrets"],"ke',
    want: /^Cannot use the encryption keys in <file>: it is not valid JSON\. Restore the file/,
  },
  {
    name: 'an empty file of token keys -> the file',
    file: 'pki/sa.key',
    text: '',
    want: /^Cannot use the service account keys in <file>: it has 0 PEM blocks/,
  },
])('checkOwnFiles: $name', async ({ file, text, want }) => {
  const root = await mkdtemp(join(tmpdir(), 'own-files-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'pki'));
  await writeFile(join(root, file), text);
  const said = await checkOwnFiles(dataFolder(root)).then(
    () => undefined,
    (error: Error) => error.message.replaceAll(join(root, file), '<file>'),
  );
  if (want === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(want);
});
