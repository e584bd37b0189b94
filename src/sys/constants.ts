/** Numbers of the Linux user-space interface, under the kernel's own names (include/uapi/linux). */

export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;

/** All protocols (if_ether.h). */
export const ETH_P_ALL = 0x0003;

export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_RCVBUF = 8;
export const SO_ATTACH_FILTER = 26;
export const SO_DETACH_FILTER = 27;
export const SO_RCVBUFFORCE = 33;
/** SO_TIMESTAMPNS_OLD: a struct timespec of two machine words on 64-bit systems. */
export const SO_TIMESTAMPNS = 35;
/** SO_TIMESTAMPING_OLD: three struct timespec; the third is the adapter's, raw. */
export const SO_TIMESTAMPING = 37;
export const SO_RXQ_OVFL = 40;
export const SO_MEMINFO = 55;
/** Numbers in what SO_MEMINFO returns (sock_diag.h). */
export const SK_MEMINFO_VARS = 9;

export const SOL_PACKET = 263;
export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_RX_RING = 5;
export const PACKET_STATISTICS = 6;
export const PACKET_AUXDATA = 8;
export const PACKET_VERSION = 10;
export const PACKET_RESERVE = 12;
export const PACKET_TIMESTAMP = 17;
export const PACKET_IGNORE_OUTGOING = 23;
export const PACKET_MR_PROMISC = 1;
/** Value of PACKET_VERSION for block rings (enum tpacket_versions). */
export const TPACKET_V3 = 2;

export const TP_STATUS_KERNEL = 0;
export const TP_STATUS_USER = 0x001;
export const TP_STATUS_LOSING = 0x004;
export const TP_STATUS_CSUMNOTREADY = 0x008;
export const TP_STATUS_VLAN_VALID = 0x010;
export const TP_STATUS_VLAN_TPID_VALID = 0x040;
export const TP_STATUS_CSUM_VALID = 0x080;
export const TP_STATUS_GSO_TCP = 0x100;

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;

export const POLLIN = 0x001;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;

export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;
