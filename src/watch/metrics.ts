/** What is known of the sensors, as Prometheus takes it. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { GAP_SIZE_BOUNDS } from './gap-sizes.js';
import { METRICS, type MetricName } from './metric-list.js';
import type { GapCounts, InterfaceReading, WatchedSensor } from './sensor-event.js';

/** A minute of the history, for peaks. */
const PEAK_MS = 60_000;

type Labels = Readonly<Record<string, string>>;
/** One value of a metric; a value that is null isn't given. */
type Sample = readonly [labels: Labels, value: number | null];

/** How metrics are to be given. */
export interface MetricsOptions {
  /** Whether the label `sensor` says whose each value is; not unless given. */
  readonly labelSensors?: boolean | undefined;
}

/** Gives the metrics of sensors; everything is computed when it is asked for. */
export class SensorMetrics {
  readonly #registry = new Registry();
  readonly #sensors: () => readonly WatchedSensor[];
  readonly #labelSensors: boolean;

  constructor(sensors: () => readonly WatchedSensor[], options: MetricsOptions = {}) {
    this.#sensors = sensors;
    this.#labelSensors = options.labelSensors ?? false;
    for (const [name, take] of Object.entries(TAKE_SENSOR)) {
      this.#register(name as MetricName, (sensor, labels) => [[labels, take(sensor)]]);
    }
    for (const [name, take] of Object.entries(TAKE_INTERFACE)) {
      this.#register(name as MetricName, (sensor, labels) =>
        ofInterfaces(sensor, labels).map(([one, own]) => [own, take(one, sensor)]),
      );
    }
    for (const [name, take] of Object.entries(TAKE_GAPS)) {
      this.#register(name as MetricName, (sensor, labels) =>
        ofGaps(sensor, labels).map(([counts, own]) => [own, take(counts)]),
      );
    }
    for (const [name, take] of Object.entries(TAKE_RING)) {
      this.#register(name as MetricName, (sensor, labels) =>
        ofInterfaces(sensor, labels).flatMap(([one, own]) => ofRings(one, own, take)),
      );
    }
    this.#register('gapcap_build_info', ({ start }, labels) => [
      [{ ...labels, version: start.version }, 1],
    ]);
    this.#registerSizes();
    this.#registerProcess();
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #register(
    name: MetricName,
    samples: (sensor: WatchedSensor, labels: Labels) => readonly Sample[],
  ): void {
    this.#add(name, true, () =>
      this.#sensors().flatMap((sensor) => samples(sensor, this.#labelsOf(sensor))),
    );
  }

  #registerProcess(): void {
    const startSeconds = Date.now() / 1000 - process.uptime();
    const none: Labels = {};
    this.#add('process_cpu_seconds_total', false, () => {
      const { user, system } = process.cpuUsage();
      return [[none, (user + system) / 1e6]];
    });
    this.#add('process_resident_memory_bytes', false, () => [[none, process.memoryUsage.rss()]]);
    this.#add('process_start_time_seconds', false, () => [[none, startSeconds]]);
  }

  #add(name: MetricName, ofSensor: boolean, samples: () => readonly Sample[]): void {
    const settings = this.#settings(name, ofSensor);
    if (METRICS[name].kind === 'counter') new SampledCounter(settings, samples);
    else new SampledGauge(settings, samples);
  }

  #registerSizes(): void {
    const settings = this.#settings('gapcap_gap_size_frames', true);
    new SizeHistogram(settings, () =>
      this.#sensors().flatMap((sensor) => ofGaps(sensor, this.#labelsOf(sensor))),
    );
  }

  #settings(name: MetricName, ofSensor: boolean): MetricSettings {
    const { help, labels } = METRICS[name];
    const labelNames = [...(ofSensor && this.#labelSensors ? ['sensor'] : []), ...labels];
    return { name, help, labelNames, registers: [this.#registry] };
  }

  #labelsOf({ start }: WatchedSensor): Labels {
    return this.#labelSensors ? { sensor: start.sensor } : {};
  }
}

interface MetricSettings {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

/** Metrics with one value a sensor. */
const TAKE_SENSOR = {
  gapcap_capture_start_time_seconds: ({ start }) => start.timeMs / 1000,
  gapcap_last_reading_time_seconds: ({ reading, end }) =>
    reading === null || end !== null ? null : reading.timeMs / 1000,
  gapcap_backlog_frames_dropped_total: ({ reading }) => reading?.backlogDropped ?? null,
  gapcap_written_bytes_total: ({ reading }) => reading?.writtenBytes ?? null,
  gapcap_file_number: ({ reading }) => reading?.fileNumber ?? null,
} as const satisfies Partial<Record<MetricName, (sensor: WatchedSensor) => number | null>>;

/** Metrics with one value an interface. */
const TAKE_INTERFACE = {
  gapcap_frames_received_total: ({ received }) => received,
  gapcap_frames_delivered_total: ({ frames }) => frames,
  gapcap_frames_dropped_pending: ({ dropped, exact, bounded }) =>
    dropped === null ? null : Math.max(0, dropped - exact.lost - bounded.lost),
  gapcap_last_gap_time_seconds: ({ lastGapMs }) => (lastGapMs === null ? null : lastGapMs / 1000),
  gapcap_ring_fill_peak_ratio: (one, sensor) => peakOf(one, sensor),
  gapcap_nic_frames_received_total: ({ interfaceReceived }) => interfaceReceived,
  gapcap_nic_frames_dropped_total: ({ interfaceDropped }) => interfaceDropped,
} as const satisfies Partial<
  Record<MetricName, (one: InterfaceReading, sensor: WatchedSensor) => number | null>
>;

/** Metrics with one value a ring; those but the fill are there only where there are several. */
const TAKE_RING = {
  gapcap_ring_fill_ratio: ({ fill }) => fill,
  gapcap_ring_frames_received_total: ({ ring, received }) => (ring === null ? null : received),
  gapcap_ring_frames_dropped_total: ({ ring, dropped }) => (ring === null ? null : dropped),
} as const satisfies Partial<Record<MetricName, (one: AnyRing) => number | null>>;

/** One of several rings, or with null the only one. */
interface AnyRing {
  readonly ring: number | null;
  readonly received: number | null;
  readonly dropped: number | null;
  readonly fill: number | null;
}

/** Metrics with one value an interface and certainty. */
const TAKE_GAPS = {
  gapcap_frames_dropped_total: ({ lost }) => lost,
  gapcap_gaps_total: ({ gaps }) => gaps,
} as const satisfies Partial<Record<MetricName, (counts: GapCounts) => number>>;

/** What prom-client makes text of, the same for all kinds. */
interface MetricData {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: { readonly metricName?: string; labels: Labels; value: number }[];
}

/** A total that somebody else counted; prom-client's own would show 0 where nothing is known. */
class SampledCounter extends Counter {
  readonly #data: () => MetricData;

  constructor(settings: MetricSettings, samples: () => readonly Sample[]) {
    super(settings);
    this.#data = () => dataOf(settings, 'counter', samples());
  }

  override async get(): Promise<never> {
    return this.#data() as unknown as never;
  }
}

/** As `SampledCounter`, of what goes up and down. */
class SampledGauge extends Gauge {
  readonly #data: () => MetricData;

  constructor(settings: MetricSettings, samples: () => readonly Sample[]) {
    super(settings);
    this.#data = () => dataOf(settings, 'gauge', samples());
  }

  override async get(): Promise<never> {
    return this.#data() as unknown as never;
  }
}

function dataOf(
  { name, help }: MetricSettings,
  type: 'counter' | 'gauge',
  samples: readonly Sample[],
): MetricData {
  const values = samples.flatMap(([labels, value]) => (value === null ? [] : [{ labels, value }]));
  return { name, help, type, values };
}

/** A histogram of counts that were made elsewhere: prom-client's own only counts one by one. */
class SizeHistogram extends Histogram {
  readonly #settings: MetricSettings;
  readonly #counts: () => readonly (readonly [GapCounts, Labels])[];

  constructor(settings: MetricSettings, counts: () => readonly (readonly [GapCounts, Labels])[]) {
    super({ ...settings, buckets: [...GAP_SIZE_BOUNDS] });
    this.#settings = settings;
    this.#counts = counts;
  }

  /** What the registry asks a histogram for. */
  async getForPromString(): Promise<MetricData> {
    const { name, help } = this.#settings;
    const values: MetricData['values'] = [];
    for (const [{ gaps, lost, sizes }, labels] of this.#counts()) {
      const add = (suffix: string, value: number, own: Labels = labels): void => {
        values.push({ metricName: `${name}_${suffix}`, labels: own, value });
      };
      let below = 0;
      for (const [i, bound] of GAP_SIZE_BOUNDS.entries()) {
        below += sizes[i] ?? 0;
        add('bucket', below, { ...labels, le: String(bound) });
      }
      add('bucket', gaps, { ...labels, le: '+Inf' });
      add('sum', lost);
      add('count', gaps);
    }
    return { name, help, type: 'histogram', values };
  }
}

function ofInterfaces(
  sensor: WatchedSensor,
  labels: Labels,
): (readonly [InterfaceReading, Labels])[] {
  const names = interfaceLabels(sensor);
  return (sensor.reading?.interfaces ?? []).map((one) => [
    one,
    { ...labels, interface: names[one.id] ?? `interface ${one.id}` },
  ]);
}

function ofRings(
  one: InterfaceReading,
  labels: Labels,
  take: (ring: AnyRing) => number | null,
): Sample[] {
  const { rings, received, dropped, fill } = one;
  if (rings === undefined) return [[labels, take({ ring: null, received, dropped, fill })]];
  return rings.map((each) => [{ ...labels, ring: String(each.ring) }, take(each)]);
}

function ofGaps(sensor: WatchedSensor, labels: Labels): (readonly [GapCounts, Labels])[] {
  return ofInterfaces(sensor, labels).flatMap(([{ exact, bounded }, own]) => [
    [exact, { ...own, certainty: 'exact' }],
    [bounded, { ...own, certainty: 'bounded' }],
  ]);
}

/** Names that tell a sensor's interfaces apart: one captured from twice is `eth0` and `eth0#1`. */
export function interfaceLabels({ start }: WatchedSensor): readonly string[] {
  const taken = new Set<string>();
  return start.interfaces.map(({ id, name }) => {
    let label = name;
    while (taken.has(label)) label += `#${id}`;
    taken.add(label);
    return label;
  });
}

function peakOf(one: InterfaceReading, { history }: WatchedSensor): number | null {
  const sinceMs = (history.at(-1)?.timeMs ?? 0) - PEAK_MS;
  let peak = one.fill;
  for (let i = history.length - 1; i >= 0 && history[i]!.timeMs >= sinceMs; i--) {
    const then = history[i]!.interfaces[one.id]?.[2] ?? null;
    if (then !== null) peak = Math.max(then, peak ?? 0);
  }
  return peak;
}
