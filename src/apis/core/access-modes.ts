// Which access modes are there, and how do tables write them?

import { forbidden, notSupported } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';

const abbreviations: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** `RWO,ROX`, in upstream's order. */
export function formatAccessModes(modes: string[] | undefined): string {
  return Object.keys(abbreviations)
    .filter((mode) => modes?.includes(mode))
    .map((mode) => abbreviations[mode])
    .join(',');
}

/** Causes against a list of modes; that it is empty is the caller's to say. */
export function validateAccessModes(modes: string[], field: string): StatusCause[] {
  const causes = modes
    .filter((mode) => !abbreviations[mode])
    .map((mode) => notSupported(field, mode, Object.keys(abbreviations).sort()));
  const hasOthers = modes.some((mode) => mode !== 'ReadWriteOncePod' && abbreviations[mode]);
  if (modes.includes('ReadWriteOncePod') && hasOthers) {
    causes.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  }
  return causes;
}
