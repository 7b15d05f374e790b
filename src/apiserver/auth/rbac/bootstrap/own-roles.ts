// What may this product's own components do? No more than what their controllers write.

import { events } from './cluster-roles.ts';
import { controllerRoleData } from './controller-roles.ts';

const all = 'create delete deletecollection get list patch update watch';

/** Upstream's controllers that run in the controllers' process. */
const controllersRun = Object.keys(controllerRoleData).filter(
  (name) => !['horizontal-pod-autoscaler', 'route-controller', 'service-controller'].includes(name),
);

/** The controllers and the scheduler of a local cluster: the user `system:amarre:controllers`. */
export const controllersRules: string[] = [
  // The garbage collector and the namespace controller come by every kind: all may be read and deleted, none made.
  ...new Set(controllersRun.flatMap((name) => controllerRoleData[name] ?? [])),
  'create | | bindings pods/binding pods/eviction',
  'patch update | | pods/status nodes/status persistentvolumes/status persistentvolumeclaims/status namespaces/status resourcequotas/status',
  'create delete patch update | | persistentvolumeclaims persistentvolumes pods configmaps secrets',
  'create | | serviceaccounts serviceaccounts/token',
  'create patch update | storage.k8s.io | csidrivers csinodes csistoragecapacities volumeattachments volumeattachments/status',
  'patch update | apps, batch | */status */scale',
  `${all} | snapshot.storage.k8s.io, groupsnapshot.storage.k8s.io | *`,
  `${all} | amarre.io | *`,
  'create patch update | coordination.k8s.io | leases',
  'create | authorization.k8s.io | subjectaccessreviews',
  'create | authentication.k8s.io | tokenreviews',
  'get | /api /api/* /apis /apis/* /openapi/*',
  events,
];

/** Backups and restores: they read and make objects of every kind, and run hooks in pods. The user `system:amarre:backup`. */
export const backupRules: string[] = [
  'create get list patch update watch | * | *',
  // What is restored may hold more rights than who restores it.
  'bind escalate | rbac.authorization.k8s.io | clusterroles roles',
  'create get | | pods/exec',
  'delete | | configmaps persistentvolumeclaims persistentvolumes pods secrets',
  `${all} | velero.io | *`,
  `${all} | snapshot.storage.k8s.io | *`,
  'get | /api /api/* /apis /apis/* /openapi/*',
];

/** What namespace editors and viewers may do with the kinds that upstream's roles don't know. */
export const snapshotEditRules = [
  'create delete deletecollection patch update | snapshot.storage.k8s.io | volumesnapshots',
  'create delete deletecollection patch update | groupsnapshot.storage.k8s.io | volumegroupsnapshots',
];
export const snapshotViewRules = [
  'get list watch | snapshot.storage.k8s.io | volumesnapshots',
  'get list watch | groupsnapshot.storage.k8s.io | volumegroupsnapshots',
];
