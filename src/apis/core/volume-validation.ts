// Which volumes of a pod spec are refused? Names, exactly one source each, and what each source needs:
// upstream's ValidateVolumes.

import { duplicate, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import { isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import { emptiesOf } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, validateAnnotations, validateLabels } from '../../apimachinery/validation.ts';
import { named, oneOf } from '../field-rules.ts';
import { validateClaimSpec } from './claim-validation.ts';
import type { CSIVolumeSource, EphemeralVolumeSource, ImageVolumeSource, Volume } from './generated/v1.ts';
import { validateDescendingPath } from './paths.ts';
import { validateDownwardFile, validateItems, validateMode, validateProjected } from './projected-volumes.ts';
import { needed, type SourcePlace, sharedSources, validateDriverName } from './volume-sources.ts';

/** What surrounds the volumes: the pod's own name, where it is known, and whether they are a pod's or a template's. */
export interface VolumesContext {
  podName?: string | undefined;
  isPod: boolean;
}

type Source = Exclude<keyof Volume, 'name'>;
interface Place extends SourcePlace, VolumesContext {}
type Rules = { [Name in Source]-?: (source: NonNullable<Volume[Name]>, place: Place) => StatusCause[] };

/** Each source's rule. Of several sources in a volume, the first in this order is looked at. */
const rules: Rules = {
  emptyDir: ({ sizeLimit }, { at }) =>
    sizeLimit && isQuantity(sizeLimit) && parseQuantity(sizeLimit).nanos < 0n
      ? [forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: sharedSources.hostPath,
  gitRepo: ({ repository, directory }, { at }) => [
    ...needed(at, { repository }),
    ...validateDescendingPath(directory ?? '', `${at}.directory`),
  ],
  gcePersistentDisk: sharedSources.gcePersistentDisk,
  awsElasticBlockStore: sharedSources.awsElasticBlockStore,
  secret: ({ secretName, defaultMode, items = [] }, { at }) => [
    ...needed(at, { secretName }),
    ...validateMode(defaultMode, `${at}.defaultMode`),
    ...validateItems(items, `${at}.items`),
  ],
  nfs: sharedSources.nfs,
  iscsi: sharedSources.iscsi,
  glusterfs: ({ endpoints, path }, { at }) => needed(at, { endpoints, path }),
  flocker: sharedSources.flocker,
  persistentVolumeClaim: ({ claimName }, { at }) => needed(at, { claimName }),
  rbd: sharedSources.rbd,
  cinder: sharedSources.cinder,
  cephfs: sharedSources.cephfs,
  quobyte: sharedSources.quobyte,
  downwardAPI: ({ defaultMode, items = [] }, { at }) => [
    ...validateMode(defaultMode, `${at}.defaultMode`),
    // Told of the whole volume, as upstream tells it.
    ...items.flatMap((item) => validateDownwardFile(item, at)),
  ],
  fc: sharedSources.fc,
  flexVolume: sharedSources.flexVolume,
  configMap: ({ name, defaultMode, items = [] }, { at }) => [
    ...needed(at, { name }),
    ...validateMode(defaultMode, `${at}.defaultMode`),
    ...validateItems(items, `${at}.items`),
  ],
  azureFile: ({ secretName, shareName }, { at }) => needed(at, { secretName, shareName }),
  vsphereVolume: sharedSources.vsphereVolume,
  photonPersistentDisk: sharedSources.photonPersistentDisk,
  portworxVolume: sharedSources.portworxVolume,
  azureDisk: sharedSources.azureDisk,
  storageos: sharedSources.storageos,
  projected: (source, { at }) => validateProjected(source, at),
  scaleIO: sharedSources.scaleIO,
  csi: csiCauses,
  ephemeral: ephemeralCauses,
  image: imageCauses,
};

/** Upstream's own names for a field in these messages. */
const forbiddenNames: Partial<Record<Source, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };
const innerNames: Partial<Record<Source, string>> = { gcePersistentDisk: 'persistentDisk' };

/** Causes against the list `spec.volumes`, and the volumes that nothing is wrong with. */
export function validateVolumes(
  volumes: Volume[],
  path: string,
  context: VolumesContext,
): { causes: StatusCause[]; valid: Map<string, Volume> } {
  const { podName } = context;
  const valid = new Map<string, Volume>();
  // These claims are made for the pod.
  const made = new Set(volumes.filter(({ ephemeral }) => podName && ephemeral).map(({ name }) => `${podName}-${name}`));
  const causes = volumes.flatMap((volume, index) => {
    const at = `${path}[${index}]`;
    const found = sourceCauses(volume, at, context);
    if (volume.name) found.push(...named(`${at}.name`, volume.name, dns1123Label));
    else found.push(required(`${at}.name`));
    if (valid.has(volume.name)) found.push(duplicate(`${at}.name`, volume.name));
    if (found.length === 0) valid.set(volume.name, volume);
    const claimName = volume.persistentVolumeClaim?.claimName ?? '';
    if (made.has(claimName))
      found.push(
        invalidValue(
          `${at}.persistentVolumeClaim.claimName`,
          claimName,
          'must not reference a PVC that gets created for an ephemeral volume',
        ),
      );
    return found;
  });
  return { causes, valid };
}

function sourceCauses(volume: Volume, at: string, context: VolumesContext): StatusCause[] {
  const [first, ...more] = (Object.keys(rules) as Source[]).filter(
    (name) => volume[name] !== undefined && volume[name] !== null,
  );
  if (!first) return [required(at, 'must specify a volume type')];
  const place = { ...context, at: `${at}.${innerNames[first] ?? first}`, volumeName: volume.name, isPersistent: false };
  const rule = rules[first] as (source: unknown, place: Place) => StatusCause[];
  return [
    ...rule(volume[first], place),
    ...more.map((name) =>
      forbidden(`${at}.${forbiddenNames[name] ?? name}`, 'may not specify more than 1 volume type'),
    ),
  ];
}

function csiCauses({ driver, nodePublishSecretRef }: CSIVolumeSource, { at }: Place): StatusCause[] {
  const causes = validateDriverName(driver, `${at}.driver`);
  if (!nodePublishSecretRef) return causes;
  const { name } = nodePublishSecretRef;
  if (!name) return [...causes, required(`${at}.nodePublishSecretRef.name`)];
  return [...causes, ...named(`${at}.name`, name, dns1123Subdomain)];
}

function ephemeralCauses(
  { volumeClaimTemplate: template }: EphemeralVolumeSource,
  { at, podName, volumeName }: Place,
): StatusCause[] {
  if (!template) return [required(`${at}.volumeClaimTemplate`)];
  const field = `${at}.volumeClaimTemplate`;
  const metadata = template.metadata ?? {};
  const { labels, annotations, ...others } = { ...emptiesOf(metadata), ...metadata };
  const causes = [
    ...validateAnnotations(annotations ?? {}, `${field}.metadata.annotations`),
    ...validateLabels(labels ?? {}, `${field}.metadata.labels`),
    ...Object.entries(others)
      .filter(([, value]) => value !== undefined && value !== '')
      // Named after the fields of Go's type.
      .map(([name]) => forbidden(`${field}.metadata.${name === 'uid' ? 'uID' : name}`, 'cannot be set')),
    ...validateClaimSpec(template.spec ?? {}, `${field}.spec`),
  ];
  if (!podName || !volumeName) return causes;
  const claimName = `${podName}-${volumeName}`;
  const wrong = dns1123Subdomain(claimName).map((message) =>
    invalidValue(
      `${at.slice(0, at.lastIndexOf('.'))}.name`,
      volumeName,
      `PVC name ${JSON.stringify(claimName)}: ${message}`,
    ),
  );
  return [...causes, ...wrong];
}

function imageCauses({ reference, pullPolicy }: ImageVolumeSource, { at, isPod }: Place): StatusCause[] {
  const causes = isPod && !reference ? [required(`${at}.reference`)] : [];
  if (!pullPolicy) return [...causes, required(`${at}.pullPolicy`)];
  return [...causes, ...oneOf(`${at}.pullPolicy`, pullPolicy, ['Always', 'IfNotPresent', 'Never'])];
}
