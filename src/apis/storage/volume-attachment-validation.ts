// Which attachments, and which changes of them, are refused? Source: pkg/apis/storage/validation ValidateVolumeAttachment.

import { semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, required, tooLong } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain } from '../../apimachinery/validation.ts';
import { validateInlineVolume } from '../core/persistent-volume-validation.ts';
import { validateDriverName } from '../core/volume-sources.ts';
import { named } from '../field-rules.ts';
import { internalForm } from '../internal-form.ts';
import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from './generated/v1.ts';

const metadataBytesMax = 256 * 1024;
const errorBytesMax = 1024;

/** Causes against an attachment. */
export function validateAttachment(attachment: VolumeAttachment): StatusCause[] {
  const { spec } = attachment;
  return [
    ...validateDriverName(spec.attacher, 'spec.attacher'),
    ...sourceCauses(spec.source, 'spec.source'),
    ...named('spec.nodeName', spec.nodeName, dns1123Subdomain),
    ...validateAttachmentStatus(attachment),
  ];
}

/** What drivers tell of an attachment has bounds. */
export function validateAttachmentStatus({ status }: VolumeAttachment): StatusCause[] {
  if (!status) return [];
  const { attachmentMetadata = {}, attachError, detachError } = status;
  const bytes = Object.entries(attachmentMetadata)
    .flat()
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return [
    ...(bytes > metadataBytesMax ? [tooLong('status.attachmentMetadata', metadataBytesMax)] : []),
    ...errorCauses(attachError, 'status.attachError'),
    ...errorCauses(detachError, 'status.detachError'),
  ];
}

function errorCauses(error: VolumeError | undefined, at: string): StatusCause[] {
  if (!error) return [];
  const { message = '', errorCode = 0 } = error;
  // Upstream names the other bound.
  const causes = Buffer.byteLength(message) > errorBytesMax ? [tooLong(`${at}.message`, metadataBytesMax)] : [];
  if (errorCode >= 0) return causes;
  return [...causes, invalidValue(`${at}.errorCode`, errorCode, 'must be between 0 and 2147483647, inclusive')];
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
