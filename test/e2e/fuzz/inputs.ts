// What could a client send that nobody would send? Seeded requests: well-formed ones with something broken in them.

import { encodeProtobuf } from '../../../src/apimachinery/protobuf/encode.ts';
import type { Random } from '../../../src/base/random.ts';
import { randomBelow } from '../../../src/base/random.ts';
import { seedObjects } from './seed-objects.ts';

export interface FuzzRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const strings = [
  '',
  ' ',
  'a',
  '0',
  '-1',
  '1Gi',
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  '\0',
  'ä'.repeat(300),
  '../..',
  '%2e%2e',
  'null',
  '{}',
  '1e999',
  '2026-01-01T00:00:00Z',
  'v1',
  'Pod',
  'kube-system',
  'a,b=c',
  'x'.repeat(70_000),
];
const numbers = [0, -0, -1, 1, 0.5, 1e21, -1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 65_536];
const names = [
  'metadata',
  'spec',
  'status',
  'name',
  'namespace',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'containers',
  'resources',
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'apiVersion',
  'kind',
  'uid',
  'resourceVersion',
  'deletionTimestamp',
  'generateName',
  '$patch',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  '$retainKeys',
  '',
];
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const patchOps = ['add', 'remove', 'replace', 'move', 'copy', 'test', 'nope'];
const subresources = [
  '',
  '',
  '',
  '/status',
  '/scale',
  '/eviction',
  '/binding',
  '/log',
  '/exec',
  '/finalize',
  '/ephemeralcontainers',
  '/resize',
  '/token',
  '/nope',
];
const options: Record<string, string[]> = {
  limit: ['1', '2', '0', '-1', 'x', '99999999999999999999', '1.5', ''],
  resourceVersion: ['0', '1', '5', 'x', '-1', '18446744073709551616', ''],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'x', ''],
  labelSelector: [
    'a=b',
    'a in (b,c)',
    'a notin ()',
    '!a',
    'a,',
    'a=',
    '=',
    '((',
    'a>5',
    'a<x',
    'a=b=c',
    '__proto__=x',
    'constructor',
    '%',
  ],
  fieldSelector: [
    'metadata.name=a',
    'metadata.name!=a',
    'spec.nodeName=',
    'status.phase=Running',
    'x=y',
    'a\\=b=c',
    '=',
    ',',
    '\\',
    '__proto__=x',
    'constructor=x',
  ],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'x'],
  dryRun: ['All', 'x', ''],
  force: ['true', 'false', 'x'],
  fieldManager: ['m', '', 'x'.repeat(200), '\0'],
  propagationPolicy: ['Background', 'Foreground', 'Orphan', 'x'],
  gracePeriodSeconds: ['0', '5', '-1', 'x', '1e9'],
  timeoutSeconds: ['1', '-1', 'x'],
  pretty: ['true'],
  sendInitialEvents: ['true', 'false'],
  includeObject: ['Object', 'None', 'x'],
};
const accepts = [
  'application/json',
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  '*/*',
  'text/plain',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  ';;;,,,=',
  'application/json;q=x',
];

/** Makes one request after the other; the same seed makes the same ones. */
export class Fuzzer {
  readonly #random: Random;
  /** Continue tokens that the server has given out; broken ones are made of them. */
  readonly tokens: string[] = [
    '',
    'e30',
    Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"a"}').toString('base64url'),
  ];

  constructor(random: Random) {
    this.#random = random;
  }

  next(): FuzzRequest {
    const kinds = [
      this.#create,
      this.#create,
      this.#update,
      this.#patch,
      this.#patch,
      this.#protobuf,
      this.#protobuf,
      this.#read,
      this.#read,
      this.#remove,
      this.#odd,
    ];
    return this.#pick(kinds).call(this);
  }

  #create(): FuzzRequest {
    const { path, object } = this.#pick(seedObjects);
    return this.#request('POST', this.#maybeSub(path, object), this.#mutate(object, 1 + this.#below(4)));
  }

  #update(): FuzzRequest {
    const { path, object } = this.#pick(seedObjects);
    const named = `${path}/${object.metadata.name}${this.#pick(subresources)}`;
    return this.#request('PUT', named, this.#mutate(object, 1 + this.#below(4)));
  }

  #patch(): FuzzRequest {
    const { path, object } = this.#pick(seedObjects);
    const type = this.#pick(patchTypes);
    const isList = type.startsWith('application/json-patch');
    const body = isList
      ? this.#jsonPatch(object)
      : this.#mutate(this.#chance(0.5) ? object : { metadata: {} }, 1 + this.#below(5));
    const request = this.#request('PATCH', `${path}/${object.metadata.name}${this.#pick(subresources)}`, body);
    return {
      ...request,
      headers: { ...request.headers, 'content-type': this.#chance(0.95) ? type : this.#pick(strings.slice(0, 8)) },
    };
  }

  #protobuf(): FuzzRequest {
    const { path, object } = this.#pick(seedObjects);
    const method = this.#chance(0.7) ? 'POST' : 'PUT';
    const target = method === 'POST' ? path : `${path}/${object.metadata.name}`;
    const bytes = Buffer.from(encodeProtobuf(object) ?? Buffer.from('k8s\0'));
    for (let left = this.#below(4); left > 0; left -= 1) bytes[this.#below(bytes.length)] = this.#below(256);
    const cut = this.#chance(0.2) ? bytes.subarray(0, this.#below(bytes.length)) : bytes;
    const request = this.#request(method, target, null);
    return {
      ...request,
      headers: { ...request.headers, 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: cut,
    };
  }

  #read(): FuzzRequest {
    const { path, object } = this.#pick(seedObjects);
    const target = this.#chance(0.7) ? path : `${path}/${object.metadata.name}${this.#pick(subresources)}`;
    const token = this.#chance(0.3) ? `continue=${encodeURIComponent(this.#brokenText(this.#pick(this.tokens)))}` : '';
    const request = this.#request('GET', target, null);
    const glue = request.path.includes('?') ? '&' : '?';
    return { ...request, path: `${request.path}${glue}${token}`, body: undefined };
  }

  #remove(): FuzzRequest {
    const { path, object } = this.#pick(seedObjects);
    const target = this.#chance(0.05) ? path : `${path}/${object.metadata.name}`;
    const wish = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Background',
      preconditions: { uid: 'x' },
    };
    return this.#request('DELETE', target, this.#chance(0.5) ? null : this.#mutate(wish, this.#below(3)));
  }

  /** Paths, methods and headers that lead nowhere. */
  #odd(): FuzzRequest {
    const pieces = [
      'api',
      'apis',
      'v1',
      'apps',
      'namespaces',
      'default',
      'pods',
      'watch',
      'metrics',
      'openapi',
      'v3',
      'v2',
      'version',
      'readyz',
      'livez',
      '..',
      '.',
      '%',
      '%00',
      '__proto__',
      'constructor',
      'ä',
      '',
    ];
    const path = `/${Array.from({ length: this.#below(7) }, () => this.#pick(pieces)).join('/')}`;
    return this.#request(
      this.#pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'get', '']),
      path,
      this.#value(2),
    );
  }

  #request(method: string, path: string, body: Json): FuzzRequest {
    const type = this.#chance(0.9)
      ? 'application/json'
      : this.#pick(['application/yaml', '', 'text/plain', 'application/json; charset=utf-8', 'a/b/c;;']);
    const text = body === null && this.#chance(0.8) ? '' : this.#text(body);
    const query = Object.entries(options)
      .filter(() => this.#chance(0.06))
      .map(([name, values]) => `${name}=${encodeURIComponent(this.#pick(values))}`);
    const target = query.length === 0 ? path : `${path}?${query.join('&')}`;
    return {
      method,
      path: target,
      headers: { 'content-type': type, accept: this.#pick(accepts) },
      body: text === '' ? undefined : this.#brokenBytes(text),
    };
  }

  /** JSON text, now and then of numbers and depths that JSON.stringify would not write. */
  #text(body: Json): string {
    const text = JSON.stringify(body);
    if (this.#chance(0.02))
      return text.replace(/\d+/, this.#pick(['1e999', '-1e999', '9'.repeat(400), '01', '0x10', 'NaN', '1.']));
    if (this.#chance(0.005)) return `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    if (this.#chance(0.005))
      return `{"apiVersion":"v1","kind":"ConfigMap","metadata":${'{"a":'.repeat(600)}1${'}'.repeat(600)}}`;
    return text;
  }

  #brokenBytes(text: string): Uint8Array {
    const bytes = Buffer.from(text);
    if (this.#chance(0.1)) bytes[this.#below(bytes.length)] = this.#below(256);
    return this.#chance(0.03) ? bytes.subarray(0, this.#below(bytes.length)) : bytes;
  }

  #brokenText(text: string): string {
    if (text === '' || this.#chance(0.4)) return text;
    const at = this.#below(text.length);
    return `${text.slice(0, at)}${this.#pick(['A', '_', '!', '', 'zz'])}${text.slice(at + 1)}`;
  }

  #maybeSub(path: string, { metadata: { name } }: { metadata: { name: string } }): string {
    return this.#chance(0.85) ? path : `${path}/${name}${this.#pick(subresources)}`;
  }

  #jsonPatch(object: object): Json {
    const paths = pathsOf(object as Json);
    return Array.from({ length: 1 + this.#below(4) }, () => ({
      op: this.#pick(patchOps),
      path: this.#chance(0.8)
        ? this.#pick(paths)
        : `/${this.#pick(names)}/${this.#pick(['-', '0', '99', '__proto__', '~', '~1'])}`,
      from: this.#pick(paths),
      value: this.#value(2),
    }));
  }

  /** A copy of `object` with `changes` of its values replaced, removed or added. */
  #mutate(object: object, changes: number): Json {
    const copy = JSON.parse(JSON.stringify(object)) as Json;
    for (let left = changes; left > 0; left -= 1) {
      let at = copy;
      for (let depth = this.#below(6); depth > 0; depth -= 1) {
        const inner =
          typeof at === 'object' && at !== null
            ? Object.values(at).filter((each) => typeof each === 'object' && each !== null)
            : [];
        if (inner.length > 0) at = this.#pick(inner) as Json;
      }
      if (Array.isArray(at)) at[this.#below(at.length + 1)] = this.#value(2);
      else if (typeof at === 'object' && at !== null) this.#change(at);
    }
    return copy;
  }

  #change(at: { [key: string]: Json }): void {
    const keys = Object.keys(at);
    const key = keys.length > 0 && this.#chance(0.7) ? this.#pick(keys) : this.#pick(names);
    if (this.#chance(0.15)) delete at[key];
    // Assigned, __proto__ would change the prototype and not appear in the text.
    else
      Object.defineProperty(at, key, { value: this.#value(2), enumerable: true, configurable: true, writable: true });
  }

  #value(depth: number): Json {
    const choice = this.#below(depth > 0 ? 7 : 5);
    if (choice === 0) return null;
    if (choice === 1) return this.#chance(0.5);
    if (choice === 2) return this.#pick(numbers);
    if (choice <= 4) return this.#pick(this.#chance(0.02) ? strings : strings.slice(0, -1));
    if (choice === 5) return Array.from({ length: this.#below(3) }, () => this.#value(depth - 1));
    return Object.fromEntries(
      Array.from({ length: this.#below(3) }, () => [this.#pick(names), this.#value(depth - 1)]),
    );
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T;
  }

  #below(limit: number): number {
    return randomBelow(this.#random, limit);
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }
}

/** JSON pointers of everything in `value`. */
function pathsOf(value: Json, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, inner]) =>
      pathsOf(inner, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ),
  ];
}
