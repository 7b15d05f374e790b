// How does an object look to those who only want its metadata?

import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';

/** A meta/v1 PartialObjectMetadata. */
export function partialMetadata({ definition }: CatalogueEntry, { metadata }: KubeObject, version: string): unknown {
  const shown = definition.fieldAnnotation ? withoutAnnotation(metadata, definition.fieldAnnotation) : metadata;
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: shown };
}

function withoutAnnotation({ annotations = {}, ...metadata }: ObjectMeta, name: string): ObjectMeta {
  const { [name]: _, ...rest } = annotations;
  return { ...metadata, ...(Object.keys(rest).length > 0 && { annotations: rest }) };
}
