// Which webhooks and policies are asked a second time, because the object changed after they saw it?
// Source: apiserver/pkg/admission/reinvocation.go and the reinvocation contexts of its plugins.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { cloneJson } from '../cache/stored-object.ts';

/** What one plugin remembers between the two rounds. */
export class Invocations {
  #output: unknown;
  #invoked = new Set<string>();
  readonly #due = new Set<string>();

  /** A round begins with `object`; what other plugins changed since the last one counts as a change. */
  begin(object: unknown, { isSecond }: { isSecond: boolean }): void {
    if (isSecond && !jsonEqual(this.#output, object)) this.changed();
  }

  end(object: unknown): void {
    this.#output = object === undefined ? undefined : cloneJson(object);
  }

  /** Who was invoked so far has not seen the object as it is now. */
  changed(): void {
    for (const each of this.#invoked) this.#due.add(each);
    this.#invoked = new Set();
  }

  /** `key` was invoked, and wants to be again after a change. */
  invoked(key: string): void {
    this.#invoked.add(key);
  }

  isDue(key: string): boolean {
    return this.#due.has(key);
  }
}

/** The rounds of the mutating phase of one request: one, and a second if a webhook or policy changed the object. */
export class Rounds {
  isSecond = false;
  isSecondWanted = false;
  #webhooks: Invocations | undefined;
  #policies: Invocations | undefined;

  get webhooks(): Invocations {
    this.#webhooks ??= new Invocations();
    return this.#webhooks;
  }

  get policies(): Invocations {
    this.#policies ??= new Invocations();
    return this.#policies;
  }
}
