import { expect, test } from 'vitest';
import { engineOfImage, engines, holdsData } from './engines.ts';

test.each<[image: string, engine: string | undefined]>([
  ['postgres', 'PostgreSQL'],
  ['docker.io/bitnami/postgresql:16.2@sha256:00', 'PostgreSQL'],
  ['registry.example.com:5000/db/mariadb:11', 'MySQL'],
  ['mongo:7', 'MongoDB'],
  ['quay.io/prometheuscommunity/postgres-exporter:v0.15', undefined],
  ['example/postgres-backup', undefined],
  ['busybox', undefined],
])('engineOfImage: %s -> %s', (image, engine) => {
  expect(engineOfImage(image)?.name).toBe(engine);
});

test.each<[path: string, want: boolean]>([
  ['/var/lib/postgresql/data', true],
  ['/var/lib', true],
  ['/var/lib/postgresqlx', false],
  ['/docker-entrypoint-initdb.d', false],
])('holdsData: %s -> %s', (path, want) => {
  const [postgres] = engines;
  expect(postgres && holdsData(postgres, path)).toBe(want);
});
