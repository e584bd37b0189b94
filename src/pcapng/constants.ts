/**
 * The numbers of pcapng: block types, and option codes kept apart per block type.
 *
 * An option's code means something only together with its block: code 4 is epb_dropcount on an
 * enhanced packet, if_IPv4addr on an interface and isb_ifrecv in statistics, and nothing at all on
 * an obsolete packet block.
 *
 * Source: draft-ietf-opsawg-pcapng, section 4 and its table of block types.
 */

/** Block types. Any other number is a block that a reader skips. */
export const BlockType = {
  /** SHB. Reads the same in both byte orders. */
  SectionHeader: 0x0a0d0d0a,
  /** IDB. */
  InterfaceDescription: 1,
  /** PB, obsolete; still to be read. */
  ObsoletePacket: 2,
  /** SPB: a frame without time and options, of the section's first interface. */
  SimplePacket: 3,
  /** NRB. */
  NameResolution: 4,
  /** ISB. */
  InterfaceStatistics: 5,
  /** EPB: the usual frame. */
  EnhancedPacket: 6,
  /** One entry of the systemd journal. */
  JournalExport: 9,
  /** DSB. */
  DecryptionSecrets: 10,
  /** CB that a tool which rewrites the file may copy. */
  CustomCopied: 0x0bad,
  /** CB that must not be copied into a changed file. */
  CustomNotCopied: 0x40000bad,
} as const;

/** Options that mean the same in every block. */
export const CommonOption = {
  /** opt_endofopt */
  End: 0,
  /** opt_comment, UTF-8; may occur several times */
  Comment: 1,
} as const;

/** Options of a section header. */
export const SectionOption = {
  /** shb_hardware */
  Hardware: 2,
  /** shb_os */
  OperatingSystem: 3,
  /** shb_userappl */
  Application: 4,
} as const;

/** Options of an interface description. */
export const InterfaceOption = {
  /** if_name */
  Name: 2,
  /** if_description */
  Description: 3,
  /** if_MACaddr: 6 octets */
  MacAddress: 6,
  /** if_speed: u64, bits per second */
  Speed: 8,
  /** if_tsresol: 1 octet */
  TimestampResolution: 9,
  /** if_filter: first octet 0 means a libpcap string follows */
  Filter: 11,
  /** if_os */
  OperatingSystem: 12,
  /** if_fcslen: 1 octet */
  FcsLength: 13,
  /** if_tsoffset: i64, seconds */
  TimestampOffset: 14,
  /** if_hardware */
  Hardware: 15,
} as const;

/** Options of an enhanced packet. */
export const FrameOption = {
  /** epb_flags: u32 */
  Flags: 2,
  /** epb_dropcount: u64 */
  DropCount: 4,
  /** epb_queue: u32 */
  Queue: 6,
} as const;

/** Options of the obsolete packet block; its drop count is a fixed field. */
export const ObsoleteFrameOption = {
  /** pack_flags: u32, laid out as epb_flags */
  Flags: 2,
} as const;

/** Options of interface statistics. */
export const StatisticsOption = {
  /** isb_starttime: two u32, high then low, in the interface's units */
  StartTime: 2,
  /** isb_endtime: as isb_starttime */
  EndTime: 3,
  /** isb_ifrecv: u64 */
  InterfaceReceived: 4,
  /** isb_ifdrop: u64 */
  InterfaceDropped: 5,
  /** isb_filteraccept: u64 */
  FilterAccepted: 6,
  /** isb_osdrop: u64 */
  SystemDropped: 7,
  /** isb_usrdeliv: u64 */
  UserDelivered: 8,
} as const;

/** What a section header holds at byte 8, as read in the section's own byte order. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** if_tsresol where the option is absent: microseconds. */
export const DEFAULT_TIMESTAMP_RESOLUTION = 6;
