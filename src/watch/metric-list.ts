/** The metrics: their names, kinds, labels and help, which are a promise to whoever queries them. */

/** One metric. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Beside `sensor`, which all but those of the process have where several sensors are watched. */
  readonly labels: readonly MetricLabel[];
}

/**
 * A label: `interface` is the interface's name, `certainty` is `exact` or `bounded`; `ring` is a number
 * from 0 and left out where there is one ring.
 */
export type MetricLabel = 'interface' | 'ring' | 'certainty' | 'version';

/** The name of a metric. */
export type MetricName =
  | 'gapcap_build_info'
  | 'gapcap_capture_start_time_seconds'
  | 'gapcap_last_reading_time_seconds'
  | 'gapcap_frames_received_total'
  | 'gapcap_frames_delivered_total'
  | 'gapcap_frames_dropped_total'
  | 'gapcap_frames_dropped_pending'
  | 'gapcap_gaps_total'
  | 'gapcap_gap_size_frames'
  | 'gapcap_last_gap_time_seconds'
  | 'gapcap_ring_fill_ratio'
  | 'gapcap_ring_fill_peak_ratio'
  | 'gapcap_ring_frames_received_total'
  | 'gapcap_ring_frames_dropped_total'
  | 'gapcap_nic_frames_received_total'
  | 'gapcap_nic_frames_dropped_total'
  | 'gapcap_backlog_frames_dropped_total'
  | 'gapcap_written_bytes_total'
  | 'gapcap_file_number'
  | 'process_cpu_seconds_total'
  | 'process_resident_memory_bytes'
  | 'process_start_time_seconds';

/** Every metric by its name. */
export const METRICS: Readonly<Record<MetricName, MetricDefinition>> = {
  gapcap_build_info: {
    kind: 'gauge',
    labels: ['version'],
    help: 'Always 1; the label says which version of gapcap captures.',
  },
  gapcap_capture_start_time_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'When the capture began, in seconds since 1970-01-01 UTC.',
  },
  gapcap_last_reading_time_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'When the counts were read last, in seconds since 1970-01-01 UTC; absent once the capture has ended.',
  },
  gapcap_frames_received_total: {
    kind: 'counter',
    labels: ['interface'],
    help: 'Frames that the kernel tried to give to the capture, after the filter, dropped ones included.',
  },
  gapcap_frames_delivered_total: {
    kind: 'counter',
    labels: ['interface'],
    help: 'Frames that reached the capture.',
  },
  gapcap_frames_dropped_total: {
    kind: 'counter',
    labels: ['interface', 'certainty'],
    help: 'Frames lost in gaps because ring or queue was full, by how certain the place of the gap is.',
  },
  gapcap_frames_dropped_pending: {
    kind: 'gauge',
    labels: ['interface'],
    help: 'Frames that the kernel has dropped and that are in no gap yet; they will be with the next frame delivered.',
  },
  gapcap_gaps_total: {
    kind: 'counter',
    labels: ['interface', 'certainty'],
    help: 'Gaps: runs of lost frames between two delivered ones, by certainty.',
  },
  gapcap_gap_size_frames: {
    kind: 'histogram',
    labels: ['interface', 'certainty'],
    help: 'Frames lost in each gap.',
  },
  gapcap_last_gap_time_seconds: {
    kind: 'gauge',
    labels: ['interface'],
    help: 'When the last gap was found, in seconds since 1970-01-01 UTC; absent without one.',
  },
  gapcap_ring_fill_ratio: {
    kind: 'gauge',
    labels: ['interface', 'ring'],
    help: 'How full ring or queue is, from 0 to 1.',
  },
  gapcap_ring_fill_peak_ratio: {
    kind: 'gauge',
    labels: ['interface'],
    help: 'The highest fill of ring or queue in the last minute, looked at ten times a second.',
  },
  gapcap_ring_frames_received_total: {
    kind: 'counter',
    labels: ['interface', 'ring'],
    help: 'Frames received by each of several rings; absent where there is one.',
  },
  gapcap_ring_frames_dropped_total: {
    kind: 'counter',
    labels: ['interface', 'ring'],
    help: 'Frames dropped because that one of several rings was full, in a gap already or not; absent where there is one.',
  },
  gapcap_nic_frames_received_total: {
    kind: 'counter',
    labels: ['interface'],
    help: 'Frames that the interface itself received, whatever became of them.',
  },
  gapcap_nic_frames_dropped_total: {
    kind: 'counter',
    labels: ['interface'],
    help: 'Frames lost in network card and driver, before the capture; in no gap.',
  },
  gapcap_backlog_frames_dropped_total: {
    kind: 'counter',
    labels: [],
    help: "Frames dropped in the host's softnet backlog, of whichever interface, before the capture; in no gap.",
  },
  gapcap_written_bytes_total: {
    kind: 'counter',
    labels: [],
    help: 'Bytes of capture file written, before compression; absent without a file.',
  },
  gapcap_file_number: {
    kind: 'gauge',
    labels: [],
    help: 'Number of the file being written in its series, from 1; absent without a series.',
  },
  process_cpu_seconds_total: {
    kind: 'counter',
    labels: [],
    help: 'CPU time of the process, user and system, all threads.',
  },
  process_resident_memory_bytes: {
    kind: 'gauge',
    labels: [],
    help: 'Memory of the process in RAM, the ring included.',
  },
  process_start_time_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'When the process began, in seconds since 1970-01-01 UTC.',
  },
};
