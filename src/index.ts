/** gapcap's public interface, grouped by task. */

export { copyFrame } from './core/frame.js';
