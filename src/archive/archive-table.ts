/**
 * The tables of the archive as data: what each column is called, how it is stored, what it means.
 *
 * The types are those that every engine reads: 32- and 64-bit integers, UTF-8 text, booleans, and
 * times in microseconds (Spark doesn't read nanoseconds), beside which the rest, or the whole in
 * nanoseconds, stands as a plain number.
 */

/** How a column is stored; see the Parquet specification's logical types. */
export type ColumnKind =
  /** INT32 */
  | 'int32'
  /** INT64 */
  | 'int64'
  /** BYTE_ARRAY, STRING */
  | 'text'
  /** BOOLEAN */
  | 'boolean'
  /** INT64, TIMESTAMP in microseconds, UTC */
  | 'time';

/** One column of a table. */
export interface ArchiveColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Whether it may be null, which always means: unknown, or there is none. */
  readonly optional: boolean;
  /**
   * How the values are encoded; absent: a dictionary where it pays, else plain. `delta` is small for
   * what grows steadily.
   */
  readonly encoding?: 'delta';
  /** Whether least and greatest value of each row group are kept, so that readers can skip it. */
  readonly statistics: boolean;
  /** A sentence without its full stop. */
  readonly meaning: string;
}

/** Names of the tables. */
export type ArchiveTableName = 'frames' | 'gaps' | 'interfaces';

/** One table; partitioned by `sensor` and `date`, which are in the folders' names. */
export interface ArchiveTable {
  readonly name: ArchiveTableName;
  readonly meaning: string;
  readonly columns: readonly ArchiveColumn[];
}

type Extra = Partial<Pick<ArchiveColumn, 'encoding' | 'statistics'>>;

/** Of what isn't in any order, least and greatest value tell a reader nothing. */
const unsorted: Extra = { statistics: false };

/** Numbers of which a dictionary would be of no use. */
const steady: Extra = { encoding: 'delta', statistics: false };

const always = (name: string, kind: ColumnKind, meaning: string, extra: Extra = {}) => ({
  name,
  kind,
  optional: false,
  statistics: true,
  ...extra,
  meaning,
});

const maybe = (name: string, kind: ColumnKind, meaning: string, extra: Extra = {}) => ({
  ...always(name, kind, meaning, extra),
  optional: true,
});

const capture: ArchiveColumn = always(
  'capture',
  'text',
  'identity of the capture file, the same in all three tables',
  unsorted,
);

const file: ArchiveColumn = always('file', 'text', "the capture file's name, without its folders");

const interfaceId: ArchiveColumn = always(
  'interface',
  'int32',
  "the interface's number in the capture file, from 0",
  steady,
);

const interfaceName: ArchiveColumn = maybe('interface_name', 'text', 'its name', unsorted);

const queue: ArchiveColumn = maybe(
  'queue',
  'int32',
  'the receive queue or ring that it came from',
  unsorted,
);

/** One row for each frame, in the order of time within each row group. */
export const FRAMES_TABLE: ArchiveTable = {
  name: 'frames',
  meaning: 'one row for each frame',
  columns: [
    capture,
    always('frame', 'int64', 'number of the frame in its file, from 1', { encoding: 'delta' }),
    maybe('time', 'time', 'when it was captured, cut to microseconds', { encoding: 'delta' }),
    maybe('plus_ns', 'int32', 'nanoseconds to add to `time`, 0 … 999', steady),
    interfaceId,
    interfaceName,
    queue,
    maybe('direction', 'text', '`in` or `out`', unsorted),
    always('captured_length', 'int32', 'bytes that were captured', steady),
    always('original_length', 'int64', 'bytes that it had on the wire', steady),
    maybe('vlan', 'int32', 'identifier of the outermost VLAN', unsorted),
    maybe('ether_type', 'int32', 'EtherType under all VLAN tags', unsorted),
    maybe('source_mac', 'text', 'source MAC address', unsorted),
    maybe('destination_mac', 'text', 'destination MAC address', unsorted),
    maybe('source', 'text', 'source IP address', unsorted),
    maybe('destination', 'text', 'destination IP address', unsorted),
    maybe('protocol', 'int32', 'IP protocol after all extension headers', unsorted),
    maybe('source_port', 'int32', 'TCP or UDP source port', steady),
    maybe('destination_port', 'int32', 'TCP or UDP destination port', steady),
    maybe('tcp_flags', 'int32', "the TCP header's flags, FIN = 1, SYN = 2, RST = 4, …", unsorted),
    maybe('lost_before', 'int64', 'frames lost between the frame before it and this one'),
    maybe('lost_certainty', 'text', 'how `lost_before` is known: `exact` or `bounded`', unsorted),
  ],
};

/** One row for each gap, in the order of the frames after them. */
export const GAPS_TABLE: ArchiveTable = {
  name: 'gaps',
  meaning: 'one row for each gap, final gaps too',
  columns: [
    capture,
    file,
    interfaceId,
    interfaceName,
    maybe('queue', 'int32', 'the ring that lost them, where several feed the interface'),
    always('lost', 'int64', 'frames lost; 0 only at a place that a bounded loss may reach'),
    always('at_least', 'int64', 'what the loss is at least; `lost` where it is exact'),
    always('at_most', 'int64', 'what the loss is at most; `lost` where it is exact'),
    always('certainty', 'text', '`exact` or `bounded`'),
    maybe('bounded_group', 'int32', 'the group over which the sum of bounded losses is exact'),
    maybe('after_frame', 'int64', "number of the interface's or ring's last frame before it"),
    maybe('before_frame', 'int64', 'number of the first frame after it; null: the final gap'),
    maybe('start_time', 'time', 'time of the frame before it'),
    maybe('start_ns', 'int64', 'the same in nanoseconds'),
    maybe('end_time', 'time', 'time of the frame after it'),
    maybe('end_ns', 'int64', 'the same in nanoseconds'),
  ],
};

/** One row for each interface of each file. */
export const INTERFACES_TABLE: ArchiveTable = {
  name: 'interfaces',
  meaning: 'one row for each interface of each file, with its counters',
  columns: [
    capture,
    file,
    always('format', 'text', '`pcapng` or `pcap`'),
    maybe('application', 'text', 'the program that wrote the file'),
    always('truncated', 'boolean', 'whether the file ends inside a block: its end is missing'),
    interfaceId,
    interfaceName,
    maybe('description', 'text', "a person's words for the interface"),
    maybe('mac_address', 'text', "the interface's MAC address"),
    always('link_type', 'int32', 'LINKTYPE_ number of its frames'),
    always('snapshot_length', 'int64', 'longest part of a frame that is kept; 0: no limit'),
    maybe('speed_bps', 'int64', 'bits per second'),
    maybe('filter', 'text', 'the capture filter'),
    always('frames', 'int64', 'frames in the file'),
    always('original_bytes', 'int64', 'bytes that they had on the wire'),
    maybe('first_time', 'time', 'time of the earliest frame'),
    maybe('first_ns', 'int64', 'the same in nanoseconds'),
    maybe('last_time', 'time', 'time of the latest frame'),
    maybe('last_ns', 'int64', 'the same in nanoseconds'),
    maybe('received', 'int64', 'frames the kernel tried to give, after the filter'),
    maybe('dropped', 'int64', 'of those, discarded because queue or ring was full'),
    maybe('unread', 'int64', 'of those, still in queue or ring at the end'),
    maybe('left_out', 'int64', 'delivered frames that a copy left out on purpose'),
    maybe('lost', 'int64', 'gaps, final gap and unplaced, as far as known'),
    maybe('final_gap', 'int64', 'frames lost after the last one'),
    maybe('unplaced', 'int64', 'frames lost at places that nobody recorded'),
    always('gap_count', 'int64', 'how many gaps, the final one included'),
    maybe('interface_received', 'int64', 'frames that the interface itself counted'),
    maybe('interface_dropped', 'int64', 'of those, lost in network card and driver'),
    maybe('law_holds', 'boolean', "whether the file's own numbers add up; null: not to be told"),
  ],
};

/** All of them. */
export const ARCHIVE_TABLES: readonly ArchiveTable[] = [FRAMES_TABLE, GAPS_TABLE, INTERFACES_TABLE];
