/** gapcap's public interface, grouped by task. */

// Errors: match on `code`, print `message` and `hint`.
export {
  AccountingError,
  ArgumentError,
  type ErrorDetails,
  FormatError,
  GapcapError,
  StateError,
  SystemCallError,
  UnsupportedError,
} from './core/errors.js';

// Frames: what every source yields.
export {
  type CaptureInterface,
  copyFrame,
  type Frame,
  type FrameBatch,
  FrameFlags,
  type FrameSource,
  type ReceiveCounters,
} from './core/frame.js';
export { LinkType, linkTypeName } from './core/link-type.js';
export { type Certainty, exactLoss, type Loss } from './core/loss.js';
export { formatEpochNs, toEpochNs, tryParseEpochNs } from './core/timestamp.js';

// What can be captured from.
export { listInterfaces, type SystemInterface } from './sys/capture-interfaces.js';
