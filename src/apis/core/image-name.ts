// Which image does a name stand for? The grammar of github.com/distribution/reference, as far as a pull policy depends on it.

const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const hostPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${hostPart}(?:\\.${hostPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const tag = '[\\w][\\w.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const reference = new RegExp(`^(?:${host}/)?(${pathPart}(?:/${pathPart})*)(?::(${tag}))?(?:@(${digest}))?$`);
const pathMax = 255;
const identifier = /^[a-f0-9]{64}$/;

/** The tag that an image is pulled by: `latest` where neither tag nor digest is named, undefined where the name has no tag or is none. */
export function imageTag(image: string): string | undefined {
  if (identifier.test(image)) return undefined;
  const [first = '', ...more] = image.split('/');
  const isHost = more.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const matched = reference.exec(isHost ? image : `docker.io/${more.length > 0 ? '' : 'library/'}${image}`);
  if (!matched) return undefined;
  const [, path = '', named, digested] = matched;
  if (path.length > pathMax) return undefined;
  return named ?? (digested === undefined ? 'latest' : undefined);
}
