/** The lab's own cable, under the name that tests know. */

export { Cable, type CableEnd } from '../../src/lab/cable.js';
