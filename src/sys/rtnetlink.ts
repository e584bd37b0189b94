/**
 * Network interfaces and addresses through rtnetlink: the answers are of the calling thread's own
 * network namespace, which /sys doesn't promise (inside `unshare --net` it still shows the parent's).
 *
 * Sources: include/uapi/linux/rtnetlink.h, if_link.h, if_addr.h, veth.h.
 */

import { constants } from 'node:os';
import { SystemCallError } from '../core/errors.js';
import { errnoName, type Libc, lastErrno, libc, systemCallError } from './libc.js';
import { type Link, parseLink } from './link.js';
import { type LinkAddress, parseAddress } from './link-address.js';
import {
  attributeText,
  NetlinkRequest,
  netlinkMessages,
  parseAttributes,
  viewOf,
} from './netlink-message.js';

const AF_NETLINK = 16;
const AF_INET6 = 10;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_EXT_ACK = 11;
const MSG_TRUNC = 0x20;

const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_DUMP = 0x300;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
/** In an answer: the set changed while it was dumped. */
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLMSGERR_ATTR_MSG = 1;

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;

const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_AF_SPEC = 26;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;

const IFF_UP = 0x1;
const IFF_NOARP = 0x80;

/** A dump's datagrams never exceed this: the kernel caps them at 32 KiB (af_netlink.c). */
const RECEIVE_BYTES = 65536;

const DUMP_ATTEMPTS = 10;

/** The interfaces of this network namespace, in the kernel's order. Cost: one system call per ~20. */
export function listLinks(): Link[] {
  return dump('RTM_GETLINK', "Can't list the network interfaces", RTM_GETLINK, RTM_NEWLINK).map(
    parseLink,
  );
}

/**
 * One interface of this network namespace by its number; undefined where there is none of that number.
 * Cost: one request, however many interfaces there are (net/core/rtnetlink.c, rtnl_getlink).
 *
 * @param index as if_nametoindex(3) gives it, from 1 on
 */
export function findLink(index: number): Link | undefined {
  const request = linkRequest(RTM_GETLINK, index, 0, 0);
  let found: Link | undefined;
  try {
    exchange('RTM_GETLINK', `Can't look at interface ${index}`, request, (type, _, payload) => {
      if (type === RTM_NEWLINK) found = parseLink(payload);
    });
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'ENODEV') return undefined;
    throw error;
  }
  return found;
}

/** The IP addresses of all interfaces of this network namespace. */
export function listAddresses(): LinkAddress[] {
  return dump('RTM_GETADDR', "Can't list the addresses", RTM_GETADDR, RTM_NEWADDR).map(
    parseAddress,
  );
}

/**
 * Creates two virtual Ethernet interfaces, joined as by a cable: what one sends the other receives.
 *
 * Both are made silent (no ARP, no IPv6 address of their own, so no router solicitation and no
 * multicast report): what is seen on them is only what somebody sends. Both are down at first.
 *
 * @param name of one end, 1 … 15 characters
 * @param peerName of the other
 * @throws {SystemCallError} `EPERM` without CAP_NET_ADMIN; `EEXIST` where a name is taken;
 *   `EOPNOTSUPP` where the kernel has no veth
 */
export function createVethPair(name: string, peerName: string): void {
  const request = new NetlinkRequest(
    RTM_NEWLINK,
    NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
  )
    .putBytes(interfaceMessage(0))
    .putText(IFLA_IFNAME, name)
    .putNested(IFLA_LINKINFO, (info) =>
      info
        .putText(IFLA_INFO_KIND, 'veth')
        .putNested(IFLA_INFO_DATA, (data) =>
          data.putNested(VETH_INFO_PEER, (peer) =>
            peer.putBytes(interfaceMessage(0)).putText(IFLA_IFNAME, peerName),
          ),
        ),
    );
  change('RTM_NEWLINK', `Can't create the veth pair ${name} and ${peerName}`, request);
  for (const end of [name, peerName]) silence(end);
}

/** Sets an interface up, so that it sends and receives. @param link its number or name */
export function setLinkUp(link: number | string): void {
  setFlags(link, IFF_UP, IFF_UP, `Can't set ${link} up`);
}

/** Sets an interface down. @param link its number or name */
export function setLinkDown(link: number | string): void {
  setFlags(link, 0, IFF_UP, `Can't set ${link} down`);
}

/**
 * Sets the longest packet an interface sends, in bytes, link-layer header not included.
 *
 * @param link its number or name
 */
export function setLinkMtu(link: number | string, mtu: number): void {
  const request = linkRequest(RTM_SETLINK, link, 0, 0).putU32(IFLA_MTU, mtu);
  change('RTM_SETLINK', `Can't set the MTU of ${link} to ${mtu}`, request);
}

/** Deletes an interface; of a veth pair both ends. @param link its number or name */
export function deleteLink(link: number | string): void {
  change('RTM_DELLINK', `Can't delete ${link}`, linkRequest(RTM_DELLINK, link, 0, 0));
}

function setFlags(link: number | string, flags: number, mask: number, what: string): void {
  change('RTM_SETLINK', what, linkRequest(RTM_SETLINK, link, flags, mask));
}

function silence(name: string): void {
  setFlags(name, IFF_NOARP, IFF_NOARP, `Can't turn ARP off on ${name}`);
  const request = linkRequest(RTM_SETLINK, name, 0, 0).putNested(IFLA_AF_SPEC, (families) =>
    families.putNested(AF_INET6, (inet6) =>
      inet6.putU8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE),
    ),
  );
  try {
    change('RTM_SETLINK', `Can't turn IPv6 addresses off on ${name}`, request);
  } catch (error) {
    // A kernel without IPv6 knows no such family: nothing to silence.
    if (!(error instanceof SystemCallError) || error.code !== 'EAFNOSUPPORT') throw error;
  }
}

function linkRequest(
  type: number,
  link: number | string,
  flags: number,
  mask: number,
): NetlinkRequest {
  const request = new NetlinkRequest(type, NLM_F_REQUEST | NLM_F_ACK);
  if (typeof link === 'number') return request.putBytes(interfaceMessage(link, flags, mask));
  return request.putBytes(interfaceMessage(0, flags, mask)).putText(IFLA_IFNAME, link);
}

/** struct ifinfomsg: u8 family, u8 padding, u16 type, s32 index, u32 flags, u32 change mask. */
function interfaceMessage(index: number, flags = 0, mask = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = viewOf(bytes);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, mask, true);
  return bytes;
}

/** Sends a request that changes something and waits for its acknowledgement. */
function change(syscall: string, what: string, request: NetlinkRequest): void {
  exchange(syscall, what, request, () => {});
}

/** Asks for everything of a kind; starts again where it changed meanwhile. */
function dump(syscall: string, what: string, type: number, answerType: number): Uint8Array[] {
  for (let attempt = 1; ; attempt++) {
    const payloads: Uint8Array[] = [];
    let interrupted = false;
    // struct ifinfomsg for links, and long enough for the shorter struct ifaddrmsg.
    const request = new NetlinkRequest(type, NLM_F_REQUEST | NLM_F_DUMP);
    request.putBytes(type === RTM_GETADDR ? new Uint8Array(8) : interfaceMessage(0));
    exchange(syscall, what, request, (type, flags, payload) => {
      if (type === answerType) payloads.push(payload.slice());
      if ((flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
    });
    if (!interrupted || attempt === DUMP_ATTEMPTS) return payloads;
  }
}

type AnswerHandler = (type: number, flags: number, payload: Uint8Array) => void;

/** One request and its whole answer, on a socket of its own; the kernel answers while we send. */
function exchange(
  syscall: string,
  what: string,
  request: NetlinkRequest,
  onAnswer: AnswerHandler,
): void {
  const c = libc();
  const fd = c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw systemCallError('socket', "Can't open a netlink socket");
  try {
    c.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, Int32Array.of(1), 4);
    const bytes = request.finish(1);
    if (c.send(fd, bytes, bytes.byteLength, 0) !== bytes.byteLength) {
      throw systemCallError('send', what);
    }
    const buffer = new Uint8Array(RECEIVE_BYTES);
    while (!takeDatagram(receive(c, fd, buffer, what), syscall, what, onAnswer));
  } finally {
    c.close(fd);
  }
}

function receive(c: Libc, fd: number, buffer: Uint8Array, what: string): Uint8Array {
  for (;;) {
    const length = c.recv(fd, buffer, buffer.byteLength, MSG_TRUNC);
    if (length >= 0 && length <= buffer.byteLength) return buffer.subarray(0, length);
    const errno = length < 0 ? lastErrno() : constants.errno.EMSGSIZE;
    if (errno !== constants.errno.EINTR) throw systemCallError('recv', what, { errno });
  }
}

/** @returns true when the answer is complete */
function takeDatagram(
  datagram: Uint8Array,
  syscall: string,
  what: string,
  onAnswer: AnswerHandler,
): boolean {
  for (const message of netlinkMessages(datagram)) {
    if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
      const result = message.payload.byteLength < 4 ? 0 : viewOf(message.payload).getInt32(0, true);
      if (result < 0) {
        throw kernelError(syscall, what, -result, extendedMessage(message.flags, message.payload));
      }
      if (message.type === NLMSG_DONE) onAnswer(message.type, message.flags, message.payload);
      return true;
    }
    onAnswer(message.type, message.flags, message.payload);
  }
  return false;
}

/** The kernel's own words for an error, where it gives any (struct nlmsgerr and what follows it). */
function extendedMessage(flags: number, payload: Uint8Array): string | undefined {
  if ((flags & NLM_F_ACK_TLVS) === 0 || payload.byteLength < 20) return undefined;
  // After the error number comes the request: all of it, or its header alone where it is capped.
  const requestLength = (flags & NLM_F_CAPPED) !== 0 ? 16 : viewOf(payload).getUint32(4, true);
  const attributes = parseAttributes(payload.subarray(4 + ((requestLength + 3) & ~3)));
  return attributeText(attributes.get(NLMSGERR_ATTR_MSG));
}

function kernelError(
  syscall: string,
  what: string,
  errno: number,
  words: string | undefined,
): SystemCallError {
  const code = errnoName(errno);
  const reason = words === undefined ? code : `${code}, ${words.replace(/\.$/, '')}`;
  const hint =
    errno === constants.errno.EPERM
      ? 'Changing network interfaces needs CAP_NET_ADMIN: run as root, or in a private network (unshare --user --map-root-user --net).'
      : undefined;
  return new SystemCallError(code, `${what}: ${reason} (${syscall}).`, {
    syscall,
    errno,
    ...(hint === undefined ? {} : { hint }),
  });
}
