/**
 * The part of the public interface that gathers many sensors: publishing a capture to NATS, watching a
 * fleet. Loads the packages for it, so it isn't part of `index.ts`.
 */

export { type FleetJson, type FleetSensorJson, toFleetJson } from './fleet/fleet-json.js';
export type { FleetEvent, GapsEvent } from './fleet/fleet-message.js';
export {
  DEFAULT_SPOOL_BYTES,
  defaultSpoolFolder,
  FleetPublisher,
  type FleetPublisherOptions,
} from './fleet/fleet-publisher.js';
export type {
  FleetInterface,
  FleetRun,
  FleetSensor,
  FleetState,
  SensorCondition,
} from './fleet/fleet-state.js';
export { type FleetTextOptions, fleetText } from './fleet/fleet-text.js';
export {
  DEFAULT_LOOK_BACK_MS,
  FleetWatch,
  type FleetWatchOptions,
} from './fleet/fleet-watch.js';
export {
  DEFAULT_STREAM,
  MOST_REPLICAS,
  type NatsAddress,
  type NatsStreamChoice,
  readNatsAddress,
  redactedUrl,
} from './fleet/nats-address.js';
export { type NatsFiles, type NatsLogin, parseNatsLogin } from './fleet/nats-files.js';
export type { PublishEnding } from './fleet/publish-message.js';
