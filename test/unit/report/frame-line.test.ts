import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AsciiWriter, digitCount } from '../../../src/analysis/ascii-writer.js';
import { exactLoss } from '../../../src/core/loss.js';
import { FrameLine, type LineFrame, plainStyle } from '../../../src/report/frame-line.js';
import { gapLine } from '../../../src/report/gap-line.js';
import {
  arp,
  counting,
  ethernet,
  hex,
  ipv4,
  ipv6,
  join,
  tcp,
  udp,
} from '../../support/packet-bytes.js';

/** A frame in the middle of a larger memory. */
function frameAt(
  frame: Uint8Array,
  seconds = 1_795_355_060,
  nanoseconds = 89_260_729,
  captured = frame.length,
): LineFrame {
  return {
    bytes: join(counting(3), frame, counting(9)),
    byteOffset: 3,
    capturedLength: captured,
    originalLength: frame.length,
    seconds,
    nanoseconds,
  };
}

const segment = ethernet(0x0800, ipv4(6, tcp(counting(5), { flags: 0x10 })));
const info = '51234 > 443 [ACK] seq=2587581565 ack=318035688 win=64240 len=5';

describe('FrameLine', () => {
  let zone: string | undefined;
  before(() => {
    zone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Kolkata'; // UTC+05:30 all year
  });
  after(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('writes number, local time, addresses, protocol, length and info in columns', () => {
    const line = new FrameLine();
    assert.equal(
      line.frame(303, frameAt(segment), 1),
      `  303 19:14:20.089260729 192.0.2.17      > 198.51.100.234  TCP       59 ${info}`,
    );
    assert.equal(
      line.frame(
        304,
        frameAt(ethernet(0x0800, ipv4(17, udp([5, 6], counting(3)))), 1_795_355_061, 5),
        1,
      ),
      '  304 19:14:21.000000005 192.0.2.17      > 198.51.100.234  UDP       45 5 > 6 len=3',
    );
  });

  it('widens a column for what needs more room, and keeps it wide', () => {
    const line = new FrameLine({ time: 'epoch' });
    const v6 = ethernet(0x86dd, ipv6(17, udp([5, 6], counting(3))));
    line.frame(1, frameAt(ethernet(0x0806, arp(1))), 1);
    const first = line.frame(123456, frameAt(v6), 1);
    const second = line.frame(7, frameAt(segment), 1);
    assert.equal(first.indexOf(' UDP '), second.indexOf(' TCP '));
    assert.ok(second.startsWith('     7 1795355060.089260729 192.0.2.17        > 198.51.100.234'));
  });

  it('writes seconds since the first frame, and a minus for an older one', () => {
    const line = new FrameLine({ time: 'relative' });
    const time = (seconds: number, nanoseconds: number): string =>
      line
        .frame(1, frameAt(segment, seconds, nanoseconds), 1)
        .trim()
        .split(/ +/)[1]!;
    assert.equal(time(100, 999_999_999), '0.000000000');
    assert.equal(time(101, 0), '0.000000001');
    assert.equal(time(112, 999_999_998), '11.999999999');
    assert.equal(time(100, 999_999_998), '-0.000000001');
    assert.equal(time(99, 5), '-1.999999994');
  });

  it('writes seconds since 1970 with nine digits', () => {
    const line = new FrameLine({ time: 'epoch' });
    assert.match(line.frame(1, frameAt(segment, 4_294_967_295, 7), 1), / 4294967295\.000000007 /);
    assert.match(line.frame(1, frameAt(segment, 0, 999_000_100), 1), / 0\.999000100 /);
  });

  it('marks a truncated frame and gives its length on the wire', () => {
    const line = new FrameLine();
    const text = line.frame(1, frameAt(segment, 5, 6, 54), 1);
    assert.ok(text.endsWith(`59 ${info} [truncated]`));
    assert.ok(line.frame(2, frameAt(segment, 5, 6, 3), 1).endsWith('59 [truncated]'));
  });

  it('leaves no blank at the end where there is nothing to say', () => {
    assert.match(new FrameLine().frame(1, frameAt(counting(60)), 147), /USER0 +60$/);
  });

  it('keeps escape sequences of the wire out of the line', () => {
    const frame = ethernet(
      0x0800,
      ipv4(17, udp([9, 53], hex`beef01000001000000000000 03 1b5b48 00 00010001`)),
    );
    assert.match(new FrameLine().frame(1, frameAt(frame), 1), /^[ -~]*\\027\[H$/);
  });

  it('colours through the style, after aligning', () => {
    const mark = (text: string): string => `<${text}>`;
    const line = new FrameLine({
      time: 'epoch',
      style: { ...plainStyle, address: mark, gap: mark },
    });
    assert.match(
      line.frame(1, frameAt(segment), 1),
      / <192\.0\.2\.17 {5}> > <198\.51\.100\.234 > TCP /,
    );
    assert.equal(line.gap(exactLoss(2), 7), '<──── 2 frames lost (7 ns) ────>');
  });
});

describe('FrameLine.write', () => {
  it('writes the bytes of the lines that frame returns, in every time format', () => {
    const frames = [
      frameAt(segment, 1_795_355_060, 999_999_999),
      frameAt(ethernet(0x0806, arp(1)), 1_795_355_061, 5),
      frameAt(ethernet(0x86dd, ipv6(6, tcp(counting(1400)))), 1_795_355_061, 6),
      frameAt(ethernet(0x0800, ipv4(17, udp([5, 65535], counting(3)))), 1_795_355_060, 0),
      frameAt(segment, 1_795_355_999, 7, 54),
      frameAt(counting(60), 1_795_355_999, 8),
    ];
    for (const time of ['local', 'relative', 'epoch'] as const) {
      const asText = new FrameLine({ time });
      const asBytes = new FrameLine({ time });
      const out = Buffer.alloc(20_000);
      let expected = '';
      let end = 0;
      for (const [index, frame] of frames.entries()) {
        for (const number of [index + 1, 10 ** (index + 4), 10 ** (index + 5) - 1]) {
          const linkType = index === 5 ? 147 : 1;
          expected += `${asText.frame(number, frame, linkType)}\n`;
          end = asBytes.write(number, frame, linkType, out, end);
        }
      }
      assert.equal(out.toString('latin1', 0, end), expected);
    }
  });

  it('writes every length of number', () => {
    const writer = new AsciiWriter();
    writer.open(new Uint8Array(64), 0);
    for (let power = 1; power <= 1e15; power *= 10) {
      for (const value of [power - 1, power, power * 3 + 7]) {
        writer.at = 0;
        writer.decimal(value);
        const text = Buffer.from(writer.bytes.subarray(0, writer.at)).toString('latin1');
        assert.equal(text, `${value}`);
        assert.equal(digitCount(value), text.length);
      }
    }
  });
});

describe('gapLine', () => {
  it('says how many frames are missing and for how long', () => {
    assert.equal(gapLine(exactLoss(40), 6_500_000), '──── 40 frames lost (6.5 ms) ────');
    assert.equal(gapLine(exactLoss(1), undefined), '──── 1 frame lost ────');
  });

  it('writes ASCII for a terminal without UTF-8', () => {
    const line = gapLine(exactLoss(40), 6_540n, { unicode: false });
    assert.equal(line, '---- 40 frames lost (6.54 us) ----');
  });

  it('picks the unit that leaves the number readable, and rounds into the next one', () => {
    const duration = (ns: number): string => /\((.*)\)/.exec(gapLine(exactLoss(2), ns))![1]!;
    assert.equal(duration(0), '0 ns');
    assert.equal(duration(999), '999 ns');
    assert.equal(duration(12_345), '12.3 µs');
    assert.equal(duration(999_999), '1 ms');
    assert.equal(duration(1_500_000_000), '1.5 s');
    assert.equal(duration(86_400_000_000_000), '86400 s');
    assert.equal(duration(-2_000_000), '-2 ms');
  });

  it('says what is not exact', () => {
    const loss = { lost: 40, atLeast: 31, atMost: 45, group: 3 };
    assert.match(
      gapLine({ ...loss, certainty: 'bounded' }, undefined),
      /40 frames lost, between 31 and 45 are possible here/,
    );
    assert.match(gapLine({ ...loss, certainty: 'inferred' }, undefined), /inferred from TCP/);
    assert.match(gapLine({ ...loss, certainty: 'unplaced' }, undefined), /place unknown/);
  });
});
