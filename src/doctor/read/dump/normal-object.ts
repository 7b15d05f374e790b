// What is an object of an old API version, or of another group, to the rules? The same thing in today's words.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { type KindName, kindNames, kindOf, kindRows } from '../../snapshot/kinds.ts';
import type { FoundType } from './json-objects.ts';

/** Groups that a kind once had. */
const movedGroups: Record<string, string> = { extensions: 'apps' };
/** Kinds whose fields were others in their old version: nothing in it may be judged. */
const strangers = new Set(['snapshot.storage.k8s.io/v1alpha1']);

const byListKind = new Map(kindNames.map((name) => [`${kindRows[name].resource.kind}List`, name]));
const byPlural = new Map(kindNames.map((name) => [kindRows[name].resource.plural, name]));

/** The rules' name of what the type stands for; undefined if they have no use for it. */
export function kindOfType({ apiVersion, kind }: FoundType, list?: FoundType): KindName | undefined {
  if (!kind) return list?.kind ? kindOfList(list) : undefined;
  if (apiVersion && strangers.has(apiVersion)) return undefined;
  if (kind === 'Event' && apiVersion?.startsWith('events.k8s.io/')) return 'events';
  const [group = '', version] = apiVersion?.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const today = movedGroups[group] ?? group;
  const found = kindOf({ apiVersion: today === '' ? (version ?? 'v1') : `${today}/${version}`, kind });
  return found && kindRows[found].reads !== 'kubelet' ? found : undefined;
}

/** Items of a list of one kind carry no type: `NodeList` of Longhorn holds no Nodes. */
function kindOfList({ apiVersion, kind = '' }: FoundType): KindName | undefined {
  const found = byListKind.get(kind);
  if (!found || apiVersion === undefined) return found;
  const item = kindOfType({ apiVersion, kind: kindRows[found].resource.kind });
  return item === found ? found : undefined;
}

/** By the name of a resource: `pods`, `persistentvolumes`. */
export function kindOfPlural(plural: string): KindName | undefined {
  const found = byPlural.get(plural.split('.')[0] ?? '');
  return found && kindRows[found].reads !== 'kubelet' ? found : undefined;
}

/** The object with type and fields as the rules know them; the given one is changed. */
export function normalObject(object: KubeObject, kind: KindName): KubeObject {
  const { group, version, kind: name } = kindRows[kind].resource;
  if (kind === 'events') asCoreEvent(object);
  return Object.assign(object, { apiVersion: group === '' ? version : `${group}/${version}`, kind: name });
}

type EitherEvent = KubeObject & {
  regarding?: object;
  involvedObject?: object;
  note?: string;
  message?: string;
  deprecatedLastTimestamp?: string;
  lastTimestamp?: string;
};

/** Fields of events.k8s.io under their names in the core group. */
function asCoreEvent(event: EitherEvent): void {
  if (event.regarding) event.involvedObject ??= event.regarding;
  if (event.note !== undefined) event.message ??= event.note;
  if (event.deprecatedLastTimestamp) event.lastTimestamp ??= event.deprecatedLastTimestamp;
  event.involvedObject ??= {};
}
