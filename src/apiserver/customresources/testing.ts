// What do the tests of custom resources share? A definition to vary, and the way to wait for it.

import type { JsonSchema } from '../../apis/definition.ts';
import { systemClock } from '../../base/system-clock.ts';
import type { TestServer } from '../testing.ts';

export const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const widgetsPath = '/apis/example.com/v1/namespaces/default/widgets';

/** The schema of an object whose spec has these properties. */
export function schemaOfSpec(properties: Record<string, JsonSchema>, rest: JsonSchema = {}): JsonSchema {
  return {
    type: 'object',
    properties: {
      spec: { type: 'object', properties, ...rest },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
}

/** One version as a CustomResourceDefinition has it: `v1`, served and stored unless told otherwise. */
export function version(schema: JsonSchema, overrides: object = {}): object {
  return { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...overrides };
}

/** `widgets.example.com`, with `spec` over its own. */
export function widgetDefinition(spec: object = {}): { metadata: { name: string }; spec: object } {
  const names = { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] };
  const versions = [version(schemaOfSpec({ size: { type: 'integer' } }))];
  return {
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', scope: 'Namespaced', names, versions, ...spec },
  };
}

/** Creates a definition and waits until it is established. */
export async function establish(server: TestServer, definition: { metadata: { name: string } }): Promise<void> {
  await server.create(crdPath, definition);
  await untilCondition(server, definition.metadata.name, 'Established');
}

/** Waits until the definition has the condition with the status True. */
export async function untilCondition(server: TestServer, name: string, type: string): Promise<void> {
  await until(async () => {
    const { json } = await server.call(`GET ${crdPath}/${name}`);
    const conditions = (json as unknown as { status?: { conditions?: { type: string; status: string }[] } }).status
      ?.conditions;
    return conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
  });
}

/** Asks again and again, for ten seconds. */
export async function until(check: () => Promise<boolean>): Promise<void> {
  const signal = new AbortController().signal;
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await check()) return;
    await systemClock.sleep(20, signal);
  }
  throw new Error('It did not come true within ten seconds');
}
