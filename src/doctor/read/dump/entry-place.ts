// What does a file's place in a dump say of what it holds? The folder layouts of must-gather, Velero and
// `kubectl cluster-info dump`.

import type { KindName } from '../../snapshot/kinds.ts';
import { kindRows } from '../../snapshot/kinds.ts';
import { kindOfPlural } from './normal-object.ts';

export interface EntryPlace {
  /** Which kind the file holds if its objects don't say. */
  kind: KindName | undefined;
  /**
   * Of which part of the cluster the file, with its neighbours, shows all objects of a kind.
   * `unknown`: only what stands in the file can tell.
   */
  shows: { scope: 'cluster' } | { scope: 'namespace'; namespace: string } | { scope: 'some' } | { scope: 'unknown' };
}

/** Source: openshift/must-gather and `oc adm inspect`; velero docs, output file format; kubectl cluster-info dump. */
export function placeOf(path: string): EntryPlace {
  const parts = path.split(/[/\\]/);
  return (
    ofVelero(parts, parts.lastIndexOf('resources')) ??
    ofClusterScoped(parts, parts.lastIndexOf('cluster-scoped-resources')) ??
    ofNamespaces(parts, parts.lastIndexOf('namespaces')) ??
    ofPlainFile(parts)
  );
}

/** `resources/pods/namespaces/shop/web.json`, `resources/persistentvolumes/cluster/pv-1.json`: what a selection took. */
function ofVelero(parts: readonly string[], at: number): EntryPlace | undefined {
  if (at < 0) return undefined;
  const [plural = '', second = ''] = parts.slice(at + 1);
  const scope = second.endsWith('-preferredversion') ? parts[at + 3] : second;
  const namespace = parts[at + (scope === second ? 3 : 4)];
  if (scope === 'cluster') return { kind: kindOfPlural(plural), shows: { scope: 'some' } };
  if (scope !== 'namespaces' || !namespace) return undefined;
  return { kind: kindOfPlural(plural), shows: { scope: 'namespace', namespace } };
}

/** `cluster-scoped-resources/core/nodes/node-1.yaml`. */
function ofClusterScoped(parts: readonly string[], at: number): EntryPlace | undefined {
  if (at < 0) return undefined;
  const plural = (parts[at + 2] ?? '').replace(/\.(?:yaml|json)$/, '');
  return { kind: kindOfPlural(plural), shows: { scope: 'cluster' } };
}

/** `namespaces/shop/core/pods.yaml`; `namespaces/shop/pods/web/web.yaml` is one of them. */
function ofNamespaces(parts: readonly string[], at: number): EntryPlace | undefined {
  const [namespace, , file = ''] = at < 0 ? [] : parts.slice(at + 1);
  if (!namespace || !/\.(?:yaml|json)$/.test(file) || parts.length !== at + 4) return undefined;
  const kind = kindOfPlural(file.replace(/\.(?:yaml|json)$/, ''));
  if (!kind) return undefined;
  return { kind, shows: namespace === 'all' ? { scope: 'cluster' } : { scope: 'namespace', namespace } };
}

/** `pods.json`, and `shop/pods.json` as `cluster-info dump --output-directory` writes it. */
function ofPlainFile(parts: readonly string[]): EntryPlace {
  const kind = kindOfPlural((parts.at(-1) ?? '').replace(/\.(?:yaml|yml|json|txt)$/, ''));
  return { kind, shows: { scope: 'unknown' } };
}

/** The namespace of `shop/pods.json`, for a list in it that is empty. */
export function folderNamespace(path: string, kind: KindName): string | undefined {
  if (!kindRows[kind].resource.namespaced) return undefined;
  const folder = path.split(/[/\\]/).at(-2);
  return folder && /^[a-z0-9][a-z0-9-]{0,62}$/.test(folder) ? folder : undefined;
}
