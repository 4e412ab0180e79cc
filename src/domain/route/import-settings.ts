import type { RetryPolicy } from './route.ts';
import type { SlotBudget } from './slot-budget.ts';

/** What an import needs to know to run; read from its record and route by its first activity. */
export interface ImportSettings {
  route: string;
  archive: string;
  /** Of the run that it starts with, or goes on with. */
  attempt: number;
  runTimeoutMs: number;
  retry: RetryPolicy;
  /** Of the target registry; left out by earlier versions. */
  slots?: SlotBudget;
  /** Whether tries that are repeated are kept; left out by earlier versions, which kept none. */
  keepsRetries?: boolean;
}
