// Is what a webhook made of an object still one of its kind? Unknown fields go, defaults come.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import type { Operation } from '../../registry/context.ts';
import { conform, decodeMessage } from '../../schema/conform.ts';
import { WebhookCallError } from '../../webhook/client.ts';

/** The object as the registry takes it. Throws WebhookCallError if its fields have wrong types. */
export function refit({ entry, schemas }: Pick<Operation, 'entry' | 'schemas'>, changed: KubeObject): KubeObject {
  const { definition } = entry;
  let object = cloneJson(changed);
  if (definition.custom) {
    definition.custom.prune(object);
  } else {
    const { value, typeErrors } = conform(object, {
      schemas,
      schemaName: definition.schemaName,
      isCustom: !definition.isBuiltIn,
    });
    const [wrong] = typeErrors;
    if (wrong) throw new WebhookCallError(`received invalid webhook response: ${decodeMessage(wrong)}`);
    object = { ...(value as KubeObject), apiVersion: entry.apiVersion, kind: entry.kind };
  }
  definition.applyDefaults?.(object);
  return object;
}
