import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InterfaceClock } from '../../../src/pcapng/interface-clock.js';

function convert(clock: InterfaceClock, ticks: bigint): string {
  const fits = clock.convert(Number(ticks >> 32n), Number(ticks & 0xffffffffn));
  return fits ? `${clock.seconds}.${String(clock.nanoseconds).padStart(9, '0')}` : 'none';
}

describe('InterfaceClock', () => {
  it('takes microseconds unless told otherwise', () => {
    const clock = new InterfaceClock();
    assert.equal(convert(clock, 1_340_954_905_298_858n), '1340954905.298858000');
  });

  it('converts decimal units from seconds to finer than nanoseconds', () => {
    assert.equal(convert(new InterfaceClock(0), 1_795_355_060n), '1795355060.000000000');
    assert.equal(convert(new InterfaceClock(3), 1_795_355_060_089n), '1795355060.089000000');
    assert.equal(
      convert(new InterfaceClock(9), 1_795_355_060_089_260_729n),
      '1795355060.089260729',
    );
    assert.equal(convert(new InterfaceClock(12), 5_000_000_000_123_999n), '5000.000000123');
    assert.equal(convert(new InterfaceClock(127), 2n ** 64n - 1n), '0.000000000');
  });

  it('converts binary units, whose exponent has the top bit masked', () => {
    assert.equal(convert(new InterfaceClock(0x80), 77n), '77.000000000');
    assert.equal(convert(new InterfaceClock(0x81), 5n), '2.500000000');
    assert.equal(convert(new InterfaceClock(0x80 | 20), (9n << 20n) + 1n), '9.000000953');
    assert.equal(convert(new InterfaceClock(0x80 | 63), 2n ** 63n + 2n ** 62n), '1.500000000');
  });

  it('goes to and fro between seconds, and over the carry between the halves', () => {
    const clock = new InterfaceClock(9);
    for (const ticks of [
      4_294_967_295n,
      4_294_967_296n,
      4_999_999_999n,
      5_000_000_000n,
      4_000_000_000n,
      3_999_999_999n,
      0n,
      4_294_967_295_999_999_999n,
    ]) {
      const expected = `${ticks / 1_000_000_000n}.${String(ticks % 1_000_000_000n).padStart(9, '0')}`;
      assert.equal(convert(clock, ticks), expected);
    }
  });

  it('adds the offset', () => {
    assert.equal(convert(new InterfaceClock(6, 1_000_000n), 1_500_000n), '1000001.500000000');
    assert.equal(convert(new InterfaceClock(6, -1n), 1_500_000n), '0.500000000');
    assert.equal(convert(new InterfaceClock(12, -1n), 1_500_000_000_000n), '0.500000000');
  });

  it('has no time outside of 1970 … 2106, but gives it as bigint', () => {
    for (const [resolution, offset, ticks] of [
      [6, -2n, 1_500_000n],
      [0, 0n, 2n ** 32n],
      [9, 0n, 4_294_967_296_000_000_000n],
      [12, -1n, 0n],
      [0x81, 0n, 2n ** 33n],
      [6, 2n ** 63n - 1n, 0n],
    ] as const) {
      const clock = new InterfaceClock(resolution, offset);
      assert.equal(convert(clock, ticks), 'none');
      assert.equal(clock.seconds, 0);
      assert.equal(clock.nanoseconds, 0);
    }
    assert.equal(new InterfaceClock(6, -2n).ticksToEpochNs(1_500_000n), -500_000_000n);
  });
});
