// Which fields have the messages of the Kubernetes API, and which message is an object of a kind?

import { messagesJson } from '../generated/descriptors.ts';

export type ValueKind = 'string' | 'boolean' | 'integer' | 'double' | 'bytes' | 'message' | 'map';

/** One field of a message. */
export interface FieldShape {
  /** In JSON. */
  name: string;
  kind: ValueKind;
  /** Short name of the message type: `core.v1.PodSpec`. */
  message?: string;
  /** The values of a map; its keys are strings. */
  value?: FieldShape;
  isList?: boolean;
  /** Its fields stand in the parent's JSON. */
  isInline?: boolean;
  /** A zero was set by the client, and doesn't mean "absent". */
  keepsZero?: boolean;
}

/** Fields by number, by short message name. */
export type MessageTable = Record<string, Record<number, FieldShape>>;

/** What every body begins with, before its runtime.Unknown. */
export const magic = Buffer.from('k8s\0');

let messages: MessageTable | undefined;

/** The messages of all groups. Parsed on first use; callers don't change it. */
export function messageTable(): MessageTable {
  messages ??= JSON.parse(messagesJson) as MessageTable;
  return messages;
}

/** Is a body of this content type protobuf? */
export function isProtobuf(contentType: string): boolean {
  return contentType.split(';')[0]?.trim().toLowerCase() === 'application/vnd.kubernetes.protobuf';
}

/** Group `storage.k8s.io` is package `storage`; options of requests are in meta/v1 whatever their group. */
export function messageOf(apiVersion: string, kind: string): string | undefined {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const candidates = [`${group.split('.')[0]}.${version}.${kind}`, `apis.meta.v1.${kind}`];
  return candidates.find((name) => Object.hasOwn(messageTable(), name));
}

/** Types that are nothing but a list have a message of one field; their JSON is the list. */
export function isListMessage(message: string): boolean {
  return message.endsWith('.ExtraValue') || message === 'apis.meta.v1.Verbs';
}
