// What does the server hold now? Objects, watches and revisions, counted when somebody asks.

import { type Metric, type Sample, single } from '../../base/metrics/exposition.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import { Watcher } from '../cache/watcher.ts';
import type { Catalogue } from '../registry/catalogue.ts';
import { serverVersion } from '../version.ts';

export interface StateDeps {
  catalogue: Catalogue;
  cache: WatchCache;
}

/** Metrics of objects and watches; `streams` are the other requests that go on. */
export function stateMetrics({ catalogue, cache }: StateDeps, streams: Sample[]): Metric[] {
  const [objects, named, watches]: [Sample[], Sample[], Sample[]] = [[], [], []];
  const counted = new Set<string>();
  for (const { definition, groupResource, prefix } of catalogue.entries) {
    const collection = cache.existing(prefix);
    // Versions of one resource share their objects and watchers.
    if (!collection || counted.has(prefix)) continue;
    counted.add(prefix);
    const { group, version, plural } = definition.resource;
    objects.push({ labels: { resource: groupResource }, value: collection.size });
    named.push({ labels: { group, resource: plural }, value: collection.size });
    for (const [scope, value] of watchersByScope(collection.sinks, prefix)) {
      const labels = {
        verb: 'WATCH',
        group,
        version,
        resource: plural,
        subresource: '',
        scope,
        component: 'apiserver',
      };
      watches.push({ labels, value });
    }
  }
  return [
    {
      name: 'apiserver_storage_objects',
      help: 'Objects that are stored, by resource.',
      type: 'gauge',
      samples: objects,
    },
    {
      name: 'apiserver_resource_objects',
      help: 'Objects that are stored, by resource.',
      type: 'gauge',
      samples: named,
    },
    {
      name: 'apiserver_longrunning_requests',
      help: 'Watches, logs and other streams that go on now, by what they are about.',
      type: 'gauge',
      samples: [...watches, ...streams],
    },
    single(
      { name: 'amarre_store_revision', help: 'Newest revision that the watch cache shows.', type: 'gauge' },
      cache.revision,
    ),
    {
      name: 'version_info',
      help: 'Version of the API that is served.',
      type: 'gauge',
      samples: [{ labels: versionLabels(), value: 1 }],
    },
    {
      name: 'kubernetes_build_info',
      help: 'Version of the API that is served, and of this server.',
      type: 'gauge',
      samples: [{ labels: buildLabels(), value: 1 }],
    },
  ];
}

function watchersByScope(sinks: Iterable<object>, prefix: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const sink of sinks) {
    if (!(sink instanceof Watcher)) continue;
    const scope = sink.prefix === prefix ? 'cluster' : 'namespace';
    counts.set(scope, (counts.get(scope) ?? 0) + 1);
  }
  return counts;
}

function versionLabels(): Record<string, string> {
  const { gitVersion, emulationMajor, emulationMinor, minCompatibilityMajor, minCompatibilityMinor } = serverVersion;
  return {
    binary: gitVersion.replace(/^v|[-+].*$/g, ''),
    component: 'kube',
    emulation: `${emulationMajor}.${emulationMinor}`,
    min_compat: `${minCompatibilityMajor}.${minCompatibilityMinor}`,
  };
}

function buildLabels(): Record<string, string> {
  const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = serverVersion;
  return {
    major,
    minor,
    git_version: gitVersion,
    git_commit: gitCommit,
    git_tree_state: gitTreeState,
    build_date: buildDate,
    go_version: goVersion,
    compiler,
    platform,
  };
}
