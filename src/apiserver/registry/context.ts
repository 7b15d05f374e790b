// What do all operations on resources share? The parts of the server that they work with.

import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { RevisionStore } from '../../kvstore/types.ts';
import type { AuditNotes } from '../audit/trail.ts';
import type { Access } from '../auth/access.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import type { AdmissionMetrics } from '../metrics/admission-metrics.ts';
import type { BodyMetrics } from '../metrics/body-metrics.ts';
import type { RepeatedFields } from '../repeated-fields.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Schemas } from '../schema/schemas.ts';
import type { UserInfo } from '../types.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import type { Turns } from './turns.ts';
import type { WriteOptions } from './write-options.ts';

/** The server's own parts, one of each. */
export interface RegistryParts {
  store: RevisionStore;
  cache: WatchCache;
  catalogue: Catalogue;
  schemas: Schemas;
  access: Access;
  turns: Turns;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Told of every plugin and webhook. */
  admissions: AdmissionMetrics;
  bodies: BodyMetrics;
}

/** What an answer waited for that is no work of this server: its turn, and webhooks of others. */
export interface Delays {
  ms: number;
}

export const noDelays = (): Delays => ({ ms: 0 });

/** One request to one resource, on its way through admission and registry. */
export interface Operation extends RegistryParts {
  info: RequestInfo;
  entry: CatalogueEntry;
  user: UserInfo;
  /** Texts for the `Warning` header of the answer. */
  warnings: string[];
  write: WriteOptions;
  /** Absent where no audit log is kept. */
  audit: AuditNotes | undefined;
  delays: Delays;
  /** True if users' webhooks and policies have said all that they may: about the body, not about the object that it changes. */
  isAdmitted?: boolean;
  /** What the body names twice; told with the fields that the kind does not have. */
  repeated?: RepeatedFields | undefined;
  isDryRun: boolean;
  signal: AbortSignal;
}
