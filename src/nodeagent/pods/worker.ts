// Who lives through the life of one pod? A worker per pod UID: look, take one step, tell the API, look again.

import { rm } from 'node:fs/promises';
import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import type { Pod, PodStatus } from '../../apis/core/generated/v1.ts';
import { pods as podsResource } from '../../apis/resources.ts';
import { backoffMs } from '../../base/backoff.ts';
import { UnreachableError } from '../../client/types.ts';
import type { ContainerRecord } from '../runtime/types.ts';
import { Wakeup } from '../wakeup.ts';
import { execute } from './execute.ts';
import { LocalVolumes, refreshMs } from './local-volumes.ts';
import { lostPod } from './lost-pod.ts';
import { reconcilePod, type Step } from './reconcile.ts';
import { allocatedPod, type ResizeObstacle, resizeObstacle } from './resize.ts';
import { resizeEvents } from './resize-events.ts';
import { podLogFolder } from './start-container.ts';
import { podStatus } from './status.ts';
import type { StepTarget, WorkerDeps } from './step-target.ts';
import {
  type ContainerMemory,
  type Gathered,
  isResizeDue,
  podContainers,
  podView,
  runsOf,
  statusView,
} from './view.ts';

const retry = { initialMs: 200, maxMs: 10_000 };
const reportRetry = { initialMs: 1_000, maxMs: 30_000 };

/** Then nothing changes until somebody wakes the worker. */
const waits: ReadonlySet<Step['type']> = new Set(['Wait', 'Settled', 'ReportFinalStatus']);

/** Everything that happens to one pod happens here, one step at a time. */
export class PodWorker implements StepTarget {
  readonly podUID: string;
  readonly deps: WorkerDeps;
  readonly memory = new Map<string, ContainerMemory>();
  readonly local: LocalVolumes;
  isReleasing = false;
  readonly #wakeup: Wakeup;
  /** Last known object; stays after the pod has left the API. */
  #pod: Pod | undefined;
  #isInApi = false;
  #stoppingSinceMs: number | undefined;
  #reported: { status: PodStatus; resourceVersion: string } | undefined;
  /** Version of the pod that the API was asked to delete. */
  #deleted: string | undefined;
  #isStarting = false;
  #resizeObstacle: ResizeObstacle | undefined;
  /** Status writes in a row that the API did not take. */
  #unreported = 0;
  #isReportDue = false;

  /** `pod` undefined: it has left the API before this agent started. */
  constructor({ podUID, pod }: { podUID: string; pod: Pod | undefined }, deps: WorkerDeps) {
    this.podUID = podUID;
    this.#pod = pod;
    this.#isInApi = pod !== undefined;
    this.deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
    this.local = new LocalVolumes(podUID, deps);
  }

  get pod(): Pod | undefined {
    return this.#pod;
  }

  get isInApi(): boolean {
    return this.#isInApi;
  }

  get isLeaving(): boolean {
    return !this.#isInApi || this.#pod?.metadata.deletionTimestamp !== undefined || this.isReleasing;
  }

  get isRunning(): boolean {
    return this.#isStarting || this.records().some(({ state }) => state === 'running');
  }

  /** Waits for other pods to make room. */
  get isResizeDeferred(): boolean {
    return this.#resizeObstacle?.reason === 'Deferred';
  }

  /** A change from the API; undefined: the pod is not there any more. */
  update(pod: Pod | undefined): void {
    if (pod) this.#pod = pod;
    this.#isInApi = pod !== undefined;
    this.deps.volumes.wake();
    this.wake();
  }

  wake(): void {
    this.#wakeup.wake();
  }

  records(): ContainerRecord[] {
    return this.deps.cache.ofPod(this.podUID);
  }

  /** Works until the pod is forgotten or `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.deps;
    let failures = 0;
    while (!signal.aborted) {
      let waitMs: number | undefined;
      try {
        const step = await this.#pass(signal);
        failures = 0;
        if (step.type === 'Forget') return this.deps.onForget(this.podUID);
        if (!waits.has(step.type)) continue;
        if (step.type === 'Wait') waitMs = step.retryAfterMs;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        waitMs = backoffMs(failures, retry);
        const isExpected = error instanceof UnreachableError || isStatus(error, 'Conflict');
        log[isExpected ? 'debug' : 'warn']('pod step failed', {
          pod: this.#pod?.metadata.name ?? this.podUID,
          failures,
          error,
        });
      }
      await this.#wakeup.wait(waitMs ?? this.#refreshMs(), signal);
    }
  }

  // Files from secrets and config maps are brought up to date once in a while, as the kubelet does.
  #refreshMs(): number | undefined {
    return this.#isInApi && this.local.isRefreshable(this.#pod) ? refreshMs : undefined;
  }

  async #pass(signal: AbortSignal): Promise<Step> {
    const { cache, clock, prober } = this.deps;
    // Without the runtime's word, nothing is known about the pod.
    if (!cache.isConnected) return { type: 'Wait' };
    const wanted = this.#pod ?? lostPod(this.podUID, this.records());
    this.#resizeObstacle = this.#obstacleOf(wanted);
    const pod = this.#resizeObstacle ? allocatedPod(wanted) : wanted;
    this.#watchProbes(pod);
    const gathered = this.#gather(pod);
    const view = podView(gathered);
    const isStopping = view.deletionGraceMs !== undefined || !view.isInApi || view.isTerminal;
    if (isStopping) this.#stoppingSinceMs ??= clock.now();
    const isReported = !this.#isInApi || (await this.#report(gathered, signal));
    const allEnded = gathered.records.every(({ state }) => state === 'exited');
    const step = reconcilePod({
      ...view,
      stoppingSinceMs: this.#stoppingSinceMs,
      finalStatusReported: isReported && allEnded,
      isDeletionSent: this.#deleted === pod.metadata.resourceVersion,
    });
    for (const record of gathered.records)
      if (record.state === 'exited' && prober.isProbed(record.id)) prober.forget(record.id);
    if (step.type === 'StartContainer') this.#isStarting = true;
    try {
      await execute(step, { worker: this, pod }, signal);
    } finally {
      this.#isStarting = false;
    }
    return step;
  }

  #gather(pod: Pod): Gathered {
    const { volumes, clock, prober, address } = this.deps;
    const state = volumes.stateOf(this.podUID, pod);
    return {
      pod,
      nowMs: clock.now(),
      isInApi: this.#isInApi,
      records: this.records(),
      memory: this.memory,
      health: (id) => prober.health(id),
      stoppingSinceMs: this.#stoppingSinceMs,
      volumes: state.state,
      isReleasing: this.isReleasing,
      volumesReleased: this.isReleasing && state.isReleased,
      foldersMade: this.local.isReady,
      address,
      resizeObstacle: this.#resizeObstacle,
    };
  }

  #obstacleOf(pod: Pod): ResizeObstacle | undefined {
    if (this.isLeaving || !isResizeDue(pod, this.records())) return undefined;
    const { allocatable, clock, otherPods } = this.deps;
    return resizeObstacle(pod, { allocatable, others: otherPods(this.podUID), nowMs: clock.now() });
  }

  #watchProbes(pod: Pod): void {
    if (this.isLeaving) return;
    for (const { container } of podContainers(pod)) {
      const [record] = runsOf(this.records(), container.name);
      if (record?.state !== 'running' || record.killAt !== undefined) continue;
      const old = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
        (one) => one.containerID === `amarre://${record.id}`,
      );
      this.deps.prober.watch({
        pod,
        container,
        containerId: record.id,
        known: old && { started: old.started ?? false, ready: old.ready },
      });
    }
  }

  /** Resolves with whether the API has the status as it is now. */
  async #report(gathered: Gathered, signal: AbortSignal): Promise<boolean> {
    const { client } = this.deps;
    const { pod } = gathered;
    const status = podStatus(statusView(gathered));
    const isShown = Object.entries(status).every(([key, value]) =>
      semanticallyEqual(value, pod.status?.[key as keyof PodStatus]),
    );
    if (isShown) return true;
    // The watch may be behind our own write.
    if (
      this.#reported?.resourceVersion === pod.metadata.resourceVersion &&
      semanticallyEqual(this.#reported.status, status)
    )
      return true;
    try {
      await client.patch(
        podsResource,
        {
          at: { namespace: pod.metadata.namespace, name: pod.metadata.name },
          subresource: 'status',
          body: { metadata: { uid: pod.metadata.uid }, status },
        },
        signal,
      );
    } catch (error) {
      // The pod is gone, or one of the same name is there: the watch will tell.
      if (isStatus(error, 'NotFound', 'Conflict')) return false;
      // Running pods must not wait for an API that is away or refuses what it is told; the status follows later.
      if (!(error instanceof UnreachableError || error instanceof StatusError)) throw error;
      this.#unreported += 1;
      if (error instanceof StatusError)
        this.deps.log.warn('the API refused the status of a pod', {
          namespace: pod.metadata.namespace,
          pod: pod.metadata.name,
          failures: this.#unreported,
          error,
        });
      void this.#retryReport(signal);
      return false;
    }
    this.#unreported = 0;
    const before = this.#reported?.status ?? pod.status;
    const about = { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata };
    for (const event of resizeEvents(this.#pod ?? pod, before, status)) this.deps.recorder.event(about, event);
    this.#reported = { status, resourceVersion: pod.metadata.resourceVersion };
    return true;
  }

  async #retryReport(signal: AbortSignal): Promise<void> {
    if (this.#isReportDue) return;
    this.#isReportDue = true;
    await this.deps.clock.sleep(backoffMs(this.#unreported, reportRetry), signal).catch(() => {});
    this.#isReportDue = false;
    this.wake();
  }

  async release(signal: AbortSignal): Promise<void> {
    await this.local.release(signal);
    this.isReleasing = true;
    this.deps.volumes.wake();
  }

  /** With the UID as precondition: a new pod of the same name is not ours to delete. */
  async deleteFromApi(pod: Pod, signal: AbortSignal): Promise<void> {
    const at = { namespace: pod.metadata.namespace, name: pod.metadata.name };
    try {
      await this.deps.client.delete(podsResource, { at, uid: pod.metadata.uid, gracePeriodSeconds: 0 }, signal);
    } catch (error) {
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    }
    this.#deleted = pod.metadata.resourceVersion;
  }

  async removeTraces(signal: AbortSignal): Promise<void> {
    for (const record of this.records()) await this.deps.runtime.remove(record.id, signal);
    await this.local.removeFolder();
    if (this.#pod) await rm(podLogFolder(this.deps.nodeDir, this.#pod), { recursive: true, force: true });
  }
}
