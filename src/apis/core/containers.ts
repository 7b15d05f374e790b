// What do the tables of workloads show about the containers of a pod template?

import type { KubeObject } from '../../apimachinery/meta.ts';
import { wideColumn } from '../columns.ts';
import type { PrinterColumn } from '../definition.ts';
import type { PodTemplateSpec } from './generated/v1.ts';

/** The wide columns Containers and Images. */
export function containerColumns<T extends KubeObject>(
  template: (object: T) => PodTemplateSpec | undefined,
): PrinterColumn<T>[] {
  const containers = (object: T) => template(object)?.spec?.containers ?? [];
  return [
    wideColumn('Containers', (object) =>
      containers(object)
        .map((container) => container.name)
        .join(','),
    ),
    wideColumn('Images', (object) =>
      containers(object)
        .map((container) => container.image ?? '')
        .join(','),
    ),
  ];
}
