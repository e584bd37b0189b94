/** Processors, under the name that the probes know. */

export { lastCpu } from '../../src/lab/processors.js';
