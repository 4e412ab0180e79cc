import type { RunFaults } from '../arm/server.ts';
import type { FaultRules } from './rules.ts';

/** The faults of pipeline runs, as ARM asks for them. */
export function runFaults(faults: FaultRules): RunFaults {
  return {
    beforeRun(run) {
      const poisoned = faults.decideRun(run);
      if (poisoned) throw poisoned;
    },
  };
}
