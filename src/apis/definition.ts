// How is a resource described to the API server? One ResourceDefinition each: schema, names,
// printer columns, defaults, validation. The server has no routes or rules per kind beside these.

import type { KubeObject, Resource } from '../apimachinery/meta.ts';
import type { StatusCause } from '../apimachinery/status-error.ts';
import type { NameRule } from '../apimachinery/validation.ts';

/** An OpenAPI v3 schema as Kubernetes uses it. `$ref` is `#/components/schemas/<name>`. */
export interface JsonSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  required?: string[];
  enum?: unknown[];
  default?: unknown;
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  $ref?: string;
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  not?: JsonSchema;
  title?: string;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-validations'?: ValidationRule[];
  'x-kubernetes-selectable-fields'?: { fieldPath: string }[];
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

/** Models apiextensions ValidationRule: one CEL rule of a schema. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** One column of `kubectl get`, as upstream's printers define it. */
export interface PrinterColumn<T extends KubeObject = KubeObject> {
  name: string;
  type: 'string' | 'integer' | 'number' | 'date' | 'boolean';
  format?: string;
  description?: string;
  /** Where the cell's value stands, for a CustomResourceDefinition: `.spec.nodeName`. */
  jsonPath?: string;
  /** 0 always; 1 only with `-o wide`. */
  priority: number;
  /** The cell, null where there is nothing to show; ages are computed against `nowMs`. */
  cell: (object: T, nowMs: number) => string | number | boolean | null;
}

/** What a CustomResourceDefinition of a client says about its resource beside what all resources have. */
export interface CustomTraits {
  /** Removes from `object`, in place, what the schema does not know. Paths of what went. */
  prune: (object: KubeObject) => string[];
  /** Removes from `object`, in place, nulls that the schema does not allow and that no default replaces. */
  dropNulls: (object: KubeObject) => void;
  /** The resources inside of the object, each with its path: `spec.template`. */
  embedded: (object: KubeObject) => { path: string; resource: Record<string, unknown> }[];
  /** Where the scale subresource reads and writes. */
  scale?: { specReplicas: string[]; statusReplicas: string[]; selector?: string[] };
  /** Told to everyone who uses this version. */
  deprecationWarning?: string;
  /** In which its objects are stored. */
  storageVersion: string;
  /** Its definition is being deleted: nothing new may be created. */
  isTerminating: boolean;
  /** Converts between versions where a function call is not enough; absent where it is. */
  converter?: CustomConverter;
}

/** Conversion by a webhook. `objects` are of any version of the resource; the results are of `apiVersion`, in the same order. Rejects with StatusError. */
export type CustomConverter = (objects: KubeObject[], apiVersion: string, signal: AbortSignal) => Promise<KubeObject[]>;

export const resourceVerbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;
export type ResourceVerb = (typeof resourceVerbs)[number];

/** A subresource through which a part of an object is changed. */
export interface PartRules<T extends KubeObject = KubeObject> {
  /** `current` with what the subresource may change taken from `next`; neither is changed. */
  limit: (next: T, current: T) => T;
  validate: (object: T, old: T) => StatusCause[];
}

/** What the server must know about one resource. The functions are pure but for the object they are told to change. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  resource: Resource<T>;
  /** `PersistentVolumeClaimList`. */
  listKind: string;
  /** `persistentvolumeclaim`. */
  singular: string;
  shortNames: string[];
  /** `all` and such. */
  categories: string[];
  /** `status` makes PUT/PATCH of the main resource keep the stored status, and of /status keep all else. */
  subresources: (
    | 'status'
    | 'scale'
    | 'binding'
    | 'log'
    | 'exec'
    | 'attach'
    | 'proxy'
    | 'portforward'
    | 'eviction'
    | 'ephemeralcontainers'
    | 'resize'
    | 'finalize'
    | 'approval'
    | 'token'
  )[];
  /** Does a write of the status leave labels, annotations and finalizers alone, as it does with those of custom resources? */
  statusKeepsMetadata?: boolean;
  /** What of the metadata it leaves alone where it may change the rest. */
  statusKeeps?: readonly ('labels' | 'ownerReferences')[];
  /** Rules of the subresources that show the whole object and change a part of it, as status does. */
  parts?: Partial<Record<'ephemeralcontainers' | 'resize', PartRules<T>>>;
  /** Does DELETE answer with the object? With a Status when absent. */
  answersDeleted?: boolean;
  /** The verbs of the resource itself; all of them when absent. */
  verbs?: readonly ResourceVerb[];
  /** Are its objects answers that are computed, never stored? */
  isVirtual?: boolean;
  /** Name of the kind's schema in `schemas`: `io.k8s.api.core.v1.Pod`. */
  schemaName: string;
  /** Are patches strategic merge patches allowed (built-in kinds), or only JSON and merge patches (custom resources)? */
  isBuiltIn: boolean;
  /** Is metadata.generation raised when the spec changes? */
  hasGeneration: boolean;
  /** Metadata whose change raises it, too. */
  generationCounts?: 'annotations' | 'labels';
  columns: PrinterColumn<T>[];
  /** Which names objects may have; a DNS subdomain when absent. */
  nameRule?: NameRule;
  /** The resource whose objects these are in another shape: events.k8s.io events are stored as core events. With it go the two conversions. */
  storedAs?: Resource;
  fromStored?: (stored: KubeObject) => T;
  toStored?: (object: T) => KubeObject;
  /** The version in which a resource of several versions is stored: `example.com/v1`. */
  storedApiVersion?: string;
  /** Told on every request, as the version is going to go. */
  deprecationWarning?: string;
  /** Of resources whose definition came from a client. */
  custom?: CustomTraits;
  /** Field selectors beside metadata.name and metadata.namespace. */
  selectableFields: Record<string, (object: T) => string>;
  /** Why an object can't be made of what was sent, in the decoder's words. */
  unreadable?: (object: T) => string | undefined;
  /** An annotation that stands for a field of older versions: who wants the metadata alone is not shown it. */
  fieldAnnotation?: string;
  /** Sets upstream's defaults in place. Runs before validation on every write. */
  applyDefaults?: (object: T) => void;
  /** Clears what clients may not set on create (status), sets first phases and finalizers of admission. What it does that a client should know it may warn of. */
  prepareForCreate?: (object: T, warn: (text: string) => void) => void;
  /** Puts back what no update may change, drops what nobody may set. Runs after admission, when it is told whose the fields are. */
  prepareForUpdate?: (object: T, old: T, write: { subresource: string; now: string }) => void;
  /** Takes away, in place, fields whose feature gates are closed. Runs after admission, on every write: who sent them owns them nevertheless. */
  dropClosedFields?: (object: T) => void;
  /** Puts into `object` what no write of the status or approval may clear, or what the server says of it. Runs before the defaults. */
  prepareForStatus?: (object: T, old: T, now: string) => void;
  /** Semantic validation; the structural part comes from the schema. Empty means valid. */
  validateCreate?: (object: T) => StatusCause[];
  /** What is let pass only because it was so before, it may warn of. */
  validateUpdate?: (object: T, old: T, warn?: (text: string) => void) => StatusCause[];
  /** What holds for an update of the status; nothing when absent. */
  validateStatus?: (object: T, old: T, warn?: (text: string) => void) => StatusCause[];
  /** What holds for an update by the subresource approval; nothing when absent. */
  validateApproval?: (object: T, old: T) => StatusCause[];
  /** What the answer to a valid write says of it; `old` is absent on creation. Source: WarningsOnCreate and WarningsOnUpdate of upstream's strategies. */
  warnings?: (object: T, old?: T) => string[];
  /** The same for a write of the status. */
  statusWarnings?: (object: T, old: T) => string[];
}

/** Components by name, as `/openapi/v3` serves them. */
export type SchemaComponents = Record<string, JsonSchema>;

type Named = 'listKind' | 'singular' | 'schemaName' | 'isBuiltIn';
type Optional = 'shortNames' | 'categories' | 'subresources' | 'hasGeneration' | 'selectableFields';

/** What a built-in kind's definition must say: what follows from its names and what few kinds have may be left out. */
export type BuiltInDefinition<T extends KubeObject> = Omit<ResourceDefinition<T>, Named | Optional> &
  Partial<Pick<ResourceDefinition<T>, 'schemaName' | Optional>>;

/** The definition of a kind of upstream's own API groups. */
export function defineBuiltIn<T extends KubeObject>(definition: BuiltInDefinition<T>): ResourceDefinition {
  const { group, version, kind } = definition.resource;
  const [folder] = group.split('.');
  return defineResource<T>({
    listKind: `${kind}List`,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    subresources: [],
    schemaName: `io.k8s.api.${folder || 'core'}.${version}.${kind}`,
    isBuiltIn: true,
    hasGeneration: false,
    selectableFields: {},
    ...definition,
  });
}

/** A definition without its object type, so that definitions of all kinds fit one list. The server hands each only objects of its own kind. */
export function defineResource<T extends KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition {
  return definition as unknown as ResourceDefinition;
}
