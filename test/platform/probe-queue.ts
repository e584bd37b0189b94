/** The receive queue of the lab's probes, under the name that tests know. */

export { ProbeQueue, readDropTotal } from '../../src/lab/probe-queue.js';
