// Which fields of a type does Go declare in a struct that is embedded in it? Its decoder names that struct on the way to
// them. Source: the declarations of k8s.io/api at v0.36.1.

const named = { LocalObjectReference: ['name'] };
const rule = ['apiGroups', 'apiVersions', 'resources', 'scope'];

/** By type: the embedded structs, each with its fields, or with those of the type that are not its. */
const table: Record<string, Record<string, string[] | { but: string[] }>> = {
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations': {
    RuleWithOperations: ['operations'],
    'RuleWithOperations.Rule': rule,
  },
  'io.k8s.api.admissionregistration.v1.RuleWithOperations': { Rule: rule },
  'io.k8s.api.core.v1.ConfigMapEnvSource': named,
  'io.k8s.api.core.v1.ConfigMapKeySelector': named,
  'io.k8s.api.core.v1.ConfigMapProjection': named,
  'io.k8s.api.core.v1.ConfigMapVolumeSource': named,
  'io.k8s.api.core.v1.EphemeralContainer': { EphemeralContainerCommon: { but: ['targetContainerName'] } },
  // Among the claim templates of a stateful set.
  'io.k8s.api.core.v1.PersistentVolumeClaim': { TypeMeta: ['apiVersion', 'kind'] },
  'io.k8s.api.core.v1.PersistentVolumeSpec': {
    PersistentVolumeSource: {
      but: [
        'accessModes',
        'capacity',
        'claimRef',
        'mountOptions',
        'nodeAffinity',
        'persistentVolumeReclaimPolicy',
        'storageClassName',
        'volumeAttributesClassName',
        'volumeMode',
      ],
    },
  },
  'io.k8s.api.core.v1.Probe': { ProbeHandler: ['exec', 'grpc', 'httpGet', 'tcpSocket'] },
  'io.k8s.api.core.v1.SecretEnvSource': named,
  'io.k8s.api.core.v1.SecretKeySelector': named,
  'io.k8s.api.core.v1.SecretProjection': named,
  'io.k8s.api.core.v1.Volume': { VolumeSource: { but: ['name'] } },
  'io.k8s.api.networking.v1.IngressRule': { IngressRuleValue: ['http'] },
};

/** The field of a type as Go's decoder has it: `VolumeSource.hostPath`. */
export function goFieldPath(schemaName: string | undefined, field: string): string {
  const embedded = schemaName === undefined ? undefined : table[schemaName];
  if (!embedded) return field;
  const [struct] =
    Object.entries(embedded).find(([, fields]) =>
      Array.isArray(fields) ? fields.includes(field) : !fields.but.includes(field),
    ) ?? [];
  return struct === undefined ? field : `${struct}.${field}`;
}
