// What is wrong with a text of a named format? The names of `format.…()`. Source: k8s.io/apiserver/pkg/cel/library/format.go.

import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  labelKey,
  labelValue,
} from '../../../apimachinery/validation.ts';
import { hasFormat } from '../../customresources/values/formats.ts';

type Check = (text: string) => string[];

/** Generated names get a suffix, so that a prefix may end in a dash. */
const asPrefix =
  (check: Check): Check =>
  (text) =>
    check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

const strfmt =
  (format: string, message: string): Check =>
  (text) =>
    hasFormat(format, text) ? [] : [message];

export const formats: Readonly<Record<string, Check>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName: labelKey,
  dns1123LabelPrefix: asPrefix(dns1123Label),
  dns1123SubdomainPrefix: asPrefix(dns1123Subdomain),
  dns1035LabelPrefix: asPrefix(dns1035Label),
  labelValue,
  uri: strfmt('uri', 'invalid URI'),
  uuid: strfmt('uuid', 'does not match the UUID format'),
  byte: strfmt('byte', 'invalid base64'),
  date: strfmt('date', 'invalid date'),
  datetime: strfmt('datetime', 'invalid datetime'),
};
