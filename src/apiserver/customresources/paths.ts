// How is the path of a field written? As apimachinery's field.Path writes it.

/** `spec.versions`, or the name alone at the root. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** `properties[spec]`: the entry of a map. */
export function keyPath(path: string, key: string): string {
  return `${path}[${key}]`;
}

/** `versions[0]`: the item of a list. */
export function indexPath(path: string, index: number): string {
  return `${path}[${index}]`;
}
