// What columns do the tables of many kinds share?

import { ageOf } from '../apimachinery/duration.ts';
import type { KubeObject } from '../apimachinery/meta.ts';
import type { PrinterColumn } from './definition.ts';

export const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
export const creationDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

type Cell<T extends KubeObject> = PrinterColumn<T>['cell'];

/** A column of text that `kubectl get` always shows. */
export function column<T extends KubeObject>(name: string, cell: Cell<T>): PrinterColumn<T> {
  return { name, type: 'string', priority: 0, cell };
}

/** A column of text that only `-o wide` shows. */
export function wideColumn<T extends KubeObject>(name: string, cell: Cell<T>): PrinterColumn<T> {
  return { name, type: 'string', priority: 1, cell };
}

/** A column of whole numbers. */
export function integerColumn<T extends KubeObject>(name: string, cell: Cell<T>): PrinterColumn<T> {
  return { name, type: 'integer', priority: 0, cell };
}

/** A column of true and false. */
export function booleanColumn<T extends KubeObject>(name: string, cell: Cell<T>): PrinterColumn<T> {
  return { name, type: 'boolean', priority: 0, cell };
}

/** The name of the object. */
export function nameColumn<T extends KubeObject>(): PrinterColumn<T> {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: nameDescription,
    priority: 0,
    cell: (object) => object.metadata.name,
  };
}

/** The age of the object, as built-in kinds show it. */
export function ageColumn<T extends KubeObject>(): PrinterColumn<T> {
  return {
    name: 'Age',
    type: 'string',
    description: creationDescription,
    priority: 0,
    cell: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
  };
}

/** When the object was created: what upstream shows for kinds without columns of their own. */
export function createdAtColumn<T extends KubeObject>(): PrinterColumn<T> {
  return {
    name: 'Created At',
    type: 'date',
    description: creationDescription,
    priority: 0,
    cell: (object) => object.metadata.creationTimestamp,
  };
}
