import { createHash } from 'node:crypto';
import type { Block, CopyPlan } from '../../domain/plan/copy-plan.ts';

/**
 * A block's id: all of one length, as the service demands, and bound to the state of the source, so that blocks left
 * over from another state are never taken for this one's.
 */
export function blockId(plan: CopyPlan, block: Block): string {
  const state = createHash('sha256').update(`${plan.sourceEtag}/${plan.blockBytes}`).digest('hex').slice(0, 16);
  return Buffer.from(`${state}-${String(block.index).padStart(6, '0')}`).toString('base64');
}
