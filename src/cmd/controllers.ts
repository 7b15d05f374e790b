// All controllers and the scheduler of a local cluster, in one process.

import { hostname } from 'node:os';
import { backupStorageLocations } from '../apis/velero/resources.ts';
import { veleroVersion } from '../apis/velero/types.ts';
import { type DownloadFile, downloadLink } from '../backup/download-link.ts';
import { serveDownloads } from '../backup/download-server.ts';
import { createFolderStore } from '../backup/folder-store.ts';
import { folderOf } from '../backup/location.ts';
import type { ObjectStore } from '../backup/object-store.ts';
import type { Authority } from '../base/certificates.ts';
import { systemRandom, systemRandomBytes } from '../base/system-random.ts';
import { connectClient } from '../client/connect.ts';
import type { Controller, ControllerDeps } from '../client/controller.ts';
import { createInformers } from '../client/informers.ts';
import type { KubeClient } from '../client/kube-client.ts';
import { runAsLeader } from '../client/leader-election.ts';
import type { ElectionMetrics } from '../client/metrics/election-metrics.ts';
import { RestClientMetrics } from '../client/metrics/rest-client-metrics.ts';
import { createEventSink } from '../client/recorder.ts';
import { type Runnable, runControllers } from '../client/run-controllers.ts';
import type { Informers } from '../client/types.ts';
import { attacherController } from '../controllers/attacher/controller.ts';
import { backupController } from '../controllers/backup/controller.ts';
import { backupExpirationController, deleteBackupController } from '../controllers/backup/delete-controller.ts';
import { dataUploadController } from '../controllers/backup/upload-controller.ts';
import { backupLocationController } from '../controllers/backup-location/controller.ts';
import { ensureDefaultBackupLocation } from '../controllers/backup-location/default-location.ts';
import { backupScheduleController } from '../controllers/backup-schedule/controller.ts';
import { certificateApprovingController, certificateController } from '../controllers/certificate/controller.ts';
import { clusterRoleAggregationController } from '../controllers/cluster-role-aggregation/controller.ts';
import { downloadController } from '../controllers/download/controller.ts';
import { expanderController } from '../controllers/expander/controller.ts';
import { failoverController } from '../controllers/failover/controller.ts';
import { findingsController } from '../controllers/findings/controller.ts';
import { garbageCollector } from '../controllers/garbage-collector/controller.ts';
import { namespaceController } from '../controllers/namespace/controller.ts';
import { nodeLifecycleController } from '../controllers/node-lifecycle/controller.ts';
import { taintEvictionController } from '../controllers/node-lifecycle/eviction-controller.ts';
import { podGarbageController } from '../controllers/pod-gc/controller.ts';
import { provisionerController } from '../controllers/provisioner/controller.ts';
import { resourceQuotaController } from '../controllers/resource-quota/controller.ts';
import { restoreController } from '../controllers/restore/controller.ts';
import { dataDownloadController } from '../controllers/restore/download-controller.ts';
import { serverStatusController } from '../controllers/server-status/controller.ts';
import { serviceAccountController } from '../controllers/service-account/namespace-controller.ts';
import { tokenController } from '../controllers/service-account/token-controller.ts';
import { snapshotterController } from '../controllers/snapshotter/controller.ts';
import { statefulSetController } from '../controllers/statefulset/controller.ts';
import { volumeBinderController } from '../controllers/volume-binder/controller.ts';
import { volumeProtectionController } from '../controllers/volume-protection/controller.ts';
import { connectDriver } from '../csi/client.ts';
import { driverName } from '../csi/drivers/local/config.ts';
import { askSupervisorMethod } from '../fencing/methods/ask-supervisor.ts';
import { controlPlaneOf, controlPlanes, serverUrls } from '../localcluster/control-planes.ts';
import { readIdentity, requireAuthority } from '../localcluster/pki.ts';
import { scheduler } from '../scheduler/controller.ts';
import type { SchedulerMetrics } from '../scheduler/metrics.ts';
import { controllersMetrics, electionName, serveControllers } from './controllers-serving.ts';
import { type ProcessContext, runProcess } from './process.ts';
import { version } from './version.ts';

// A supervisor that lives answers within this; one that does not only delays the storage's own fence.
const askSupervisorTimeoutMs = 400;

void runProcess('controllers', async (context, signal) => {
  const { folder, spec, instance, clock, log } = context;
  const identity = await readIdentity(folder, 'controllers');
  // Each process begins with the API server beside it.
  const servers = serverUrls(spec, controlPlanes(spec).indexOf(controlPlaneOf(spec, instance)));
  const requests = new RestClientMetrics();
  const metrics = { requests, ...controllersMetrics(context) };
  const client = connectClient({ ...servers, identity, metrics: requests }, clock);
  // Restores make objects of every kind, which the other controllers may not.
  const backupIdentity = await readIdentity(folder, 'backup');
  const backupClient = connectClient(
    { ...servers, identity: backupIdentity, metrics: requests, writes: client.writes },
    clock,
  );
  const csi = connectDriver(folder.csiControllerSocket, { clock, metrics: metrics.csiCalls });
  const shared = { client, clock, random: systemRandom, log };
  const informers = createInformers(shared);
  const events = createEventSink({ ...shared, instance: 'amarre' });
  const deps: ControllerDeps = {
    ...shared,
    informers,
    queues: metrics.queues,
    recorder: (component) => events.recorder(component),
  };
  const askSupervisor = askSupervisorMethod({ identity, clock, timeoutMs: askSupervisorTimeoutMs });
  const driver = { csi, driver: driverName };
  const controllers = [
    ...identityControllers(deps, await requireAuthority(folder)),
    ...workloadControllers(deps, { discovery: client, scheduling: metrics.scheduling }),
    ...volumeControllers(deps, driver),
    failoverController(deps, { ...driver, askSupervisor, noFence: process.env['AMARRE_SABOTAGE'] === 'no-fence' }),
    findingsController(deps),
    ...backupControllers(
      { ...deps, client: backupClient },
      { discoverer: backupClient, authority: identity.ca, linkTo: await downloads(context, informers, signal) },
    ),
  ];
  try {
    const all = [informers, events, ...controllers, defaultBackupLocation(context, backupClient)];
    await serveControllers(context, { client, ...metrics }, signal);
    await asLeader(
      context,
      { client, metrics: metrics.election },
      { signal, lead: (leading) => runControllers(all, leading) },
    );
  } finally {
    csi.close();
    client.close();
    backupClient.close();
  }
});

/** With a state that is shared, only one of the processes that hold controllers works; the others stand by. */
async function asLeader(
  { spec, instance, clock, log }: ProcessContext,
  { client, metrics }: { client: KubeClient; metrics: ElectionMetrics },
  { signal, lead }: { signal: AbortSignal; lead: (signal: AbortSignal) => Promise<void> },
): Promise<void> {
  if (!spec.etcd) return lead(signal);
  // A process that was killed takes its Lease again at once: there is one for each control plane of a data folder.
  const identity = `${hostname()}_${spec.clusterId}${instance && `-${instance}`}`;
  const lease = { namespace: 'kube-system', name: electionName, identity, metrics };
  await runAsLeader({ ...lease, client, clock, random: systemRandom, log }, lead, signal);
}

function identityControllers(deps: ControllerDeps, authority: Authority): Controller[] {
  return [
    serviceAccountController(deps, { authority: authority.cert }),
    tokenController(deps, { authority: authority.cert }),
    certificateApprovingController(deps),
    certificateController(deps, { authority }),
    clusterRoleAggregationController(deps),
  ];
}

function workloadControllers(
  deps: ControllerDeps,
  { discovery, scheduling }: { discovery: KubeClient; scheduling: SchedulerMetrics },
): Controller[] {
  return [
    scheduler(deps, scheduling),
    statefulSetController(deps),
    nodeLifecycleController(deps),
    taintEvictionController(deps),
    podGarbageController(deps),
    namespaceController({ ...deps, discovery }),
    garbageCollector({ ...deps, discovery }),
    resourceQuotaController({ ...deps, discovery }),
  ];
}

function volumeControllers(deps: ControllerDeps, driver: Parameters<typeof attacherController>[1]): Controller[] {
  return [
    volumeBinderController(deps),
    provisionerController(deps, driver),
    attacherController(deps, driver),
    expanderController(deps, driver),
    snapshotterController(deps, driver),
    volumeProtectionController(deps, { provisioners: [driver.driver] }),
  ];
}

const openStore = (path: string): ObjectStore => createFolderStore(path, systemRandom);

type LinkTo = (file: DownloadFile, expiresMs: number) => string;

/** Serves the files of backups to who has a URL, and makes such URLs. */
async function downloads(
  { folder, spec, clock, log }: ProcessContext,
  informers: Informers,
  signal: AbortSignal,
): Promise<LinkTo> {
  const locations = informers.of(backupStorageLocations);
  const folderOfLocation = (namespace: string, name: string): string | undefined => {
    const location = locations.get(`${namespace}/${name}`);
    const found = location && folderOf(location);
    return found && 'path' in found ? found.path : undefined;
  };
  const secret = systemRandomBytes(32);
  const tls = await readIdentity(folder, 'downloads');
  const host = spec.apiAddresses[0] ?? '127.0.0.1';
  const options = { host, tls, secret, folderOf: folderOfLocation, openStore, clock, log };
  const { origin } = await serveDownloads(options, signal);
  return (file, expiresMs) => downloadLink(file, { origin, secret, expiresMs });
}

interface BackupControllerDeps {
  discoverer: KubeClient;
  authority: string;
  linkTo: LinkTo;
}

function backupControllers(deps: ControllerDeps, more: BackupControllerDeps): Controller[] {
  const options = { ...more, openStore };
  return [
    backupLocationController(deps, options),
    backupController(deps, options),
    dataUploadController(deps, options),
    restoreController(deps, options),
    dataDownloadController(deps, options),
    deleteBackupController(deps, options),
    backupExpirationController(deps),
    backupScheduleController(deps),
    downloadController(deps, options),
    serverStatusController(deps, { serverVersion: `${veleroVersion}-amarre.${version}` }),
  ];
}

/** Makes the default place for backups as soon as the API server answers. */
function defaultBackupLocation({ folder, clock, log }: ProcessContext, client: KubeClient): Runnable {
  const retryMs = 500;
  return {
    async run(signal) {
      while (!signal.aborted) {
        try {
          return await ensureDefaultBackupLocation(client, folder.backups, signal);
        } catch (error) {
          if (signal.aborted) return;
          log.info('the default backup location could not be made yet', { error });
          await clock.sleep(retryMs, signal).catch(() => {});
        }
      }
    },
  };
}
