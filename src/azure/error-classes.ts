import { classOfStatus, type FailureClass } from '../domain/errors.ts';
import type { ForeignAnswer } from './foreign-answer.ts';

/**
 * Codes whose status says something else than what they mean for a transfer: a 409 that passes by itself or is about
 * rights is no conflict, a missing container is never a missing artifact.
 */
const CLASS_OF_CODE: ReadonlyMap<string, FailureClass> = new Map([
  // Azure Storage, error codes of the Blob service
  ['ContainerBeingDeleted', 'transient'],
  ['AccountBeingCreated', 'transient'],
  ['PublicAccessNotPermitted', 'access'],
  ['InvalidAuthenticationInfo', 'access'],
  ['ContainerNotFound', 'service'],
  ['InvalidBlobType', 'service'],
  ['BlobArchived', 'service'],
  ['BlobBeingRehydrated', 'service'],
  // Azure Resource Manager
  ['AnotherOperationInProgress', 'transient'],
  ['RetryableError', 'transient'],
  ['ResourceGroupNotFound', 'service'],
  ['SubscriptionNotFound', 'service'],
  ['ParentResourceNotFound', 'service'],
  // The SDKs' own: a body that broke off
  ['PARSE_ERROR', 'transient'],
]);

/** Whether a code means the same whatever was asked for: a missing group stays one when a pipeline was looked up. */
export function isCodeOfItsOwn(code: string): boolean {
  return CLASS_OF_CODE.has(code);
}

const COPY_SOURCE_CODES = new Set(['CannotVerifyCopySource', 'InvalidSourceBlobUrl', 'SourceConditionNotMet']);

/** Whether a code of storage is about the source of a copy, not about the blob that the call was made on. */
export function isCopySourceCode(code: string): boolean {
  return COPY_SOURCE_CODES.has(code);
}

/**
 * The class of a failed answer: by its code where that says more than the status; for a copy by the status that
 * storage got from the source, where it passes that on; else by its status.
 */
export function classOfAnswer(answer: ForeignAnswer, notFound: FailureClass): FailureClass {
  const known = CLASS_OF_CODE.get(answer.code);
  if (known) return known;
  if (isCopySourceCode(answer.code)) return classOfStatus(answer.copySourceStatus ?? answer.status, 'service');
  return classOfStatus(answer.status, notFound);
}
