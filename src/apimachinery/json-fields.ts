// How are the fields of an object from outside read and set, whatever their names? In JSON `__proto__` and
// `constructor` are names like any other; to a plain `object[name]` they mean the prototype.

/** The field `name` that the object itself has; undefined if it has none. */
export function ownField<T>(object: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets the field `name` of the object itself. */
export function setField<T>(object: Record<string, T>, name: string, value: NoInfer<T>): void {
  // Defining is slow, and only this one name has a setter to fall into.
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  else object[name] = value;
}
