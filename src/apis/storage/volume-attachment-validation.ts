// Which attachments, and which changes of them, are refused? Source: pkg/apis/storage/validation ValidateVolumeAttachment.

import { semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain } from '../../apimachinery/validation.ts';
import { validateInlineVolume } from '../core/persistent-volume-validation.ts';
import { validateDriverName } from '../core/volume-sources.ts';
import { named } from '../field-rules.ts';
import { internalForm } from '../internal-form.ts';
import type { VolumeAttachment, VolumeAttachmentSource } from './generated/v1.ts';

/** Causes against an attachment. */
export function validateAttachment({ spec }: VolumeAttachment): StatusCause[] {
  return [
    ...validateDriverName(spec.attacher, 'spec.attacher'),
    ...sourceCauses(spec.source, 'spec.source'),
    ...named('spec.nodeName', spec.nodeName, dns1123Subdomain),
  ];
}

function sourceCauses(
  { inlineVolumeSpec, persistentVolumeName: name }: VolumeAttachmentSource,
  at: string,
): StatusCause[] {
  const causes: StatusCause[] = [];
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inlineVolumeSpec && name !== undefined) causes.push(forbidden(at, one));
  else if (inlineVolumeSpec) return validateInlineVolume(inlineVolumeSpec, `${at}.inlineVolumeSpec`);
  else if (name === undefined) return [required(at, one)];
  else if (name === '')
    causes.push(required(`${at}.persistentVolumeName`, 'must specify non empty persistentVolumeName'));
  return [...causes, ...named(`${at}.persistentVolumeName`, name ?? '', dns1123Subdomain)];
}

/** Causes against an update: an attachment is of one volume to one node for good. */
export function validateAttachmentUpdate(attachment: VolumeAttachment, { spec: old }: VolumeAttachment): StatusCause[] {
  const causes = validateAttachment(attachment);
  const { spec } = attachment;
  if (semanticallyEqualStructs(spec, old)) return causes;
  return [...causes, invalidValue('spec', internalForm('VolumeAttachmentSpec', spec), 'field is immutable')];
}
