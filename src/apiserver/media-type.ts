// In which form and encoding does the client want the answer? Source: apiserver/pkg/endpoints/handlers/negotiation.

import { StatusError } from '../apimachinery/status-error.ts';

export type ObjectForm =
  | { as: 'Object' }
  | { as: 'Table'; version: string }
  | { as: 'PartialObjectMetadata' | 'PartialObjectMetadataList'; version: string };

export type Encoding = 'json' | 'yaml' | 'protobuf';

export interface MediaClause {
  type: string;
  parameters: Record<string, string>;
}

/** What an endpoint can write. */
export interface Offer {
  /** Has the kind protobuf messages? Custom resources have none. */
  hasProtobuf: boolean;
  /** Watches are not offered in YAML. */
  isStream: boolean;
  /** Has the kind columns? The answers to reviews have none. */
  hasTable: boolean;
  /** Does the same path offer watches too? */
  isList?: boolean;
}

const metaVersions = new Set(['v1', 'v1beta1']);
const mediaTypes: Record<Encoding, string> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

/** The content type of an answer. */
export function contentTypeFor(encoding: Encoding): string {
  return mediaTypes[encoding];
}

/** The clauses of an Accept header, the most wanted first; an absent header accepts anything. */
export function parseAccept(header: string | undefined): MediaClause[] {
  const clauses = (header || '*/*').split(',').map((clause) => {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const pairs = parameters.map((parameter): [string, string] => {
      const at = parameter.indexOf('=');
      return at < 0 ? [parameter, ''] : [parameter.slice(0, at).trim(), parameter.slice(at + 1).trim()];
    });
    return { type, parameters: Object.fromEntries(pairs) };
  });
  return clauses.sort((a, b) => quality(b) - quality(a));
}

function quality({ parameters: { q = '1' } }: MediaClause): number {
  const value = Number(q);
  return value >= 0 && value <= 1 ? value : 1;
}

/** The form of the answer. Throws NotAcceptable if the client accepts none that this endpoint can write. */
export function negotiateForm(accept: string | undefined, offer: Offer): ObjectForm {
  const choice = choose(accept, offer) ?? refuse(accept, offer);
  // What fits best decides, whether it can be a stream or not.
  if (choice.encoding === 'yaml' && offer.isStream)
    throw notAcceptable(encodingsOf(offer).filter(isStreamed).map(streamOf));
  return choice.form;
}

/** The encoding of the answer; JSON for a client that accepts nothing of ours, so that it can read why. */
export function encodingOf(accept: string | undefined): Encoding {
  // JSON has been encoded once for everyone: the usual case needs no parsing.
  if (accept === undefined || accept === mediaTypes.json) return 'json';
  return choose(accept, { hasProtobuf: true, isStream: false, hasTable: true })?.encoding ?? 'json';
}

const wholeJson: Choice = { form: { as: 'Object' }, encoding: 'json' };
const chosen = new Map<string, Choice | undefined>();
const chosenMax = 256;
const chosenLengthMax = 512;

interface Choice {
  form: ObjectForm;
  encoding: Encoding;
}

/**
 * The first clause that can be met. Protobuf is written only for clients that accept the same form in no other
 * encoding: every client that accepts both reads JSON, which is at hand.
 */
function choose(accept: string | undefined, offer: Offer): Choice | undefined {
  // What nearly everyone asks for is always offered.
  if (accept === mediaTypes.json) return wholeJson;
  const key = `${offer.hasProtobuf} ${offer.isStream} ${offer.hasTable} ${accept ?? ''}`;
  if (chosen.has(key)) return chosen.get(key);
  const choice = chooseNow(accept, offer);
  // Clients ask for the same few things; what they make up must not fill the memory.
  if (chosen.size < chosenMax && key.length < chosenLengthMax) chosen.set(key, choice);
  return choice;
}

function chooseNow(accept: string | undefined, offer: Offer): Choice | undefined {
  const choices = parseAccept(accept).flatMap((clause) => choicesOf(clause, offer));
  const [first] = choices;
  if (first?.encoding !== 'protobuf') return first;
  return choices.find(({ form, encoding }) => encoding === 'json' && sameForm(form, first.form)) ?? first;
}

function choicesOf({ type, parameters }: MediaClause, offer: Offer): Choice[] {
  const form = formOf(parameters);
  if (!form) return [];
  // Routes of built-in kinds know no half of a type.
  const isAny = type === '*/*' || (type === 'application/*' && !offer.hasProtobuf);
  return (Object.keys(mediaTypes) as Encoding[])
    .filter((encoding) => type === mediaTypes[encoding] || isAny)
    .filter((encoding) => isOffered(encoding, form, offer) && hasStream(encoding, parameters))
    .map((encoding) => ({ form, encoding }));
}

/** Watches are the only streams, and are not written in YAML. */
function hasStream(encoding: Encoding, { stream = '' }: MediaClause['parameters']): boolean {
  return stream === '' || (stream === 'watch' && isStreamed(encoding));
}

const isStreamed = (encoding: Encoding): boolean => encoding !== 'yaml';
const streamOf = (encoding: Encoding): string => `${mediaTypes[encoding]};stream=watch`;

function isOffered(encoding: Encoding, form: ObjectForm, { hasProtobuf, hasTable }: Offer): boolean {
  if (form.as === 'Table' && !hasTable) return false;
  if (encoding !== 'protobuf') return true;
  return form.as === 'Object' ? hasProtobuf : form.as !== 'Table';
}

function formOf({ as, g: group, v: version = '' }: Record<string, string>): ObjectForm | undefined {
  if (as === undefined) return { as: 'Object' };
  const isMetaForm = as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
  return isMetaForm && group === 'meta.k8s.io' && metaVersions.has(version) ? { as, version } : undefined;
}

function sameForm(a: ObjectForm, b: ObjectForm): boolean {
  return a.as === b.as && (a.as === 'Object' || a.version === (b as { version: string }).version);
}

function refuse(accept: string | undefined, offer: Offer): never {
  const { hasProtobuf, isStream, isList } = offer;
  const all = encodingsOf(offer);
  const isKnown = parseAccept(accept).some(({ type }) => all.some((encoding) => type === mediaTypes[encoding]));
  // Routes of built-in kinds refuse what none of their answers is, before anyone looks closer.
  if (hasProtobuf && !isKnown) {
    const more = isStream || isList ? all.filter(isStreamed).map(streamOf) : [];
    throw noRepresentation([...all.map((encoding) => mediaTypes[encoding]), ...more]);
  }
  throw notAcceptable(all.map((encoding) => mediaTypes[encoding]));
}

function encodingsOf({ hasProtobuf }: Offer): Encoding[] {
  return (Object.keys(mediaTypes) as Encoding[]).filter((encoding) => encoding !== 'protobuf' || hasProtobuf);
}

interface DocumentOffer {
  encodings: readonly Encoding[];
  isRouted: boolean;
  /** Are parameters of types looked at? */
  isNegotiated?: boolean;
}

/** Refuses whoever accepts none of the encodings of a document. Throws NotAcceptable. */
export function requireAccepted(
  accept: string | undefined,
  { encodings, isRouted, isNegotiated = false }: DocumentOffer,
): void {
  const types = encodings.map((encoding) => mediaTypes[encoding]);
  const clauses = parseAccept(accept);
  const fitting = clauses.filter(({ type }) => type === '*/*' || types.includes(type));
  if (fitting.length === 0) throw isRouted ? noRepresentation(types) : notAcceptable(types);
  if (!isNegotiated) return;
  const isMet = fitting.some(({ type, parameters }) =>
    encodings.some(
      (encoding) =>
        (type === '*/*' || type === mediaTypes[encoding]) &&
        parameters['as'] === undefined &&
        hasStream(encoding, parameters),
    ),
  );
  if (!isMet) throw notAcceptable(types);
}

/** Refuses whoever does not accept the only type of a document. Throws NotAcceptable. */
export function requireType(accept: string | undefined, only: string): void {
  if (!parseAccept(accept).some(({ type }) => type === '*/*' || type === only)) throw noRepresentation([only]);
}

/** What routes say that have no answer of an accepted type. Source: emicklei/go-restful. */
function noRepresentation(available: string[]): StatusError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`;
  return new StatusError('NotAcceptable', message, { details: {} });
}

/** The refusal of a request that accepts none of `offered`. */
export function notAcceptable(offered: string[] = ['application/json']): StatusError {
  return new StatusError('NotAcceptable', `only the following media types are accepted: ${offered.join(', ')}`);
}
