// Which objects do the measurements use? ConfigMaps of 2 KB, as a controller might keep them.

/** Size of an object's JSON as the targets have it. */
const objectBytes = 2048;

/** Who reads and who writes do not see each other's objects. */
export const namespaces = { writes: 'default', reads: 'reads', half: 'half', otherHalf: 'other-half' } as const;

/** All numbers have as many digits: versions of an object differ in these alone. */
const sequenceDigits = 9;
export const digitsOf = (sequence: number): string => String(sequence).padStart(sequenceDigits, '0');
/** What stands before the digits in an object's JSON. */
export const sequenceMark = '"sequence":"';

/** A ConfigMap whose JSON has 2 KB. `sequence` tells its versions apart. */
export function configMap(
  name: string,
  sequence: number,
  namespace: string = namespaces.writes,
): Record<string, unknown> {
  const object = (filler: string): Record<string, unknown> => ({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, namespace, labels: { app: 'bench' } },
    data: { sequence: digitsOf(sequence), filler },
  });
  return object('x'.repeat(Math.max(0, objectBytes - JSON.stringify(object('')).length)));
}

export const collectionPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

/** Path of one object of the namespace that is written to. */
export const objectPath = (name: string, namespace: string = namespaces.writes): string =>
  `${collectionPath(namespace)}/${name}`;
