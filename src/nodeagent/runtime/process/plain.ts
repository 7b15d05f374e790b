// What can stand in for a mount where there are none? The volume's own folder, written into the command. Pure.

import type { ContainerMount, ContainerSpec } from '../types.ts';

/** Variable by which every process of a container is found again. */
export const containerMarker = 'AMARRE_CONTAINER';

/** The spec with every path below a mount's container path replaced by the host path behind it. */
export function rewritePaths(spec: ContainerSpec): ContainerSpec {
  const rewrite = pathRewriter(spec.mounts);
  const env = Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, rewrite(value)]));
  return { ...spec, argv: spec.argv.map(rewrite), env, workingDir: rewrite(spec.workingDir) };
}

/** Replaces container paths in a text; longer mount paths win. A path ends at `/`, `:`, `=`, a quote, white space or the end. */
export function pathRewriter(mounts: readonly ContainerMount[]): (text: string) => string {
  const hostPaths = new Map(mounts.map((mount) => [mount.containerPath.replace(/\/+$/, ''), mount.hostPath]));
  const paths = [...hostPaths.keys()].filter(Boolean).sort((a, b) => b.length - a.length);
  if (paths.length === 0) return (text) => text;
  const pattern = new RegExp(`(?<![\\w./-])(${paths.map(escape).join('|')})(?=$|[/:=\\s"';,)])`, 'g');
  return (text) => text.replace(pattern, (path) => hostPaths.get(path) ?? path);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
