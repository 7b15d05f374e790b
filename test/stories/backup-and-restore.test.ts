// Plays docs/how-to/back-up-and-restore.md: a namespace with data is backed up, deleted, and restored into another.
// Real API server, controllers, CSI driver (directory mode), store and restic; the node is a few lines below.

import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import type { KubeObject, Resource } from '../../src/apimachinery/meta.ts';
import { isStatus } from '../../src/apimachinery/status-error.ts';
import type { Pod } from '../../src/apis/core/generated/v1.ts';
import {
  csiNodes,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  statefulSets,
  storageClasses,
} from '../../src/apis/resources.ts';
import { volumeSnapshotClasses, volumeSnapshotContents, volumeSnapshots } from '../../src/apis/snapshot/types.ts';
import {
  backupStorageLocations,
  backups,
  dataUploads,
  deleteBackupRequests,
  restores,
} from '../../src/apis/velero/resources.ts';
import type { Backup, Restore } from '../../src/apis/velero/types.ts';
import { createFolderStore } from '../../src/backup/folder-store.ts';
import { type QuiesceRecord, quiesceAnnotation } from '../../src/backup/progress.ts';
import { epochMsOf } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { systemRandom } from '../../src/base/system-random.ts';
import type { ExecOptions, ExecResult } from '../../src/client/types.ts';
import { backupController } from '../../src/controllers/backup/controller.ts';
import { deleteBackupController } from '../../src/controllers/backup/delete-controller.ts';
import { dataUploadController } from '../../src/controllers/backup/upload-controller.ts';
import { backupLocationController } from '../../src/controllers/backup-location/controller.ts';
import { ensureDefaultBackupLocation } from '../../src/controllers/backup-location/default-location.ts';
import { garbageCollector } from '../../src/controllers/garbage-collector/controller.ts';
import { namespaceController } from '../../src/controllers/namespace/controller.ts';
import { provisionerController } from '../../src/controllers/provisioner/controller.ts';
import { restoreController } from '../../src/controllers/restore/controller.ts';
import { dataDownloadController } from '../../src/controllers/restore/download-controller.ts';
import { snapshotterController } from '../../src/controllers/snapshotter/controller.ts';
import { statefulSetController } from '../../src/controllers/statefulset/controller.ts';
import { volumeBinderController } from '../../src/controllers/volume-binder/controller.ts';
import { volumeProtectionController } from '../../src/controllers/volume-protection/controller.ts';
import { connectDriver } from '../../src/csi/client.ts';
import { driverName, poolTopology } from '../../src/csi/drivers/local/config.ts';
import { serveLocalController } from '../../src/csi/drivers/local/serve.ts';
import { scheduler } from '../../src/scheduler/controller.ts';
import { inProcessControlPlane } from '../../src/simulation/control-plane.ts';

const run = promisify(execFile);
const hasRestic = await run('restic', ['version']).then(
  () => true,
  () => false,
);

test.runIf(hasRestic)(
  'a namespace is backed up, lost, and restored into another',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'amarre-story-'));
    const stop = new AbortController();
    const { signal } = stop;
    const socketPath = join(folder, 'csi.sock');
    for (const name of ['pool', 'state']) mkdirSync(join(folder, name));
    const config = {
      socketPath,
      poolDir: join(folder, 'pool'),
      stateDir: join(folder, 'state'),
      mode: 'directory',
      keepGenerations: false,
    } as const;
    const serving = serveLocalController(config, { clock: systemClock, log: silentLogger }, signal);
    const csi = connectDriver(socketPath, { clock: systemClock });
    const plane = inProcessControlPlane({ clock: systemClock, random: systemRandom });
    const { client } = plane;
    const state = { isFrozen: false };

    const exec = async ({ command }: ExecOptions): Promise<ExecResult> => {
      state.isFrozen = command[0] === 'freeze';
      return { exitCode: 0, stdout: '', stderr: '' };
    };
    const running = plane.run((deps) => {
      const hooked = { ...deps, client: { ...deps.client, exec } };
      const options = { discoverer: client, openStore: (path: string) => createFolderStore(path, systemRandom) };
      const driver = { csi, driver: driverName };
      return [
        volumeBinderController(deps),
        provisionerController(deps, driver),
        snapshotterController(deps, driver),
        scheduler(deps),
        statefulSetController(deps),
        volumeProtectionController(deps),
        garbageCollector({ ...deps, discovery: client }),
        namespaceController({ ...deps, discovery: client }),
        backupLocationController(deps, options),
        backupController(hooked, options),
        dataUploadController(deps, options),
        restoreController(deps, options),
        dataDownloadController(deps, options),
        deleteBackupController(deps, options),
      ];
    }, signal);

    const folders = new Map<string, string>();
    const attached = new Map<string, string>();
    /** The folder behind a claim: attached once, as a node would. */
    async function folderOf(namespace: string, claimName: string): Promise<string> {
      const { spec } = await client.get(persistentVolumeClaims, { namespace, name: claimName }, signal);
      const volumeId =
        (await client.get(persistentVolumes, { name: spec?.volumeName ?? '' }, signal)).spec?.csi?.volumeHandle ?? '';
      const known = folders.get(volumeId);
      if (known) return known;
      const { publishContext } = await csi.controller.controllerPublishVolume(
        {
          volumeId,
          nodeId: 'node-1',
          volumeCapability: {
            mount: { fsType: 'xfs', mountFlags: [], volumeMountGroup: '' },
            accessMode: { mode: 'SINGLE_NODE_WRITER' },
          },
        },
        { signal, timeoutMs: 10_000 },
      );
      folders.set(volumeId, publishContext['path'] ?? '');
      attached.set(`${namespace}/${claimName}`, volumeId);
      return publishContext['path'] ?? '';
    }

    /** Runs a mover as a node without mounts would; others are said to run. */
    async function startPod(pod: Pod): Promise<void> {
      const { namespace = '', name } = pod.metadata;
      const setStatus = (status: Pod['status']) =>
        client.patch(pods, { at: { namespace, name }, subresource: 'status', body: { status } }, signal);
      const container = pod.spec?.containers[0];
      const claim =
        pod.spec?.volumes?.find((volume) => volume.persistentVolumeClaim)?.persistentVolumeClaim?.claimName ?? '';
      const path = claim ? await folderOf(namespace, claim) : '';
      if (container?.command?.[0] !== '/bin/sh') {
        await setStatus({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
        return;
      }
      const env: Record<string, string> = { PATH: process.env['PATH'] ?? '' };
      for (const { name: key, value = '', valueFrom } of container.env ?? []) {
        const secret = valueFrom?.secretKeyRef;
        const data =
          secret && (await client.get(secrets, { namespace, name: secret.name ?? '' }, signal)).data?.[secret.key];
        env[key] = data === undefined ? value : Buffer.from(data, 'base64').toString();
      }
      env['VOLUME'] = path;
      mkdirSync(env['FOLDER'] ?? '', { recursive: true });
      const [program = '', ...args] = container.command ?? [];
      const exitCode = await run(program, args, { env }).then(
        () => 0,
        (error: { code?: number }) => error.code ?? 1,
      );
      const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
      await setStatus({
        phase: exitCode === 0 ? 'Succeeded' : 'Failed',
        containerStatuses: [
          { name: container.name, image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } },
        ],
      });
    }

    const claimsOf = ({ metadata, spec }: Pod): string[] =>
      (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
        claim ? [`${metadata.namespace}/${claim.claimName}`] : [],
      );

    /** Detaches what no pod uses any more, as the attacher would. */
    async function detach(used: Set<string>): Promise<void> {
      for (const [claim, volumeId] of attached) {
        if (used.has(claim)) continue;
        await csi.controller.controllerUnpublishVolume({ volumeId, nodeId: 'node-1' }, { signal, timeoutMs: 10_000 });
        attached.delete(claim);
        folders.delete(volumeId);
      }
    }

    const node = (async () => {
      for (;;) {
        const { items } = await client.list(pods, {}, signal);
        await detach(new Set(items.flatMap(claimsOf)));
        for (const pod of items) {
          if (pod.metadata.deletionTimestamp) {
            const at = { namespace: pod.metadata.namespace, name: pod.metadata.name };
            await client.delete(pods, { at, gracePeriodSeconds: 0 }, signal).catch((error: unknown) => {
              if (!isStatus(error, 'NotFound')) throw error;
            });
          } else if (pod.spec?.nodeName && (pod.status?.phase ?? 'Pending') === 'Pending') await startPod(pod);
        }
        await systemClock.sleep(10, signal);
      }
    })();

    const until = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 10 });
    const names = async <T extends KubeObject>(resource: Resource<T>, namespace?: string): Promise<string[]> =>
      (await client.list(resource, { namespace }, signal)).items.map(({ metadata }) => metadata.name);

    try {
      // A cluster of one node.
      await client.create(nodes, { metadata: { name: 'node-1', labels: poolTopology.segments } }, signal);
      // As node-lifecycle takes away the taint of a new node.
      await client.patch(nodes, { at: { name: 'node-1' }, body: { spec: { taints: null } } }, signal);
      const ready = {
        allocatable: { cpu: '2', memory: '4Gi', pods: '10' },
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }],
      };
      await client.patch(nodes, { at: { name: 'node-1' }, subresource: 'status', body: { status: ready } }, signal);
      const topologyKeys = Object.keys(poolTopology.segments);
      await client.create(
        csiNodes,
        { metadata: { name: 'node-1' }, spec: { drivers: [{ name: driverName, nodeID: 'node-1', topologyKeys }] } },
        signal,
      );
      await client.create(
        storageClasses,
        { metadata: { name: 'local' }, provisioner: driverName, volumeBindingMode: 'WaitForFirstConsumer' },
        signal,
      );
      await client.create(
        volumeSnapshotClasses,
        { metadata: { name: 'local' }, driver: driverName, deletionPolicy: 'Delete' },
        signal,
      );
      await ensureDefaultBackupLocation(client, join(folder, 'backups'), signal);

      // An application with data.
      await client.create(namespaces, { metadata: { name: 'shop' } }, signal);
      await client.create(
        statefulSets,
        {
          metadata: { name: 'db', namespace: 'shop' },
          spec: {
            serviceName: 'db',
            selector: { matchLabels: { app: 'db' } },
            template: {
              metadata: {
                labels: { app: 'db' },
                annotations: {
                  'pre.hook.backup.velero.io/command': '["freeze"]',
                  'post.hook.backup.velero.io/command': '["thaw"]',
                },
              },
              spec: {
                containers: [
                  {
                    name: 'db',
                    image: 'amarre.io/host',
                    command: ['db'],
                    volumeMounts: [{ name: 'data', mountPath: '/data' }],
                  },
                ],
              },
            },
            volumeClaimTemplates: [
              {
                metadata: { name: 'data', uid: '', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' },
                spec: {
                  accessModes: ['ReadWriteOnce'],
                  storageClassName: 'local',
                  resources: { requests: { storage: '300Mi' } },
                },
              },
            ],
          },
        },
        signal,
      );
      await until(async () =>
        expect((await client.get(pods, { namespace: 'shop', name: 'db-0' }, signal)).status?.phase).toBe('Running'),
      );
      const source = await folderOf('shop', 'data-db-0');
      writeFileSync(join(source, 'rows'), 'acknowledged');
      chmodSync(source, 0o2750);
      if (process.getuid?.() === 0) chownSync(source, 1234, 1234);

      // The backup.
      await until(async () =>
        expect(
          (await client.get(backupStorageLocations, { namespace: 'velero', name: 'default' }, signal)).status?.phase,
        ).toBe('Available'),
      );
      await client.create(
        backups,
        { metadata: { name: 'b1', namespace: 'velero' }, spec: { includedNamespaces: ['shop'] } },
        signal,
      );
      const backup = async (): Promise<Backup> => client.get(backups, { namespace: 'velero', name: 'b1' }, signal);
      await until(async () =>
        expect(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']).toContain(
          (await backup()).status?.phase,
        ),
      );
      expect((await backup()).status).toMatchObject({ phase: 'Completed', errors: 0, csiVolumeSnapshotsCompleted: 1 });
      const [record] = JSON.parse(
        (await backup()).metadata.annotations?.[quiesceAnnotation] ?? '[]',
      ) as QuiesceRecord[];
      process.stdout.write(`quiesced for ${epochMsOf(record?.postEnd ?? '') - epochMsOf(record?.preStart ?? '')} ms\n`);
      expect(state.isFrozen).toBe(false);
      await until(async () => {
        expect(await names(volumeSnapshots)).toEqual([]);
        expect(await names(volumeSnapshotContents)).toEqual([]);
        expect(await names(pods, 'velero')).toEqual([]);
        expect(await names(persistentVolumeClaims, 'velero')).toEqual([]);
        expect(await names(persistentVolumes)).toHaveLength(1);
      });

      // The loss.
      await client.delete(namespaces, { at: { name: 'shop' } }, signal);
      await until(async () => {
        expect(await names(namespaces)).not.toContain('shop');
        expect(await names(persistentVolumes)).toEqual([]);
      });

      // The restore.
      await client.create(
        restores,
        {
          metadata: { name: 'r1', namespace: 'velero' },
          spec: { backupName: 'b1', namespaceMapping: { shop: 'shop-2' } },
        },
        signal,
      );
      const restore = async (): Promise<Restore> => client.get(restores, { namespace: 'velero', name: 'r1' }, signal);
      await until(async () =>
        expect(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']).toContain(
          (await restore()).status?.phase,
        ),
      );
      expect((await restore()).status).toMatchObject({ phase: 'Completed', errors: 0, warnings: 0 });
      await until(async () =>
        expect((await client.get(pods, { namespace: 'shop-2', name: 'db-0' }, signal)).status?.phase).toBe('Running'),
      );
      const target = await folderOf('shop-2', 'data-db-0');
      expect(readFileSync(join(target, 'rows'), 'utf8')).toBe('acknowledged');
      expect(statSync(target).mode & 0o7777).toBe(0o2750);
      expect(statSync(target).uid).toBe(process.getuid?.() === 0 ? 1234 : statSync(target).uid);

      // The end of the backup.
      await client.create(
        deleteBackupRequests,
        { metadata: { name: 'd1', namespace: 'velero' }, spec: { backupName: 'b1' } },
        signal,
      );
      await until(async () => {
        expect(await names(backups)).toEqual([]);
        expect(await names(dataUploads)).toEqual([]);
        expect(readdirSync(join(folder, 'backups/restic/shop/snapshots'))).toEqual([]);
      });
    } finally {
      stop.abort();
      csi.close();
      await Promise.allSettled([serving, running, node]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
  90_000,
);
