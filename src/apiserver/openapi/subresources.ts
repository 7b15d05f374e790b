// What goes in and out of a subresource, as the OpenAPI documents tell it?

export interface Gvk {
  group: string;
  version: string;
  kind: string;
}

interface Body {
  gvk?: Gvk;
  schemaName?: string;
}

/** Subresources whose bodies are not the resource's own kind. */
const bodies: Record<string, Body> = {
  scale: { gvk: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, schemaName: 'io.k8s.api.autoscaling.v1.Scale' },
  binding: { gvk: { group: '', version: 'v1', kind: 'Binding' }, schemaName: 'io.k8s.api.core.v1.Binding' },
  eviction: { gvk: { group: 'policy', version: 'v1', kind: 'Eviction' }, schemaName: 'io.k8s.api.policy.v1.Eviction' },
  token: {
    gvk: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    schemaName: 'io.k8s.api.authentication.v1.TokenRequest',
  },
  exec: { gvk: { group: '', version: 'v1', kind: 'PodExecOptions' } },
  attach: { gvk: { group: '', version: 'v1', kind: 'PodAttachOptions' } },
  portforward: { gvk: { group: '', version: 'v1', kind: 'PodPortForwardOptions' } },
};

/** Kind of what a subresource of a `kind` reads and writes; undefined if it is the resource's own. */
export function gvkOf(subresource: string, kind: string): Gvk | undefined {
  if (subresource === 'proxy') return { group: '', version: 'v1', kind: `${kind}ProxyOptions` };
  return bodies[subresource]?.gvk;
}

/** Name of the schema of what a subresource reads and writes; undefined if it is the resource's own, or none. */
export function schemaNameOf(subresource: string): string | undefined {
  return bodies[subresource]?.schemaName;
}

/** Query parameters of the subresources that answer with text or a stream. */
export const connectQuery: Record<string, string[]> = {
  log: [
    'container',
    'follow',
    'insecureSkipTLSVerifyBackend',
    'limitBytes',
    'previous',
    'sinceSeconds',
    'stream',
    'tailLines',
    'timestamps',
  ],
  exec: ['command', 'container', 'stderr', 'stdin', 'stdout', 'tty'],
  attach: ['container', 'stderr', 'stdin', 'stdout', 'tty'],
  portforward: ['ports'],
  proxy: ['path'],
};

/** Methods of the subresources that somebody else answers. */
export function connectMethods(subresource: string) {
  if (subresource === 'proxy') return ['delete', 'get', 'head', 'options', 'patch', 'post', 'put'] as const;
  return ['get', 'post'] as const;
}
