import { noticeOf } from '../../domain/transfer/control.ts';
import type { Activity } from '../activity.ts';

/** Reads whether the next step may begin. Reads only. */
export const readControl: Activity<'readControl'> = async ({ transfers }, { transfer }) =>
  noticeOf(await transfers.readControl(transfer));
