// What do watches see of an object's life? It is created, leaves what a selector chooses, enters it again, and is deleted,
// while watches with every option and in every form look on.

import { parseAllDocuments } from 'yaml';
import { decodeProtobuf } from '../../../src/apimachinery/protobuf/decode.ts';
import { bytesOf, readFields, textOf } from '../../../src/apimachinery/protobuf/wire.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { systemClock as clock } from '../../../src/base/system-clock.ts';
import type { ApiCaller } from '../../fixtures/api-caller.ts';
import { merge, plain } from './exchange.ts';
import type { Sample } from './samples.ts';
import { statuses } from './statuses.ts';

const { signal } = new AbortController();

export interface Watched {
  query: string;
  accept: string;
  status: number;
  contentType: string | undefined;
  events: unknown[];
}

const as = (form: string, version = 'v1'): string => `application/json;as=${form};g=meta.k8s.io;v=${version}`;
const label = encodeURIComponent('watched in (yes)');

/** Query and media type of each watch. `{rv}` is a revision from before the life, `{name}` the object's. */
const watches: [query: string, accept?: string][] = [
  ['resourceVersion={rv}'],
  ['resourceVersion={rv}&allowWatchBookmarks=true'],
  [`resourceVersion={rv}&labelSelector=${label}`],
  [`resourceVersion={rv}&labelSelector=${label}`, as('Table')],
  ['resourceVersion={rv}&labelSelector=!watched', as('PartialObjectMetadata')],
  ['resourceVersion={rv}&fieldSelector=metadata.name%3D{name}'],
  ['resourceVersion={rv}&fieldSelector=metadata.name!%3D{name}'],
  ['resourceVersion={rv}&fieldSelector=metadata.name%3D{name},metadata.namespace%3Ddefault'],
  ['resourceVersion=0&fieldSelector=metadata.name%3D{name}'],
  ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=watched'],
  [
    'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=watched',
    as('Table'),
  ],
  [
    'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=watched',
    as('PartialObjectMetadata'),
  ],
  ['resourceVersion={rv}&includeObject=None', as('Table')],
  ['resourceVersion={rv}&includeObject=Object', as('Table')],
  ['resourceVersion={rv}&includeObject=Metadata', as('Table', 'v1beta1')],
  ['resourceVersion={rv}', as('PartialObjectMetadata', 'v1beta1')],
  ['resourceVersion={rv}', 'application/yaml'],
  ['resourceVersion={rv}', 'application/vnd.kubernetes.protobuf'],
  ['resourceVersion={rv}', 'application/vnd.kubernetes.protobuf;stream=watch'],
  ['resourceVersion={rv}', 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'],
  ['resourceVersion={rv}', 'application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1,application/json'],
];

/** Selectors that an object of the kind matches all its life, never, or until its status is written. */
const selectorsOf: Record<string, string[]> = {
  'v1/Pod': [
    'status.phase=Running',
    'status.phase!=Pending',
    'spec.nodeName=,status.phase!=Running',
    'spec.nodeName!=',
    'spec.restartPolicy=Always',
    'spec.schedulerName=default-scheduler',
    'spec.serviceAccountName=default',
    'spec.hostNetwork=false',
    'status.podIP=',
    'status.nominatedNodeName=',
  ],
  'v1/Node': ['spec.unschedulable=false', 'spec.unschedulable!=false'],
  'v1/Namespace': ['status.phase=Terminating', 'status.phase!=Terminating'],
  'v1/Secret': ['type=Opaque', 'type!=Opaque'],
  'v1/Service': ['spec.type=ClusterIP', 'spec.clusterIP=None', 'spec.clusterIP!=None'],
  'v1/ReplicationController': ['status.replicas=3', 'status.replicas!=3'],
  'apps/v1/ReplicaSet': ['status.replicas=3', 'status.replicas!=3'],
  'batch/v1/Job': ['status.successful=0', 'status.successful!=0'],
  'certificates.k8s.io/v1/CertificateSigningRequest': ['spec.signerName=x', 'spec.signerName!=x'],
};

/** Every field that objects of some kind can be chosen by, and some that none can. */
const objects = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const fields = `
  metadata.name metadata.namespace metadata.uid metadata.labels name spec status type reason
  spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork
  status.podIP status.podIPs status.phase status.nominatedNodeName spec.unschedulable spec.volumeName
  spec.clusterIP spec.type status.replicas status.successful spec.signerName spec.host spec.replicas
  reportingComponent reportingController source source.component spec.storageClassName action
`
  .trim()
  .split(/\s+/)
  .concat(objects.flatMap((field) => [`involvedObject.${field}`, `regarding.${field}`]));

/** Which answer each field as a selector of the sample's kind gets, in lists. */
export async function selectionsOf(call: ApiCaller, { path, kind }: Sample): Promise<string[]> {
  const answers = await Promise.all(fields.map((field) => call(`GET ${path}?limit=1&fieldSelector=${field}%3Dx`)));
  const told = answers.map(({ status, json }, index) => `${fields[index]}: ${status} ${json?.['message'] ?? ''}`);
  // An agent watches the attachments of its node.
  return kind === 'storage.k8s.io/v1/VolumeAttachment'
    ? told.filter((each) => !each.startsWith('spec.nodeName:'))
    : told;
}

/** What each watch of `sample`'s kind received while one of it lived. */
export async function watchedLife(call: ApiCaller, sample: Sample): Promise<Watched[]> {
  const { path, object, kind } = sample;
  const selected = (selectorsOf[kind] ?? []).map((selector): [string] => [
    `resourceVersion={rv}&fieldSelector=${encodeURIComponent(selector)}`,
  ]);
  const { name } = object.metadata;
  const { json } = await call(`GET ${path}?limit=1`);
  const { resourceVersion = '' } = (json?.['metadata'] ?? {}) as { resourceVersion?: string };
  const followed = await Promise.all(
    [...watches, ...selected].map(async ([query, accept = 'application/json']) => {
      const filled = query.replace('{rv}', resourceVersion).replaceAll('{name}', name ?? '');
      return { query, accept, answer: await call.follow(`${path}?watch=true&${filled}`, { accept }) };
    }),
  );
  const labelled = (watched: string): object => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, watched } },
  });
  const at = `${path}/${name}`;
  await call(`POST ${path}?fieldManager=m`, labelled('yes'));
  await call(`PATCH ${at}?fieldManager=m`, { metadata: { labels: { watched: 'no' } } }, merge);
  await call(`PATCH ${at}?fieldManager=m`, { metadata: { labels: { watched: null } } }, merge);
  await call(`PATCH ${at}?fieldManager=m`, { metadata: { labels: { watched: 'yes' } } }, merge);
  const status = statuses[kind];
  if (status) await call(`PATCH ${at}/status?fieldManager=m`, { status }, merge);
  await call(`DELETE ${at}?gracePeriodSeconds=0&propagationPolicy=Background`);
  const freed = { ...object, spec: { ...(object as { spec?: object }).spec, finalizers: [] } };
  await call(`PATCH ${at}?fieldManager=m`, { metadata: { finalizers: null } }, merge);
  if (kind === 'v1/Namespace') await call(`PUT ${at}/finalize`, freed);
  const [first] = followed;
  const isOver = async (): Promise<boolean> => String(first?.answer.received()).includes('"type":"DELETED"');
  await pollUntil(isOver, { clock, signal, intervalMs: 20 });
  // Those that were opened later have it a moment later.
  await clock.sleep(300, signal);
  return followed.map(({ query, accept, answer }) => {
    answer.stop();
    const contentType = answer.headers['content-type'];
    return { query, accept, status: answer.status, contentType, events: eventsOf(answer.received(), contentType) };
  });
}

function eventsOf(bytes: Buffer, contentType = ''): unknown[] {
  if (contentType.startsWith('application/vnd.kubernetes.protobuf')) return protobufEvents(bytes);
  const text = bytes.toString();
  if (contentType.startsWith('application/yaml')) return parseAllDocuments(text).map((one) => plain(one.toJS()));
  return text
    .split('\n')
    .filter((line) => line !== '' && !isIdleBookmark(line))
    .map((line) => plain(withoutZeros(JSON.parse(line))));
}

/** Both send them when they see fit. */
const isIdleBookmark = (line: string): boolean =>
  line.startsWith('{"type":"BOOKMARK"') && !line.includes('k8s.io/initial-events-end');

/** The object of a bookmark is an empty one to upstream: with the nulls of its kind, and cells that say nothing. */
function withoutZeros({ type, object }: { type: string; object: Record<string, unknown> }): object {
  if (type !== 'BOOKMARK') return { type, object };
  const { kind, apiVersion, columnDefinitions, rows } = object;
  const metadata = withoutAnnotation(object['metadata'] as { annotations?: Record<string, string> });
  const shown = (rows as { object: unknown }[] | undefined)?.map((row) => row.object);
  return { type, object: { kind, apiVersion, metadata, columnDefinitions, shown } };
}

/** An empty DaemonSet has had no template. */
function withoutAnnotation({ annotations, ...metadata }: { annotations?: Record<string, string> }): object {
  const { 'deprecated.daemonset.template.generation': _none, ...rest } = annotations ?? {};
  return { ...metadata, ...(annotations && { annotations: rest }) };
}

/** Each is a length of four bytes and a WatchEvent, whose object is a RawExtension. */
function protobufEvents(bytes: Buffer): unknown[] {
  const events: unknown[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const frame = readFields(bytes.subarray(at + 4, at + 4 + length));
    const object = bytesOf(readFields(bytesOf(frame.get(2))).get(1));
    events.push({ type: textOf(frame.get(1)), object: plain(decodeProtobuf(object)) });
    at += 4 + length;
  }
  return events;
}
