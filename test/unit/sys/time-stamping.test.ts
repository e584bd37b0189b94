import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { typesOf } from '../../../src/sys/time-stamping.js';

/** struct ethtool_ts_info (include/uapi/linux/ethtool.h), its numbers written down a second time. */
function info(soTimestamping: number, rxFilters: number): DataView {
  const words = new Uint32Array(11);
  words.set([0x41, soTimestamping, 0, 3, 0, 0, 0, rxFilters]);
  return new DataView(words.buffer);
}

const TX_SOFTWARE = 1 << 1;
const RX_SOFTWARE = 1 << 3;
const SOFTWARE = 1 << 4;
const SYS_HARDWARE = 1 << 5;
const RAW_HARDWARE = 1 << 6;
const FILTER_ALL = 1 << 1;
const FILTER_PTP_V2_EVENT = 1 << 12;

describe('typesOf', () => {
  it("knows the host's time alone where the card has no clock", () => {
    assert.deepEqual(typesOf(info(TX_SOFTWARE | RX_SOFTWARE | SOFTWARE, 0)), ['host']);
  });

  it('takes a card that stamps every frame', () => {
    assert.deepEqual(typesOf(info(SOFTWARE | RAW_HARDWARE, FILTER_ALL)), [
      'host',
      'adapter_unsynced',
    ]);
    assert.deepEqual(typesOf(info(SYS_HARDWARE | RAW_HARDWARE, FILTER_ALL | 1)), [
      'host',
      'adapter',
      'adapter_unsynced',
    ]);
  });

  it('leaves out a card that stamps PTP frames only', () => {
    assert.deepEqual(typesOf(info(SOFTWARE | RAW_HARDWARE, FILTER_PTP_V2_EVENT)), ['host']);
  });
});
