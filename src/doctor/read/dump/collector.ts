// What do all files of a dump show together? Objects by kind, each once, and how completely each kind is known.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { groupResourceOf } from '../../../apimachinery/meta.ts';
import type { CustomResourceDefinition } from '../../../apis/apiextensions/generated/v1.ts';
import { type KindName, type KindRow, kindNames, kindRows } from '../../snapshot/kinds.ts';
import type { Coverage } from '../../snapshot/types.ts';
import { policyReference } from '../../snapshot/volume-policies.ts';
import { type BackendKind, backendKindOf } from '../backends.ts';
import { isObject } from '../cluster/list-pages.ts';
import { volumeStatsOf } from '../kubelet-stats.ts';
import { policyWord, trim } from '../trim.ts';
import { type EntryPlace, folderNamespace, placeOf } from './entry-place.ts';
import type { FoundType, JsonSink } from './json-objects.ts';
import { newestMs } from './moment.ts';
import { kindOfType, normalObject } from './normal-object.ts';

/** What one file showed of one kind. */
interface Tally {
  namespaces: Set<string>;
  isList: boolean;
}

interface Known {
  objects: Map<string, KubeObject>;
  /** All of the cluster's. */
  isWhole: boolean;
  /** Taken from drivers' own objects, of which the dump may hold only some. */
  isDerived: boolean;
  /** A file that held some broke off, so that others may be missing. */
  isDamaged: boolean;
  wholeNamespaces: Set<string>;
}

export class Collector {
  /** Of files in which something could not be read: `path: why`. */
  readonly troubles: string[] = [];
  /** Objects that no rule reads, by kind. */
  readonly strangers = new Map<string, number>();
  newestMs = 0;
  /** An archive broke off: what would have followed is unknown. */
  isCutOff = false;
  readonly #kinds = new Map<KindName, Known>();
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /**
   * Takes the objects of one file. `ended` must be called once, with what kept it from being read to its end; of a file
   * in which nobody expects objects, such as a log that looks like JSON, that is only told if it held some.
   */
  file(path: string): { sink: JsonSink; ended: (end: { brokenBy: string | undefined; isExpected: boolean }) => void } {
    const place = placeOf(path);
    const tallies = new Map<KindName, Tally>();
    const malformed = new Map<string, number>();
    let count = 0;
    const sink: JsonSink = {
      wants: (type, list, mentions) => this.#wants({ type, list, mentions }, place),
      take: (object, list) => {
        const found = this.#take(object, list, place);
        if (typeof found === 'string') malformed.set(found, (malformed.get(found) ?? 0) + 1);
        if (typeof found !== 'object') return;
        count += 1;
        tallyOf(tallies, found.kind, list !== undefined).namespaces.add(found.namespace);
      },
      endOfList: (list) => {
        const kind = list.kind === 'List' ? undefined : (kindOfType({ ...list, kind: undefined }, list) ?? place.kind);
        if (!kind) return;
        const tally = tallyOf(tallies, kind, true);
        const namespace = folderNamespace(path, kind);
        if (tally.namespaces.size === 0 && namespace) tally.namespaces.add(namespace);
      },
      malformed: (why) => malformed.set(why, (malformed.get(why) ?? 0) + 1),
    };
    const ended = ({ brokenBy, isExpected }: { brokenBy: string | undefined; isExpected: boolean }): void => {
      const isTold = isExpected || count > 0;
      for (const [why, times] of isTold ? malformed : [])
        this.troubles.push(`${path}: left out ${times} that can't be objects (${why})`);
      if (isTold && brokenBy !== undefined) this.troubles.push(`${path}: ${brokenBy} after ${count} objects`);
      const isDamaged = brokenBy !== undefined || malformed.size > 0;
      for (const [kind, tally] of tallies) {
        if (isDamaged) this.#known(kind).isDamaged = true;
        else this.#cover(kind, tally, place);
      }
    };
    return { sink, ended };
  }

  objects(): Partial<Record<KindName, KubeObject[]>> {
    return Object.fromEntries([...this.#kinds].map(([kind, { objects }]) => [kind, [...objects.values()]]));
  }

  coverage(): Record<KindName, Coverage> {
    return Object.fromEntries(kindNames.map((kind) => [kind, this.#coverageOf(kind)])) as Record<KindName, Coverage>;
  }

  #wants(
    { type, list, mentions }: { type: FoundType; list: FoundType | undefined; mentions: (word: string) => boolean },
    place: EntryPlace,
  ): boolean {
    const kind = kindOfType(type, list) ?? (type.kind ? undefined : place.kind);
    // Of thousands of ConfigMaps a few matter.
    if (kind === 'policyMaps' ? mentions(policyWord) : (kind ?? backendOf(type, list))) return true;
    // Without a type it may be what a kubelet says of itself.
    if (!type.kind && !list) return true;
    const name = type.kind ?? list?.kind ?? 'unknown';
    this.strangers.set(name, (this.strangers.get(name) ?? 0) + 1);
    return false;
  }

  /** The kind and namespace, or why it is no object. */
  #take(
    object: unknown,
    list: FoundType | undefined,
    place: EntryPlace,
  ): { kind: KindName; namespace: string } | string | undefined {
    const { apiVersion, kind: kindText } = (object ?? {}) as Partial<KubeObject>;
    const type = { apiVersion: textOrNone(apiVersion), kind: textOrNone(kindText) };
    const kind = kindOfType(type, list) ?? (type.kind ? undefined : place.kind);
    const backend = kind ? undefined : backendOf(type, list);
    if (!kind && !backend) return this.#takeSummary(object);
    if (!isObject(object)) return 'no metadata.name';
    if (!kind) {
      if (backend) this.#takeBackend(object, backend);
      return undefined;
    }
    const why = misshape(object);
    if (why) return why;
    const normal = trim(normalObject(object, kind));
    this.newestMs = Math.max(this.newestMs, newestMs(normal, kind, this.#nowMs));
    const { namespace = '', name } = normal.metadata;
    this.#known(kind).objects.set(`${namespace}/${name}`, normal);
    return { kind, namespace };
  }

  #takeBackend(object: KubeObject, { pools, disks }: BackendKind): void {
    for (const each of pools?.(object) ?? []) this.#derived('pools').set(`/${each.metadata.name}`, each);
    for (const each of disks?.(object) ?? []) this.#derived('disks').set(`/${each.driver} ${each.volumeHandle}`, each);
  }

  #derived(kind: 'pools' | 'disks'): Map<string, KubeObject> {
    const known = this.#known(kind);
    known.isDerived = true;
    return known.objects;
  }

  /** `kubectl get --raw /api/v1/nodes/NODE/proxy/stats/summary`. */
  #takeSummary(object: unknown): undefined {
    const { node, pods } = (object ?? {}) as { node?: { nodeName?: unknown }; pods?: unknown };
    if (typeof node?.nodeName !== 'string' || !Array.isArray(pods)) return undefined;
    const known = this.#known('volumeStats');
    for (const stats of volumeStatsOf(node.nodeName, object))
      known.objects.set(`${stats.metadata.namespace}/${stats.metadata.name}`, stats);
    return undefined;
  }

  #known(kind: KindName): Known {
    let known = this.#kinds.get(kind);
    if (!known) {
      known = { objects: new Map(), isWhole: false, isDerived: false, isDamaged: false, wholeNamespaces: new Set() };
      this.#kinds.set(kind, known);
    }
    return known;
  }

  #cover(kind: KindName, { namespaces, isList }: Tally, { shows }: EntryPlace): void {
    const known = this.#known(kind);
    const isNamespaced = kindRows[kind].resource.namespaced;
    if (shows.scope === 'cluster') known.isWhole = true;
    else if (shows.scope === 'namespace') known.wholeNamespaces.add(shows.namespace);
    else if (shows.scope === 'some' || !isList) return;
    // Whoever lists a kind without a namespace lists all of it; one namespace alone may be all that was asked for.
    else if (!isNamespaced || namespaces.size > 1) known.isWhole = true;
    else for (const namespace of namespaces) known.wholeNamespaces.add(namespace);
  }

  #coverageOf(kind: KindName): Coverage {
    const { resource, reads } = kindRows[kind];
    const known = this.#kinds.get(kind);
    if (kind === 'policyMaps' && !this.#namesPolicies()) return { state: 'read' };
    if (!known) {
      if (this.#isNotInstalled(kind)) return { state: 'not-installed' };
      return {
        state: 'unread',
        reason: `the dump holds ${missing[reads] ?? `no list of ${groupResourceOf(resource)}`}`,
      };
    }
    if (known.isDamaged || this.isCutOff) return { state: 'partial', namespaces: [] };
    if (known.isDerived)
      return { state: 'partial', namespaces: [], reason: "only of drivers' own objects in the dump" };
    // A schedule whose policy is not among them has none that is known.
    if (reads === 'named') return { state: 'partial', namespaces: [] };
    // What is given by hand is all that there is to know of it.
    if (reads === 'input' || reads === 'kubelet') return { state: 'read' };
    if (known.isWhole || this.#hasAllNamespaces(known)) return { state: 'read' };
    return { state: 'partial', namespaces: [...known.wholeNamespaces] };
  }

  /** Is there a schedule or backup that takes its policy from a ConfigMap? */
  #namesPolicies(): boolean {
    const owners = [this.#kinds.get('schedules'), this.#kinds.get('backups')];
    return owners.some((known) =>
      [...(known?.objects.values() ?? [])].some((each) => policyReference(each) !== undefined),
    );
  }

  /** Are there no objects of an extension because its definition is not there? */
  #isNotInstalled(kind: KindName): boolean {
    const definitions = this.#kinds.get('definitions');
    const { isOptional, resource } = kindRows[kind];
    if (!isOptional || !definitions?.isWhole) return false;
    return ![...definitions.objects.values()].some((each) => {
      const { spec } = each as CustomResourceDefinition;
      return spec?.group === resource.group && spec?.names?.plural === resource.plural;
    });
  }

  #hasAllNamespaces({ wholeNamespaces }: Known): boolean {
    const namespaces = this.#kinds.get('namespaces');
    if (!namespaces?.isWhole || namespaces.objects.size === 0) return false;
    return [...namespaces.objects.values()].every(({ metadata }) => wholeNamespaces.has(metadata.name));
  }
}

/** What to add to a dump, where that is not a list of objects. */
const missing: Partial<Record<KindRow['reads'], string>> = {
  kubelet: 'no usage of volumes (/stats/summary of the kubelets)',
  input: 'none, and a list of objects does not show them',
};

/** The row of a driver's own kind that tells of its backend. */
function backendOf({ apiVersion, kind }: FoundType, list: FoundType | undefined): BackendKind | undefined {
  const item = kind ?? list?.kind?.replace(/List$/, '');
  return item === undefined ? undefined : backendKindOf({ apiVersion: apiVersion ?? list?.apiVersion, kind: item });
}

function tallyOf(tallies: Map<KindName, Tally>, kind: KindName, isList: boolean): Tally {
  let tally = tallies.get(kind);
  if (!tally) {
    tally = { namespaces: new Set(), isList };
    tallies.set(kind, tally);
  }
  tally.isList ||= isList;
  return tally;
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What in an object's outline would make any reader stumble; undefined if nothing. */
export function misshape(object: KubeObject): string | undefined {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const { labels, annotations, finalizers, ownerReferences } = object.metadata as unknown as Record<string, unknown>;
  const maps = { spec, status, 'metadata.labels': labels, 'metadata.annotations': annotations };
  for (const [path, value] of Object.entries(maps)) {
    if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value)))
      return `${path} is no map`;
  }
  const lists = { 'metadata.finalizers': finalizers, 'metadata.ownerReferences': ownerReferences };
  for (const [path, value] of Object.entries(lists))
    if (value !== undefined && value !== null && !Array.isArray(value)) return `${path} is no list`;
  return undefined;
}
