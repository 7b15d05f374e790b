// How does an object look in a version that only a webhook can convert it to, to a calculation that can't wait? Forms that
// are missing are asked for, and the calculation begins again.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { CustomConverter } from '../../apis/definition.ts';

/** A form that is not there yet. */
class MissingForm extends Error {
  override readonly name = 'MissingForm';
  readonly object: KubeObject;
  readonly apiVersion: string;

  constructor(object: KubeObject, apiVersion: string) {
    super(`${object.apiVersion} was not converted to ${apiVersion}`);
    this.object = object;
    this.apiVersion = apiVersion;
  }
}

/** Gives an object in another version, if need be by ending the calculation. */
export type FormOf = (object: KubeObject, apiVersion: string) => KubeObject;

/** What `calculate` makes of the forms that `converter` gives. Rejects as both do. */
export async function withForms<T>(
  { converter, signal }: { converter: CustomConverter; signal: AbortSignal },
  calculate: (formOf: FormOf) => T,
): Promise<T> {
  const known = new Map<string, KubeObject>();
  const keyOf = (object: KubeObject, apiVersion: string): string => `${apiVersion} ${JSON.stringify(object)}`;
  const formOf: FormOf = (object, apiVersion) => {
    const form = known.get(keyOf(object, apiVersion));
    if (!form) throw new MissingForm(object, apiVersion);
    return form;
  };
  for (;;) {
    try {
      return calculate(formOf);
    } catch (error) {
      if (!(error instanceof MissingForm)) throw error;
      const { object, apiVersion } = error;
      const [form] = await converter([object], apiVersion, signal);
      known.set(keyOf(object, apiVersion), form as KubeObject);
    }
  }
}
