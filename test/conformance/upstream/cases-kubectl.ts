// What do people do with kubectl? Scripts of the shell, each in a namespace and a folder of its own; `k` is kubectl there.

export interface KubectlCase {
  name: string;
  steps: string[];
}

const configMap = (name: string, more = ''): string =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}${more}}}`;
const deployment = (image: string, more = ''): string =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: ${image}${more}}]}}}}`;
const pod = (name: string, spec: string): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {containers: [{name: a, image: i}], ${spec}}}`;
const write = (file: string, ...objects: string[]): string => `printf '%s\n---\n' '${objects.join("' '")}' > ${file}`;
const editor = (script: string, command: string): string => `KUBE_EDITOR="sed -i '${script}'" k ${command}`;

const widgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.kubectl.example.com}
spec:
  group: kubectl.example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wd], categories: [all, toys]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}, {name: Tags, type: string, jsonPath: ".spec.tags[*]", priority: 1}]
    selectableFields: [{jsonPath: .spec.color}]
    schema:
      openAPIV3Schema:
        type: object
        description: A widget of the shop.
        properties:
          spec:
            type: object
            required: [size]
            x-kubernetes-validations: [{rule: "self.size >= oldSelf.size", message: no shrinking}]
            properties:
              size: {type: integer, minimum: 1, maximum: 10, description: How big it is.}
              color: {type: string, enum: [red, blue], default: blue}
              replicas: {type: integer, default: 1}
              tags: {type: array, items: {type: string}, x-kubernetes-list-type: set, maxItems: 4}
          status: {type: object, properties: {replicas: {type: integer}}}`;
const widget = (spec: string): string =>
  `{apiVersion: kubectl.example.com/v1, kind: Widget, metadata: {name: w}, spec: ${spec}}`;

export const kubectlCases: KubectlCase[] = [
  {
    name: 'apply --prune, by a selector and by an ApplySet',
    steps: [
      `mkdir m; ${write('m/a.yaml', configMap('a', ', labels: {p: q}'))}; ${write('m/b.yaml', configMap('b', ', labels: {p: q}'))}`,
      'k apply -f m; k apply -f m',
      'rm m/a.yaml; k apply -f m --prune -l p=q --prune-allowlist=core/v1/ConfigMap; k get configmaps',
      'export KUBECTL_APPLYSET=true; k apply -f m --prune --applyset=set; k apply -f m --prune --applyset=set --server-side --force-conflicts',
      `export KUBECTL_APPLYSET=true; ${write('m/z.yaml', configMap('z'))}; k apply -f m --prune --applyset=set --server-side; k get secret set -o yaml; rm m/z.yaml; k apply -f m --prune --applyset=set --server-side; k get configmaps`,
      'KUBECTL_APPLYSET=true k apply -f m --prune --applyset=configmaps/none',
    ],
  },
  {
    name: 'what was applied last',
    steps: [
      'k create configmap c --from-literal=a=1; k apply view-last-applied cm/c',
      'k get cm c -o yaml > c.yaml; k apply set-last-applied -f c.yaml; k apply set-last-applied -f c.yaml --create-annotation',
      `${editor('s/a: "1"/a: "2"/', 'apply edit-last-applied cm/c')}; k apply view-last-applied cm/c -o json`,
      'k apply -f c.yaml; k apply view-last-applied cm --all',
    ],
  },
  {
    name: 'server-side apply: conflicts, force, take-over in both directions',
    steps: [
      `${write('d.yaml', deployment('one', ', env: [{name: A, value: x}]'))}; k apply -f d.yaml --server-side --field-manager=a`,
      `${write('d.yaml', deployment('two'))}; k apply -f d.yaml --server-side --field-manager=b`,
      'k apply -f d.yaml --server-side --field-manager=b --force-conflicts; k get deploy d -o yaml --show-managed-fields',
      'k diff -f d.yaml --server-side --field-manager=c; k apply -f d.yaml; k get deploy d -o yaml --show-managed-fields',
      `${write('d.yaml', deployment('three'))}; k diff -f d.yaml; k apply -f d.yaml; k apply -f d.yaml --server-side; k get deploy d -o yaml --show-managed-fields`,
    ],
  },
  {
    name: 'edit: changed, unchanged, refused',
    steps: [
      'k create deployment d --image=i',
      `${editor('s/replicas: 1/replicas: 4/', 'edit deploy d --save-config')}; k get deploy d -o yaml`,
      `${editor('s/nothing/no/', 'edit deploy d')}`,
      `${editor('s/replicas: 4/replicas: x/', 'edit deploy d')}`,
      `${editor('s/app: d/app: e/', 'edit deploy d')}`,
      `${editor('s/^  name: d/  name: e/', 'edit deploy d')}`,
      `${editor('s/"replicas": 4/"replicas": 2/', 'edit deploy d -o json')}; k get deploy d -o jsonpath={.spec.replicas}`,
    ],
  },
  {
    name: 'set, label, annotate',
    steps: [
      'k create deployment d --image=i; k create service clusterip s --tcp=80; k create secret generic t --from-literal=p=x; k create sa robot; k create rolebinding rb --clusterrole=view --user=u',
      "k set image deploy/d i=j; k set image deploy/d no=j; k set image deploy/d '*=k'; k set env deploy/d A=1 B=2; k set env deploy/d A- --from=secret/t; k set env deploy/d --list --resolve",
      'k set resources deploy d --limits=cpu=200m,memory=1Gi --requests=cpu=100m; k set resources deploy d --limits=cpu=50m; k set resources deploy d --limits=cpu=x',
      'k set selector svc s x=y; k set serviceaccount deploy d robot; k set subject rolebinding rb --user=v --serviceaccount=default:robot; k get svc,deploy,rolebinding -o yaml',
      "k label deploy d x=1; k label deploy d x=2; k label deploy d x=2 --overwrite; k label deploy d x- no-; k label deploy d --list; k label deploy d bad=-x-; k label deploy d 'a/b/c=x'; k label deploy d x=y --resource-version=1; k label deploy -l app=d z=1",
      "k annotate deploy d x=1; k annotate deploy d x=2; k annotate deploy d 'bad key=x'; k annotate deploy --all x- --field-manager=me; k get deploy d --show-managed-fields -o yaml",
    ],
  },
  {
    name: 'scale, expose, autoscale, patch and its refusals',
    steps: [
      'k create deployment d --image=i --port=80; k scale deploy d --replicas=5 --current-replicas=2; k scale deploy d --replicas=5 --current-replicas=1; k scale deploy d --replicas=-1; k scale deploy d --replicas=6 --resource-version=x; k scale job none --replicas=1',
      'k get deploy d --subresource=scale -o yaml; k get deploy d --subresource=scale; k get deploy d --subresource=status; k get deploy d --subresource=none',
      'k expose deploy d --name=e --target-port=8000 -o yaml; k expose deploy d --port=99999 --name=f; k autoscale deploy d --min=2 --max=10; k autoscale deploy d --min=2 --max=1',
      `k patch deploy d --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'; k patch deploy d --subresource=status --type=merge -p '{"status":{"replicas":2}}' -o jsonpath={.status}; k patch deploy d --subresource=none --type=merge -p '{}'`,
      `for p in '[{"op":"replace","path":"/spec/none","value":4}]' '[{"op":"test","path":"/spec/replicas","value":9}]' '[{"op":"no","path":"/a"}]' '{"op":"no"}' 'no'; do k patch deploy d --type=json -p "$p"; done`,
      `for p in '{"spec":{"selector":{"matchLabels":{"a":"b"}}}}' '{"metadata":{"name":"other"}}' '{"spec":{"template":{"spec":{"containers":[{"name":"i","$patch":"delete"}]}}}}' '[]' '{}'; do k patch deploy d -p "$p"; done`,
    ],
  },
  {
    name: 'get in every form, and by fields',
    steps: [
      'k create deployment d --image=i; k create deployment e --image=j --replicas=3; k create secret generic s; k create secret tls t --cert=none --key=none; k create cronjob c --image=i --schedule=@hourly; k create job j --from=cronjob/c',
      'k get all; k get all -o wide; k get deploy,secrets --show-kind --show-labels -L app; k get deploy --sort-by=.spec.replicas -o name; k get deploy --chunk-size=1 --no-headers',
      "k get deploy d e -o custom-columns=N:.metadata.name,R:.spec.replicas,X:.none; k get deploy -o jsonpath='{range .items[*]}{.metadata.name} {end}'; k get deploy -o go-template='{{range .items}}{{.spec.replicas}} {{end}}'; k get deploy -o none",
      'k get secrets --field-selector=type=Opaque; k get jobs --field-selector=status.successful=0; k get deploy --field-selector=spec.replicas=3; k get pods --field-selector=status.phase=Running,spec.nodeName=x; k get deploy -l "app in (d)"; k get deploy -l "app in d"',
      'k get none; k get deploy none; k get deploy/d none/x; k get cm none --ignore-not-found; k get deploy/d secret/s; k get deploy -w --request-timeout=1s; k get deploy -w --output-watch-events --request-timeout=1s',
      'for each in deploy/d secret/s cronjob/c job/j ns/$NS; do k describe $each; done; k describe deploy none; k describe cm -l none=1',
    ],
  },
  {
    name: 'who may do what',
    steps: [
      'k auth whoami -o yaml; k auth can-i --list; k create sa robot; k auth can-i --list --as=system:serviceaccount:$NS:robot; k auth can-i get pods --as=bob; k auth can-i get none; k auth can-i create pods/exec -q',
      'k get pods --as=bob; k create cm x --as=bob; k get deploy d --subresource=status --as=bob; k get --raw /metrics --as=bob; k get cm --as-group=x; k get nodes --as=bob --as-group=system:masters',
      'k create role r --verb=get,list --resource=pods,pods/log,deployments.apps --resource-name=x -o yaml; k create rolebinding rb --role=r --group=g -o yaml; k describe role r; k describe rolebinding rb',
      `${write('r.yaml', '{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r}, rules: [{verbs: [watch], apiGroups: [""], resources: [pods]}]}')}; k auth reconcile -f r.yaml; k auth reconcile -f r.yaml --remove-extra-permissions; k get role r -o yaml`,
      'k create token robot --duration=1m; k create token robot --bound-object-kind=Node --bound-object-name=none; k create token robot --audience=x | wc -l',
    ],
  },
  {
    name: 'nodes and pods',
    steps: [
      `k create sa default; N=node-$NS; ${write('n.yaml', '{apiVersion: v1, kind: Node, metadata: {name: NODE, labels: {node-role.kubernetes.io/worker: ""}}}')}; sed -i s/NODE/$N/ n.yaml; k create -f n.yaml; k get node $N; k get node $N -o wide; k describe node $N`,
      'N=node-$NS; k taint node $N k=v:NoSchedule; k taint node $N k=w:NoSchedule; k taint node $N k=w:NoSchedule --overwrite; k taint node $N none-; k taint node $N a=b:None; k taint node $N k-; k cordon $N; k cordon $N; k uncordon $N --dry-run=server; k drain $N --dry-run=server',
      `N=node-$NS; ${write('p.yaml', pod('p', 'nodeName: NODE, volumes: [{name: v, emptyDir: {}}], tolerations: [{operator: Exists}]'))}; sed -i s/NODE/$N/ p.yaml; k create -f p.yaml; k drain $N; k drain $N --force; k drain $N --force --delete-emptydir-data --timeout=1s; k get pod p; k delete pod p --grace-period=0 --force; k delete node $N`,
      'k run r --image=i --port=80 --expose --labels=x=y; k run r --image=i; k run s --image=i --restart=Never --command -- sh; k debug r --image=x -c look --profile=general; k debug r --image=x --copy-to=t --container=r; k get pods; k describe pod t; k logs r -c no; k logs r; k exec r -- ls; k port-forward r 80',
    ],
  },
  {
    name: 'replace, delete, kustomize',
    steps: [
      `${write('d.yaml', deployment('one'))}; k create -f d.yaml; k replace -f d.yaml; ${write('d.yaml', deployment('two').replace('matchLabels: {a: b}', 'matchLabels: {a: c}'))}; k replace -f d.yaml; k apply -f d.yaml`,
      `k get deploy d -o json | sed 's/"resourceVersion": ".*"/"resourceVersion": "1"/' | k replace -f -; k get deploy d -o json | sed 's/"uid": ".*"/"uid": "1"/' | k replace -f -; ${write('d.yaml', deployment('two'))}; k replace --force -f d.yaml`,
      'k delete -f d.yaml --dry-run=server; k delete deploy d --cascade=foreground --wait=false; k get deploy d -o jsonpath={.metadata.finalizers}; k delete deploy d --timeout=1s',
      `k patch deploy d --type=merge -p '{"metadata":{"finalizers":null}}'; k get deploy; k delete deploy d; k delete deploy d --ignore-not-found; k delete cm --all; k delete cm -l a=b`,
      `mkdir base; ${write('base/cm.yaml', configMap('only'))}; printf '%s' 'resources: [cm.yaml]\nnamePrefix: pre-\nconfigMapGenerator: [{name: g, literals: [a=b]}]' > base/kustomization.yaml; k apply -k base; k get -k base -o name; k delete -k base`,
      `${write('l.yaml', configMap('l1'), configMap('Bad_Name'), configMap('l2', ', namespace: none'))}; k create -f l.yaml; k apply -f l.yaml --validate=warn; k wait --for=create cm/none --timeout=1s; k wait --for=jsonpath={.metadata.name}=l1 cm/l1; k wait --for=condition=x cm/l1 --timeout=1s`,
    ],
  },
  {
    name: 'custom resources',
    steps: [
      `cat > crd.yaml <<'END'\n${widgets}\nEND\nk apply -f crd.yaml; k wait --for=condition=Established crd/widgets.kubectl.example.com --timeout=20s; k get crd widgets.kubectl.example.com -o yaml`,
      'until k explain widget >/dev/null 2>&1; do sleep 0.1; done; k explain widget; k explain wd.spec.size; k explain widget --recursive; k explain widget.none; k api-resources --api-group=kubectl.example.com -o wide; k get toys',
      `${write('w.yaml', widget('{size: 5, tags: [a], none: 1}'))}; k apply -f w.yaml; k apply -f w.yaml --validate=warn; k get wd -o wide; k get wd w -o yaml --show-managed-fields; k describe wd w`,
      `for s in '{size: 4}' '{size: 40}' '{size: x}' '{}' '{size: 6, color: green}' '{size: 6, tags: [a, a]}' '{size: null}'; do printf '%s' "{apiVersion: kubectl.example.com/v1, kind: Widget, metadata: {name: w}, spec: $s}" > w.yaml; k apply -f w.yaml; k replace -f w.yaml; done`,
      `k scale wd w --replicas=3; k get wd w --subresource=scale; k patch wd w -p '{}'; k patch wd w --type=merge --subresource=status -p '{"status":{"replicas":2}}' -o yaml; k get wd --field-selector=spec.color=blue; k get wd --field-selector=spec.size=5; k rollout restart wd/w; k rollout status wd/w`,
      'k get wd --as=bob; k delete wd w; k delete crd widgets.kubectl.example.com; k get crd widgets.kubectl.example.com',
    ],
  },
];
