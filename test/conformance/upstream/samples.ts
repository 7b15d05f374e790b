// Which valid objects are both servers sent? Some of each kind that both serve, by `apiVersion/Kind` and a name.

import type { KubeObject } from '../../../src/apimachinery/meta.ts';
import { builtinResources } from '../../../src/apis/builtin.ts';
import { clusterSamples } from './samples-cluster.ts';
import { coreSamples } from './samples-core.ts';
import { workloadSamples } from './samples-workloads.ts';

export type Fields = Record<string, unknown>;
export type Samples = Record<string, Record<string, Fields>>;

export interface Sample {
  /** `apps/v1/Deployment`. */
  kind: string;
  /** `apps/v1/Deployment full`. */
  title: string;
  schemaName: string;
  /** Of the collection. */
  path: string;
  object: KubeObject;
}

/** All of them, in a fixed order. Each has a name of its own. */
export const samples: Sample[] = Object.entries({ ...coreSamples, ...workloadSamples, ...clusterSamples }).flatMap(
  ([key, byName]) => Object.entries(byName).map(([name, fields]) => sampleOf(key, name, fields)),
);

function sampleOf(key: string, name: string, { metadata, ...fields }: Fields): Sample {
  const words = key.split('/');
  const kind = words.pop() ?? '';
  const apiVersion = words.join('/');
  const definition = builtinResources.find(
    ({ resource }) =>
      resource.kind === kind && [resource.group, resource.version].filter(Boolean).join('/') === apiVersion,
  );
  if (!definition) throw new Error(`${key} is not served`);
  const { resource, schemaName } = definition;
  const path = [
    resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`,
    resource.namespaced ? '/namespaces/default' : '',
    `/${resource.plural}`,
  ].join('');
  const object = {
    apiVersion,
    kind,
    metadata: { name: `s-${name.toLowerCase()}`, ...(metadata as object) },
    ...fields,
  };
  return { kind: key, title: `${key} ${name}`, schemaName, path, object: object as KubeObject };
}
