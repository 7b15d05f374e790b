// Which database runs in a container, and where does it keep its data?

import type { Container, Pod } from '../../apis/core/generated/v1.ts';

export interface Engine {
  name: string;
  /** Last parts of image names; never those of exporters, operators, backup tools or proxies. */
  images: readonly string[];
  /** Folders that hold data, as the images document them. */
  dataPaths: readonly string[];
  /** Writes everything to its standard output; undefined if there is no such command. */
  dump: readonly string[] | undefined;
}

export const engines: readonly Engine[] = [
  {
    name: 'PostgreSQL',
    images: [
      'postgres',
      'postgresql',
      'postgresql-repmgr',
      'postgis',
      'timescaledb',
      'timescaledb-ha',
      'spilo',
      'pgvector',
    ],
    dataPaths: ['/var/lib/postgresql', '/bitnami/postgresql', '/home/postgres/pgdata'],
    dump: ['pg_dumpall', '-U', 'postgres'],
  },
  {
    name: 'MySQL',
    images: [
      'mysql',
      'mysql-server',
      'mariadb',
      'mariadb-galera',
      'percona',
      'percona-server',
      'percona-xtradb-cluster',
    ],
    dataPaths: ['/var/lib/mysql', '/bitnami/mysql', '/bitnami/mariadb'],
    dump: ['mysqldump', '--all-databases', '--single-transaction'],
  },
  {
    name: 'MongoDB',
    images: ['mongo', 'mongodb', 'mongodb-community-server', 'mongodb-enterprise-server', 'percona-server-mongodb'],
    dataPaths: ['/data/db', '/bitnami/mongodb'],
    dump: ['mongodump', '--archive'],
  },
  {
    name: 'Elasticsearch',
    images: ['elasticsearch', 'opensearch'],
    dataPaths: ['/usr/share/elasticsearch/data', '/usr/share/opensearch/data', '/bitnami/elasticsearch'],
    dump: undefined,
  },
  {
    name: 'Cassandra',
    images: ['cassandra', 'scylla'],
    dataPaths: ['/var/lib/cassandra', '/var/lib/scylla', '/bitnami/cassandra'],
    dump: undefined,
  },
];

const byImage = new Map(engines.flatMap((engine) => engine.images.map((image) => [image, engine] as const)));

/** `docker.io/bitnami/postgresql:16@sha256:…` → PostgreSQL; undefined for anything that is not such a server. */
export function engineOfImage(image: string): Engine | undefined {
  const start = image.lastIndexOf('/') + 1;
  let end = start;
  while (end < image.length && image[end] !== ':' && image[end] !== '@') end += 1;
  return byImage.get(image.slice(start, end));
}

export interface EngineContainer {
  engine: Engine;
  container: Container;
}

/** The pod's container that runs a database; init containers only prepare. */
export function engineOf(pod: Pod): EngineContainer | undefined {
  for (const container of pod.spec?.containers ?? []) {
    const engine = engineOfImage(container.image ?? '');
    if (engine) return { engine, container };
  }
  return undefined;
}

/** Is the mount below or above one of the engine's folders? */
export function holdsData({ dataPaths }: Engine, mountPath: string): boolean {
  return dataPaths.some((path) => isWithin(mountPath, path) || isWithin(path, mountPath));
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
