/**
 * The part of the public interface that shows running captures: a page, metrics, and the events
 * behind them. Loads the packages for it, so it isn't part of `index.ts`.
 */

export { LiveWatch, type LiveWatchOptions } from './watch/live-watch.js';
export type {
  GapCounts,
  HistoryPoint,
  InterfaceReading,
  SensorEnd,
  SensorEvent,
  SensorGap,
  SensorInterface,
  SensorReading,
  SensorStart,
  WatchedSensor,
} from './watch/sensor-event.js';
export { type ProbedSession, SensorProbe, type SensorProbeOptions } from './watch/sensor-probe.js';
