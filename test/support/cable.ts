/** The lab's own cable, under the name that tests know. */

export { Cable } from '../../src/lab/cable.js';
