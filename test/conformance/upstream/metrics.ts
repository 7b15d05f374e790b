// Which metrics does upstream's server show that ours does not, and why? And how is a page of metrics read?

/** One metric as a scrape shows it. */
export interface Family {
  type: string;
  /** Names of labels, `le` excepted; one text for each combination that is there. */
  labels: Set<string>;
  /** Upper bounds of its buckets, as they are written. */
  bounds: Set<string>;
}

/** All families of a page by name. */
export function familiesOf(page: string): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const line of page.split('\n')) {
    const [, declared = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (declared) families.set(declared, { type, labels: new Set(), bounds: new Set() });
    const [, name = '', text = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
    if (!family) continue;
    const labels = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => ({
      label,
      value,
    }));
    for (const { label, value } of labels) if (label === 'le') family.bounds.add(value);
    const names = labels.map(({ label }) => label).filter((label) => label !== 'le');
    family.labels.add(names.toSorted().join());
  }
  return families;
}

/** Series of one counter by their labels, `name="value"` sorted. */
export function seriesOf(page: string, name: string): Set<string> {
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
  return new Set(
    lines.map((line) => {
      const text = line.slice(name.length + 1, line.lastIndexOf('}'));
      return [...text.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)]
        .map(([pair]) => pair)
        .toSorted()
        .join();
    }),
  );
}

/** Values of all series whose names begin so. */
export function valuesOf(page: string, prefix: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line.startsWith(prefix));
  return new Map(
    lines.map((line) => {
      const [, name = '', text = '', value = ''] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const labels = [...text.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(([pair]) => pair).toSorted();
      return [`${name}{${labels.join()}}`, Number(value)];
    }),
  );
}

/** Families that only upstream shows. */
export const notShown: readonly { families: RegExp; why: string }[] = [
  { families: /^go_/, why: 'of the runtime of Go' },
  { families: /^etcd_|^grpc_client_/, why: "of Go's client of etcd; the state may be in LMDB" },
  {
    families:
      /^apiserver_storage_(?:list|events|data_key|envelope)|^apiserver_(?:envelope|storage)_encryption|^apiserver_envelope/,
    why: 'of storage behind a cache for each resource; there is one cache for all, and keys are in a file',
  },
  {
    families:
      /^apiserver_watch_cache_|^apiserver_init_events_|^watch_cache_|^apiserver_cache_list_|^apiserver_watch_list_|^apiserver_resource_size/,
    why: 'of a cache for each resource: there is one, whose revision is amarre_store_revision',
  },
  { families: /^authentication_token_cache_/, why: 'of a cache of users by token; only signatures are remembered' },
  {
    families: /^apiserver_impersonation_/,
    why: "about upstream's ways to allow impersonation, of which there is one here",
  },
  { families: /^apiserver_flowcontrol_/, why: 'of priority and fairness with objects; there are fixed levels' },
  { families: /^aggregator_|^apiserver_kube_aggregator_/, why: 'of extension servers: none are asked' },
  { families: /^rest_client_/, why: 'of its client to itself; this server calls itself without one' },
  {
    families: /^workqueue_/,
    why: 'of its own controllers; this server has none with queues, the controllers process shows its own',
  },
  { families: /^process_(?:network_|virtual_memory_max)/, why: 'not read from the kernel' },
  {
    families: /^kube_apiserver_(?:clusterip|nodeport)_allocator_|^apiserver_nodeport_repair/,
    why: 'of its allocators; addresses are read from the services',
  },
  { families: /^kubernetes_feature_enabled$/, why: 'of feature gates: there are none' },
  {
    families: /^(?:registered|disabled|hidden)_metrics_total$|^cardinality_enforcement/,
    why: 'about its registry of metrics',
  },
  { families: /_summary$/, why: 'a second view of a histogram, which upstream keeps for old dashboards' },
  {
    families: /^apiserver_(?:selfrequest_total|request_filter_|request_timestamp_)/,
    why: "about upstream's own handlers",
  },
  { families: /^apiserver_validation_|^apiextensions_apiserver_validation_/, why: "about upstream's ways to validate" },
  { families: /^apiserver_cel_/, why: 'expressions are not timed one by one' },
  {
    families: /^apiserver_(?:webhooks_)?x509_|^apiserver_webhooks_x509_/,
    why: 'about certificates that Go used to take',
  },
  { families: /^field_validation_/, why: 'upstream makes its series and never observes anything' },
  { families: /^pod_security_exemptions_total$/, why: 'nobody is exempt: there is no configuration of PodSecurity' },
  {
    families: /^serviceaccount_(?:invalid_)?legacy_/,
    why: 'of tokens that are kept in Secrets, which are not good here',
  },
];

/** Families that only ours shows. */
export const ownFamilies = new Set(['amarre_store_revision', 'nodejs_heap_size_used_bytes']);
