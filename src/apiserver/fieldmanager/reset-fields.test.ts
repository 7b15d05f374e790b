// Which fields does a write own, through the object and through its subresources? Upstream's GetResetFields.

import { expect, test } from 'vitest';
import { pathsOf, setOf } from '../../apimachinery/fieldpath/field-set.ts';
import { fieldElement, formatPath } from '../../apimachinery/fieldpath/path-element.ts';
import { builtinResources } from '../../apis/builtin.ts';
import { Catalogue } from '../registry/catalogue.ts';
import { settableFields } from './reset-fields.ts';

const catalogue = new Catalogue(builtinResources);
const all = ['metadata.labels.a', 'metadata.finalizers', 'spec.x', 'status.certificate', 'status.conditions'];
const set = setOf(...all.map((path) => path.split('.').map(fieldElement)));

test.each<[resource: string, subresource: string, want: string[]]>([
  ['v1/pods', '', ['metadata.finalizers', 'metadata.labels.a', 'spec.x']],
  ['v1/pods', 'status', ['metadata.finalizers', 'metadata.labels.a', 'status.certificate', 'status.conditions']],
  ['v1/pods', 'resize', [...all].sort()],
  ['v1/configmaps', '', [...all].sort()],
  ['apps/v1/deployments', 'status', ['metadata.finalizers', 'status.certificate', 'status.conditions']],
  ['storage.k8s.io/v1/volumeattachments', 'status', ['status.certificate', 'status.conditions']],
  [
    'admissionregistration.k8s.io/v1/validatingadmissionpolicies',
    'status',
    ['status.certificate', 'status.conditions'],
  ],
  [
    'apiextensions.k8s.io/v1/customresourcedefinitions',
    'status',
    ['metadata.finalizers', 'metadata.labels.a', 'status.certificate', 'status.conditions'],
  ],
  [
    'certificates.k8s.io/v1/certificatesigningrequests',
    'status',
    ['metadata.finalizers', 'metadata.labels.a', 'status.certificate'],
  ],
  [
    'certificates.k8s.io/v1/certificatesigningrequests',
    'approval',
    ['metadata.finalizers', 'metadata.labels.a', 'status.conditions'],
  ],
])('%s %s -> %j', (resource, subresource, want) => {
  const [plural = '', version = '', group = ''] = resource.split('/').reverse();
  const entry = catalogue.find({ group, version, plural });
  if (!entry) throw new Error(`${resource} is not served`);
  const paths = pathsOf(settableFields(set, entry, subresource)).map((path) => formatPath(path).slice(1));
  expect(paths.sort()).toEqual(want);
});
