import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readFileFacts } from '../../src/analysis/file-facts.js';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { infoText } from '../../src/report/info-text.js';
import { toLossJson } from '../../src/report/loss-json.js';
import { lossText } from '../../src/report/loss-text.js';
import { openFile } from '../../src/source/file-source.js';
import { toolMissing, tsharkFields } from '../support/wireshark.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-early-'));
after(() => rmSync(folder, { recursive: true }));

// Blocks by draft-ietf-opsawg-pcapng, big-endian, so that no code of gapcap's writes them.
const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value & 0xff]);
const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const u64 = (value: bigint): Buffer =>
  Buffer.concat([u32(Number(value >> 32n)), u32(Number(value & 0xffff_ffffn))]);
const option = (code: number, value: Buffer): Buffer =>
  Buffer.concat([u16(code), u16(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
function block(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(type), u32(body.length + 12), body, u32(body.length + 12)]);
}
const start = 1_795_435_260n * 1_000_000_000n;
const ns = (seconds: number): bigint => start + BigInt(Math.round(seconds * 1e9));
const frame = (seconds: number): Buffer =>
  block(6, u32(0), u64(ns(seconds)), u32(60), u32(60), Buffer.alloc(60));
const statistics = (seconds: number, counts: Record<number, number>, comment?: string): Buffer =>
  block(
    5,
    u32(0),
    u64(ns(seconds)),
    ...(comment === undefined ? [] : [option(1, Buffer.from(comment))]),
    option(2, u64(ns(0))), // isb_starttime
    ...Object.entries(counts).map(([code, count]) => option(Number(code), u64(BigInt(count)))),
    option(0, Buffer.alloc(0)),
  );
const backlog = (count: number): string =>
  `gapcap: the softnet backlog of this host dropped ${count} frames since the start, of all its interfaces together`;
/** isb_ifdrop, isb_filteraccept, isb_osdrop, isb_usrdeliv */
const counts = (dropped: number, frames: number) => ({ 5: dropped, 6: frames, 7: 0, 8: frames });

const path = join(folder, 'periodic.pcapng');
writeFileSync(
  path,
  Buffer.concat([
    block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), u64(0xffff_ffff_ffff_ffffn)),
    block(
      1,
      u16(1),
      u16(0),
      u32(0),
      option(2, Buffer.from('eth0')),
      option(9, Buffer.of(9)),
      u32(0),
    ),
    ...[0.1, 0.6, 1.2].map(frame), // 1, 2, 3
    // Known a second late: recorded when the next reading had changed.
    statistics(2, counts(0, 3)),
    statistics(3, counts(12, 3)),
    ...[2.5, 3.5, 4.5, 5.5].map(frame), // 4, 5, 6, 7
    statistics(6, counts(12, 7), backlog(40)),
    frame(7.5), // 8
    statistics(8, counts(13, 8)),
  ]),
);

describe('statistics in the middle of a file', () => {
  it('give what was lost before the socket a time and frames around it, and no gap', () => {
    using source = openFile(path);
    const facts = readFileLoss(source);
    assert.equal(facts.account.lost, 0);
    assert.deepEqual(facts.account.gaps, []);
    assert.deepEqual(facts.mismatches, []);
    const json = toLossJson(facts).beforeSocket!;
    assert.deepEqual(
      json.map(({ where, lost, after: last, before: next }) => [where, lost, last, next]),
      [
        ['interface', 12, 3, 6],
        ['backlog', 40, null, 8],
        ['interface', 1, 7, null],
      ],
    );
    assert.equal(json[0]!.start, '1795435262.000000000');
    assert.equal(json[0]!.end, '1795435263.000000000');
    const lines = lossText(facts).split('\n');
    assert.match(lines[0]!, /8 frames, none lost$/);
    assert.match(
      lines[1]!,
      /^ {2}at least 12 frames lost in the network card or driver of eth0, in no gap, between .*12:01:02\.000 and 12:01:03\.000 UTC \(frames 3 to 6\)$/,
    );
  });

  it('are told by info too', () => {
    const text = infoText(readFileFacts(path), {});
    assert.match(text, /at least 12 frames lost in the network card or driver of eth0/);
    assert.match(text, /40 frames dropped in the host's softnet backlog, of whichever interface/);
  });

  it('disturb no other reader', { skip: toolMissing('tshark') }, () => {
    assert.equal(tsharkFields(path, ['frame.number', 'frame.drop_count']).length, 8);
  });
});
