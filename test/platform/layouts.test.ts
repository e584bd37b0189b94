/** Struct layouts and numbers in src/sys against the C compiler's. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as constants from '../../src/sys/constants.js';
import * as layouts from '../../src/sys/layouts.js';
import {
  Cmsghdr,
  Iovec,
  Mmsghdr,
  PacketMreq,
  SockaddrLl,
  SockFilter,
  SockFprog,
  Tpacket3Hdr,
  TpacketAuxdata,
  TpacketBlockDesc,
  TpacketReq3,
  TpacketStatsV3,
} from '../../src/sys/layouts.js';
import { projectFiles } from '../support/project-files.js';

interface StructCase {
  readonly struct: string;
  readonly table: Readonly<Record<string, number>>;
  /** The C member of each entry of the table but `size`. */
  readonly members: Readonly<Record<string, string>>;
}

const STRUCTS: Readonly<Record<string, StructCase>> = {
  SockaddrLl: {
    struct: 'struct sockaddr_ll',
    table: SockaddrLl,
    members: {
      family: 'sll_family',
      protocol: 'sll_protocol',
      ifindex: 'sll_ifindex',
      hatype: 'sll_hatype',
      pkttype: 'sll_pkttype',
      halen: 'sll_halen',
      addr: 'sll_addr',
    },
  },
  TpacketReq3: {
    struct: 'struct tpacket_req3',
    table: TpacketReq3,
    members: {
      blockSize: 'tp_block_size',
      blockCount: 'tp_block_nr',
      frameSize: 'tp_frame_size',
      frameCount: 'tp_frame_nr',
      retireBlkTov: 'tp_retire_blk_tov',
      sizeofPriv: 'tp_sizeof_priv',
      featureReqWord: 'tp_feature_req_word',
    },
  },
  TpacketBlockDesc: {
    struct: 'struct tpacket_block_desc',
    table: TpacketBlockDesc,
    members: {
      version: 'version',
      offsetToPriv: 'offset_to_priv',
      blockStatus: 'hdr.bh1.block_status',
      numPkts: 'hdr.bh1.num_pkts',
      offsetToFirstPkt: 'hdr.bh1.offset_to_first_pkt',
      blkLen: 'hdr.bh1.blk_len',
      seqNum: 'hdr.bh1.seq_num',
      tsFirstPkt: 'hdr.bh1.ts_first_pkt',
      tsLastPkt: 'hdr.bh1.ts_last_pkt',
    },
  },
  Tpacket3Hdr: {
    struct: 'struct tpacket3_hdr',
    table: Tpacket3Hdr,
    members: {
      nextOffset: 'tp_next_offset',
      sec: 'tp_sec',
      nsec: 'tp_nsec',
      snaplen: 'tp_snaplen',
      len: 'tp_len',
      status: 'tp_status',
      mac: 'tp_mac',
      net: 'tp_net',
      rxhash: 'hv1.tp_rxhash',
      vlanTci: 'hv1.tp_vlan_tci',
      vlanTpid: 'hv1.tp_vlan_tpid',
    },
  },
  TpacketAuxdata: {
    struct: 'struct tpacket_auxdata',
    table: TpacketAuxdata,
    members: {
      status: 'tp_status',
      len: 'tp_len',
      snaplen: 'tp_snaplen',
      mac: 'tp_mac',
      net: 'tp_net',
      vlanTci: 'tp_vlan_tci',
      vlanTpid: 'tp_vlan_tpid',
    },
  },
  TpacketStatsV3: {
    struct: 'struct tpacket_stats_v3',
    table: TpacketStatsV3,
    members: { packets: 'tp_packets', drops: 'tp_drops', freezeQCnt: 'tp_freeze_q_cnt' },
  },
  PacketMreq: {
    struct: 'struct packet_mreq',
    table: PacketMreq,
    members: { ifindex: 'mr_ifindex', type: 'mr_type', alen: 'mr_alen', address: 'mr_address' },
  },
  Mmsghdr: {
    struct: 'struct mmsghdr',
    table: Mmsghdr,
    members: {
      name: 'msg_hdr.msg_name',
      namelen: 'msg_hdr.msg_namelen',
      iov: 'msg_hdr.msg_iov',
      iovlen: 'msg_hdr.msg_iovlen',
      control: 'msg_hdr.msg_control',
      controllen: 'msg_hdr.msg_controllen',
      flags: 'msg_hdr.msg_flags',
      len: 'msg_len',
    },
  },
  Iovec: { struct: 'struct iovec', table: Iovec, members: { base: 'iov_base', len: 'iov_len' } },
  Cmsghdr: {
    struct: 'struct cmsghdr',
    table: Cmsghdr,
    members: { len: 'cmsg_len', level: 'cmsg_level', type: 'cmsg_type' },
  },
  SockFilter: {
    struct: 'struct sock_filter',
    table: SockFilter,
    members: { code: 'code', jt: 'jt', jf: 'jf', k: 'k' },
  },
  SockFprog: {
    struct: 'struct sock_fprog',
    table: SockFprog,
    members: { len: 'len', filter: 'filter' },
  },
};

/** Numbers that src/sys names in its own words, and what they are in C. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  IOVEC_BYTES: 'sizeof(struct iovec)',
  MMSGHDR_BYTES: 'sizeof(struct mmsghdr)',
  MSG_IOV_OFFSET: 'offsetof(struct msghdr, msg_iov)',
  MSG_IOVLEN_OFFSET: 'offsetof(struct msghdr, msg_iovlen)',
  IFINFOMSG_BYTES: 'sizeof(struct ifinfomsg)',
  IFADDRMSG_BYTES: 'sizeof(struct ifaddrmsg)',
  HEADER_BYTES: 'sizeof(struct nlmsghdr)',
  ATTRIBUTE_HEADER_BYTES: 'sizeof(struct nlattr)',
  NESTED_FLAG: 'NLA_F_NESTED',
  TYPE_MASK: '(NLA_TYPE_MASK & 0xffff)',
  CPU_SET_BYTES: 'sizeof(cpu_set_t)',
  RETURN_CONSTANT: '(BPF_RET | BPF_K)',
};

/** Beginnings of names that are the kernel's or the C library's. */
const SYSTEM_NAME =
  /^(AF|ARPHRD|CLONE|ETH_P|IFA|IFF|IFLA|IN6|MAP|MSG|NETLINK|NLM|NLMSG|NLMSGERR|PACKET|POLL[A-Z]+|PROT|PR|RTM|SK|SO|SOCK|SOL|TP|TPACKET|VETH)(_|$)/;

/** Macros younger than the kernel headers that some systems still build with. */
const YOUNG_NAMES = new Set(['TP_STATUS_GSO_TCP']);

const HEADERS = `
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <sched.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/veth.h>
`;

/** The values of C expressions, as the compiler has them; undefined where it doesn't know a young name. */
function evaluateInC(expressions: readonly string[]): (number | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), 'gapcap-layouts-'));
  try {
    const lines = expressions.map((expression) => {
      const print = `printf("%lld\\n", (long long)(${expression}));`;
      if (!YOUNG_NAMES.has(expression)) return print;
      return `\n#ifdef ${expression}\n${print}\n#else\nputs("?");\n#endif`;
    });
    const source = join(folder, 'layouts.c');
    const program = join(folder, 'layouts');
    writeFileSync(source, `${HEADERS}int main(void) {\n${lines.join('\n')}\nreturn 0;\n}\n`);
    const compiled = spawnSync('cc', ['-o', program, source], { encoding: 'utf8' });
    assert.equal(compiled.status, 0, compiled.stderr);
    const run = spawnSync(program, { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout
      .trim()
      .split('\n')
      .map((text) => (text === '?' ? undefined : Number(text)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function assertAsInC(wanted: ReadonlyMap<string, number>, asked: ReadonlyMap<string, string>) {
  const names = [...wanted.keys()];
  const values = evaluateInC(names.map((name) => asked.get(name) ?? name));
  const inC = Object.fromEntries(names.map((name, i) => [name, values[i] ?? wanted.get(name)]));
  assert.deepEqual(Object.fromEntries(wanted), inC);
}

/** Every `const NAME = number;` of src/sys, exported or not. */
function numbersInSources(): { path: string; name: string; value: number }[] {
  return projectFiles('src/sys', '.ts').flatMap(({ path, text }) =>
    [
      ...text.matchAll(
        /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = (0[xo][\da-fA-F_]+|\d[\d_]*);/gm,
      ),
    ].map(([, name, literal]) => ({
      path,
      name: name!,
      value: Number(literal!.replaceAll('_', '')),
    })),
  );
}

const noCompiler = spawnSync('cc', ['--version']).status !== 0;
const reason = noCompiler ? 'needs a C compiler with the kernel headers (cc)' : false;

describe('struct layouts', { skip: reason }, () => {
  it('has a C struct to compare with for every table in layouts.ts', () => {
    const tables = Object.entries(layouts).filter(([, value]) => typeof value === 'object');
    assert.deepEqual(new Set(tables.map(([name]) => name)), new Set(Object.keys(STRUCTS)));
  });

  for (const [name, { struct, table, members }] of Object.entries(STRUCTS)) {
    it(`${name} is laid out as the compiler lays out ${struct}`, () => {
      const entries = Object.entries(table);
      const asked = new Map(
        Object.keys(table).map((key) => [
          key,
          key === 'size' ? `sizeof(${struct})` : `offsetof(${struct}, ${members[key]})`,
        ]),
      );
      assert.deepEqual(new Set(Object.keys(members)), new Set([...asked.keys()].filter(isMember)));
      assertAsInC(new Map(entries), asked);
    });
  }
});

function isMember(key: string): boolean {
  return key !== 'size';
}

describe('constants', { skip: reason }, () => {
  it('has the values of the headers in constants.ts', () => {
    const numbers = Object.entries(constants);
    assert.ok(numbers.length > 30);
    assertAsInC(new Map(numbers), new Map());
  });

  it('has the values of the headers wherever src/sys writes a number of the system', () => {
    const found = numbersInSources().filter(
      ({ name }) => SYSTEM_NAME.test(name) || Object.hasOwn(OWN_WORDS, name),
    );
    assert.ok(found.length > 60);
    const wanted = new Map(found.map(({ path, name, value }) => [`${path}: ${name}`, value]));
    const asked = new Map(
      found.map(({ path, name }) => [
        `${path}: ${name}`,
        Object.hasOwn(OWN_WORDS, name) ? OWN_WORDS[name]! : name,
      ]),
    );
    assertAsInC(wanted, asked);
  });
});
