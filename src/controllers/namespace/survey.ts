// What is left in a namespace? Asks the API for every namespaced resource that it has.

import { groupResourceOf, type KubeObject, type Resource } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { Discoverer } from '../../client/discovery.ts';
import type { Client } from '../../client/types.ts';

/** The objects of one resource in the namespace; none of them empty. */
export interface Content {
  resource: Resource;
  objects: KubeObject[];
}

export interface Survey {
  contents: Content[];
  /** Resources that could not be listed, with the refusal. */
  failures: string[];
}

/** Lists all that `namespace` holds. Rejects if discovery fails: then nobody knows what is left. */
export async function survey(
  namespace: string,
  { client, discovery }: { client: Client; discovery: Discoverer },
  signal: AbortSignal,
): Promise<Survey> {
  const resources = await discovery.discover(signal);
  const deletable = resources.filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'),
  );
  const contents: Content[] = [];
  const failures: string[] = [];
  for (const resource of deletable) {
    try {
      const objects = await listAll(resource, { namespace, client }, signal);
      if (objects.length > 0) contents.push({ resource, objects });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // A resource that vanished since discovery holds nothing.
      if (error.reason !== 'NotFound') failures.push(`${groupResourceOf(resource)}: ${error.message}`);
    }
  }
  return { contents, failures };
}

async function listAll(
  resource: Resource,
  { namespace, client }: { namespace: string; client: Client },
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  let token: string | undefined;
  do {
    const page = await client.list(resource, { namespace, limit: 500, ...(token && { continue: token }) }, signal);
    objects.push(...page.items);
    token = page.continue;
  } while (token);
  return objects;
}
