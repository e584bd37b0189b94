/** The ring of the lab's probes, under the name that tests know. */

export {
  numbersFrom,
  type ProbeFrame,
  ProbeRing,
  readStatistics,
  type Statistics,
} from '../../src/lab/probe-ring.js';
