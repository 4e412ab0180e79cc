import type { Division } from './batch/batch-parts.ts';
import type { SlotRequest } from './batch/slots.ts';
import type { Failure, Side } from './errors.ts';
import type { ImportStep } from './import/import-decision.ts';
import type { ImportState } from './import/import-document.ts';
import type { Direction, Notified, RunKey } from './names.ts';
import type { CopyPlan, CopyPosition } from './plan/copy-plan.ts';
import type { Reach } from './plan/hand-over.ts';
import type { PageRange } from './plan/plan.ts';
import type { ImportSettings } from './route/import-settings.ts';
import type { RetryPolicy } from './route/route.ts';
import type { SlotBudget, SlotBudgets } from './route/slot-budget.ts';
import type { RotationDecision } from './sas/rotation.ts';
import type { Halt, Notice } from './transfer/control.ts';
import type { DeletedParts } from './transfer/retention.ts';

/** What every activity returns: its value, or a failure as plain data. An activity never throws on purpose. */
export type ActivityResult<T> = { ok: true; value: T } | { ok: false; failure: Failure; retryAfterMs?: number };

/** What is known of a pipeline run when it was last read. `isFinal` says that it will not change any more. */
export interface RunState {
  status: string | null;
  isFinal: boolean;
  succeeded: boolean;
  catalogDigest: string | null;
  failure: Failure | null;
  retryAfterMs: number;
  /** Where the service says how the request went; asked only when the run itself tells nothing. */
  operationUrl: string | null;
}

/** Whose run or archive it is: a batch of a transfer, or the import of a blob that landed. */
export type Owner =
  | { kind: 'batch'; transfer: string; path: string }
  | { kind: 'import'; importId: string; route: string };

/** One pipeline run, by what it derives from. `artifacts` of an export are read from the record, never passed. */
export interface RunRequest {
  /** A run that the service has named and started: it is followed only. */
  run?: string;
  owner: Owner;
  direction: Direction;
  key: RunKey;
  archive: string;
  /** For an import: the export's digest as received, handed on for the service to check. */
  catalogDigest: string | null;
}

export interface BatchTarget {
  transfer: string;
  path: string;
}

/** What a batch needs to know to run; read from the plan by its first activity. */
export interface BatchSettings {
  route: string;
  /** No new work may start: the batch leaves its artifacts to the report, which says `Skipped`. */
  stopped: boolean;
  runTimeoutMs: number;
  retry: RetryPolicy;
  continueOnErrors: boolean;
  /** Runs that the batch may spend on its halves and rests. */
  maxSplitRuns: number;
  /** How far the archive is brought; left out by earlier versions: to its import. */
  reach?: Reach | undefined;
  /** Whether a receipt is written, and may be missing; left out by earlier versions, which wrote none. */
  receipts?: 'required' | 'optional' | undefined;
  /** Not there in batches that an older version began. */
  slots?: SlotBudgets;
}

/** Name → input and value of every activity. The names are those of the registered functions. */
export interface Activities {
  /** Reads request and route; writes the phase. `ended` when the report is there already. */
  beginTransfer: {
    input: { transfer: string };
    /** `selects`: the artifacts are not known before the request's selectors are resolved; `pages` is 0 then. */
    value: {
      ended: boolean;
      route: string;
      pages: number;
      selects?: boolean;
      /** A list of several pages is worked on by children, so many pages each. Not there in transfers of older versions. */
      pagesPerChild?: number;
    };
  };
  /** Checks that what the route names exists and answers; fails with the first that does not. */
  preflightRoute: { input: { transfer: string }; value: null };
  /** Keeps which repositories the request's selectors mean; `pages` of them. A {@link Halt}: it did not. */
  selectRepositories: { input: { transfer: string }; value: { halt: Halt | null; pages: number } };
  /** Keeps which artifacts they mean in one page of the repositories. A {@link Halt}: it did not. */
  selectArtifacts: { input: { transfer: string; page: number }; value: Halt | null };
  /** Joins them to the list of artifacts; `pages` of it are to be resolved. */
  joinSelection: { input: { transfer: string; pages: number }; value: { pages: number } };
  /** Looks up one page of artifacts in source and target; keeps the page in the record. A {@link Halt}: it did not. */
  resolveArtifacts: { input: { transfer: string; page: number }; value: Halt | null };
  /** Joins the pages to the plan. */
  planTransfer: {
    input: { transfer: string; pages: number };
    value: { batches: number; maxParallelBatches: number; stopped: boolean };
  };
  /** Whether the next step of the transfer may begin (`null`). Older versions did not say `Stopped`. */
  readControl: { input: { transfer: string }; value: Notice | null };
  beginBatch: { input: BatchTarget; value: BatchSettings };
  /** Makes sure that the run is there: follows the one that is, puts it otherwise. */
  startRun: { input: RunRequest; value: RunState };
  readRun: { input: RunRequest & { operationUrl: string | null }; value: RunState };
  /** Looks at both ends of a copy. `null` when nothing is left to copy. */
  beginCopy: { input: BatchTarget & { archive: string; mode: 'auto' | 'stream' }; value: CopyPlan | null };
  copySlice: { input: BatchTarget & { archive: string; plan: CopyPlan; slice: number }; value: null };
  /** Drops what was staged of a copy that will not be finished. */
  discardCopy: { input: BatchTarget & { archive: string }; value: null };
  commitCopy: { input: BatchTarget & { archive: string; plan: CopyPlan }; value: null };
  /** Writes the receipt of an exported archive, and for the target too where its account is reached. */
  writeReceipt: { input: BatchTarget & { archive: string }; value: null };
  /** Notes what the other side has to be brought, and how. */
  handOver: { input: BatchTarget & { archive: string }; value: null };
  /** Keeps a failed try of a step in the batch's record. */
  recordAttempt: { input: BatchTarget & AttemptReport; value: null };
  /** Writes what became of every open artifact of a part: asks the target, where this app sees it. */
  settleBatch: {
    input: BatchTarget & { failed: AttemptReport | null; when: SettleTime };
    value: SettleCounts & { stopped: boolean };
  };
  /** Gives up a batch that cannot go on: what is open in any part of it fails with `reason`. */
  failBatch: {
    input: BatchTarget & { part: string; failed: AttemptReport | null; reason: AttemptReport };
    value: { stopped: boolean };
  };
  /** Makes the halves or the rest of a part from what is open in it. */
  splitBatch: { input: BatchTarget & { division: Division }; value: null };
  writeReport: { input: { transfer: string; error: Failure | null }; value: { state: string } & ToNotify };
  /** Starts the instance of a transfer that is in the records. */
  startTransfer: { input: { transfer: string }; value: null };
  /** Makes the pushes of a window the request of a transfer; `null` when none are left. */
  collectPushes: { input: PushWindowTarget; value: { transfer: string | null } };
  /** Drops the pushes that a transfer has taken over. */
  dropPushes: { input: PushWindowTarget & { transfer: string }; value: null };
  /** Starts what tells of an end, beside whoever asks for it. */
  startNotification: { input: Notified; value: null };
  /** Tells the route's webhook once. `done`: nothing more is to be sent. */
  sendWebhook: { input: Notified & { tries: number; last: boolean }; value: { done: boolean; retryAfterMs: number } };
  /** How many pages of batches a transfer that has ended has. */
  beginDelete: { input: { transfer: string }; value: { pages: number } };
  /** Delete what the batches of a page (from 1) left: archives on both sides, pipeline runs, Durable instances. */
  deleteArchives: { input: BatchPage; value: null };
  deleteRuns: { input: BatchPage; value: null };
  /** With page 0, the instances of the transfer itself. */
  purgeInstances: { input: BatchPage; value: null };
  /** Notes which parts are gone, for the time until the rest is deleted. */
  markRemoved: { input: { transfer: string } & Pick<DeletedParts, 'archives' | 'runs'>; value: null };
  /** Deletes the blobs of the record; the request goes last. */
  deleteRecord: { input: { transfer: string }; value: null };
  /** Notes that the import has begun. `null`: it has ended before, or its record is gone. */
  beginImport: { input: { importId: string }; value: ImportSettings | null };
  /** Looks at blob, trigger, runs and receipt, and says what the import does next. `now` in ISO 8601. */
  lookAtImport: { input: { importId: string; now: string }; value: ImportStep };
  /** Takes the blob, if that is still what the import has to do. */
  claimBlob: { input: { importId: string; now: string }; value: { claimed: boolean } };
  /** The service's runs on this state of the blob that have not been seen to their end. */
  findOtherRuns: { input: { importId: string }; value: { runs: string[] } };
  /** Looks every artifact up in the target and keeps what became of it. `failure` is of the runs, if none went through. */
  verifyImport: { input: { importId: string; failure: Failure | null }; value: null };
  /** Keeps a failed try of the app's own run that is repeated. */
  recordImportRetry: { input: { importId: string; run: string; failure: Failure }; value: null };
  /** Writes the target's receipt, then the end. */
  endImport: {
    input: { importId: string; end: ImportEnd };
    value: { state: ImportState; reason: string | null } & ToNotify;
  };
  /** Reads and judges the SAS token of one side's pipeline. */
  inspectSas: { input: RotationTarget; value: { decision: RotationDecision; newestVersion: string | null } };
  /** Mints, probes and publishes a new token; nothing when the newest version is not the one that was judged. */
  publishSas: {
    input: RotationTarget & { replaces: string | null };
    value: { published: boolean; expiresAt: string | null };
  };
  /** Disables versions beyond the last two. `waiting`: a run that may have read one is still going on. */
  retireSas: { input: RotationTarget; value: { retired: number; waiting: boolean } };
}
/** Activities that work on one page (from 1) of a transfer's list. */
export type PagedActivity = 'selectArtifacts' | 'resolveArtifacts';
export type ActivityName = keyof Activities;
export type ActivityInput<N extends ActivityName> = Activities[N]['input'];
export type ActivityValue<N extends ActivityName> = Activities[N]['value'];

/**
 * When a part is settled: `Before` its run (only what is decided anyway), `After` it (what may be tried again stays
 * open), or for the `Last` time (nothing stays open).
 */
export type SettleTime = 'Before' | 'After' | 'Last';

/** How many artifacts of a part are open, have arrived, have failed. */
export interface SettleCounts {
  open: number;
  arrived: number;
  failed: number;
}

export interface AttemptReport {
  step: 'Export' | 'Copy' | 'Import' | 'Verify';
  run: string | null;
  failure: Failure;
}

export interface BatchPage {
  transfer: string;
  page: number;
}

export interface PushWindowTarget {
  route: string;
  window: string;
}

/** Which end the route's webhook is to be told of; left out where it is not, and in older histories. */
interface ToNotify {
  notify?: number;
}

export interface RotationTarget {
  route: string;
  side: Side;
}

/** How an import ended: by runs, whose artifacts have been verified, or before there was one. */
export type ImportEnd =
  | { kind: 'Ran'; failure: Failure | null }
  | { kind: 'Ignored'; reason: string }
  | { kind: 'Failed'; failure: Failure };

/** Name → input and output of every orchestrator. */
export interface Orchestrators {
  transfer: { input: string; output: string };
  workPages: { input: { transfer: string; activity: PagedActivity } & PageRange; output: ActivityResult<null> };
  segment: {
    input: { transfer: string; segment: number; first: number; last: number; window: number };
    output: { stopped: boolean };
  };
  batch: { input: BatchTarget; output: { stopped: boolean } };
  /**
   * Without `slots` it starts at once, as the runs of older versions do. `waitingSince` and `startedAt` (ISO 8601) are
   * the orchestrator's own, for when it starts anew while it waits for a slot, or with one; so is `unseen`: nobody has
   * told yet that the run is there.
   */
  pipelineRun: {
    input: RunRequest & {
      timeoutMs: number;
      slots?: SlotBudget;
      waitingSince?: string;
      startedAt?: string;
      unseen?: true;
    };
    output: ActivityResult<{ catalogDigest: string | null }>;
  };
  /** Ends when the transfer is not paused any more. `startedAt` (ISO 8601) as above. */
  awaitResume: { input: { transfer: string; startedAt?: string }; output: ActivityResult<Notice | null> };
  /** `resume` is the orchestrator's own, for when it starts anew. */
  copyArchive: { input: BatchTarget & { archive: string; resume?: CopyPosition }; output: ActivityResult<null> };
  /** Waits for the end of a window of pushes (`closesAt` in ISO 8601) and starts the transfer that they become. */
  gather: { input: PushWindowTarget & { closesAt: string }; output: null };
  notify: { input: Notified; output: { tries: number; done: boolean } };
  autoImport: { input: { importId: string }; output: { state: ImportState | 'AlreadyEnded' } };
  deleteTransfer: { input: { transfer: string } & DeletedParts; output: null };
  /** `force` replaces a token that is still fresh. */
  rotateSas: { input: RotationTarget & { force: boolean }; output: RotationDecision };
}
export type OrchestratorName = keyof Orchestrators;

/** Name → operations of every entity, each with its input and output. The names are those of the registered functions. */
export interface Entities {
  /** The slots of one registry; the key is {@link SlotBudget}'s. `renew` and `release` are signals. */
  registrySlots: {
    take: { input: SlotRequest; output: { granted: boolean } };
    renew: { input: SlotRequest };
    release: { input: SlotRequest };
  };
}
