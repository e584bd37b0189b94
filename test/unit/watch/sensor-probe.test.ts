import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CaptureCounts } from '../../../src/capture/capture-options.js';
import type { CaptureResult } from '../../../src/capture/capture-result.js';
import { CaptureSession } from '../../../src/capture/session.js';
import { exactLoss } from '../../../src/core/loss.js';
import type { SensorEvent, SensorReading } from '../../../src/watch/sensor-event.js';
import { type ProbedSession, SensorProbe } from '../../../src/watch/sensor-probe.js';
import { FakeSource, fakeInterface } from '../../support/fake-source.js';
import { fakeGaps } from '../../support/sensor-events.js';

function readingsOf(events: readonly SensorEvent[]): SensorReading[] {
  return events.filter((event) => event.kind === 'reading');
}

async function eventually(what: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!what()) {
    assert.ok(performance.now() < deadline, 'it never came');
    await sleep(10);
  }
}

/** A session that says what it is told to. */
class FakeSession implements ProbedSession {
  readonly interfaces = [fakeInterface(0, { description: 'uplink' })];
  frames = 5;
  fill = 0.25;
  asked = 0;
  counts(): CaptureCounts {
    this.asked++;
    const counted = { received: this.frames, dropped: 0, placed: 0 };
    const ofInterface = { interfaceReceived: undefined, interfaceDropped: undefined };
    return {
      interfaces: [{ id: 0, frames: this.frames, ...counted, ...ofInterface, queues: undefined }],
      backlogDropped: undefined,
      bytesWritten: 100,
      file: 'x.pcapng',
      fileNumber: undefined,
    };
  }
  fillOf(): number {
    return this.fill;
  }
}

describe('SensorProbe', () => {
  it('tells of a whole capture, in numbers that equal its account', async () => {
    const events: SensorEvent[] = [];
    const probe = new SensorProbe((event) => events.push(event), { sensor: 'tap1' });
    const source = new FakeSource({
      frames: [{}, { lostBefore: exactLoss(40) }, {}, { lostBefore: exactLoss(2) }],
      counters: [{ received: 51, dropped: 47 }],
    });
    const session = CaptureSession.over(source, { onGap: probe.onGap });
    probe.follow(session);
    const result = await session.run();
    probe.end(result);
    const [start, ...others] = events;
    assert.equal(start!.kind, 'start');
    assert.equal(start!.sensor, 'tap1');
    assert.deepEqual(start?.kind === 'start' && start.interfaces, [
      { id: 0, name: 'eth0', description: null },
    ]);
    assert.ok(events.every(({ run }) => run === start!.run));
    const last = readingsOf(others).at(-1)!;
    assert.equal(last.interfaces[0]!.frames, 4);
    assert.equal(last.interfaces[0]!.received, 51);
    assert.equal(last.interfaces[0]!.dropped, 47);
    assert.deepEqual(last.interfaces[0]!.exact, fakeGaps(40, 2, 5));
    assert.deepEqual(
      last.gaps.map(({ lost, before }) => [lost, before]),
      [
        [40, 2],
        [2, 4],
        [5, null],
      ],
    );
    const end = others.at(-1)!;
    assert.equal(end.kind === 'end' && end.reason, result.endReason);
  });

  it('reads once a second, and sooner where there was a gap', async () => {
    const events: SensorEvent[] = [];
    const session = new FakeSession();
    const probe = new SensorProbe((event) => events.push(event));
    const startMs = performance.now();
    probe.follow(session);
    assert.equal(events[0]!.sensor, hostname());
    assert.equal(session.asked, 1);
    session.frames = 6;
    await eventually(() => session.asked === 2);
    const secondMs = performance.now();
    assert.ok(secondMs - startMs >= 900, `${secondMs - startMs} ms`);
    const gap = { interfaceId: 0, lost: 3, certainty: 'exact', atLeast: 3, atMost: 3 } as const;
    const place = { group: undefined, after: 1, before: 2, startNs: 1n, endNs: 2n };
    probe.onGap({ ...gap, ...place }, 'x.pcapng');
    await eventually(() => session.asked === 3);
    probe.end(undefined);
    const readings = readingsOf(events);
    assert.deepEqual(readings[1]!.interfaces[0]!.frames, 6);
    assert.deepEqual(
      readings[2]!.gaps.map(({ lost }) => lost),
      [3],
    );
    assert.equal(readings.length, 3, 'an error leaves no last reading');
    const end = events.at(-1)!;
    assert.equal(end.kind === 'end' && end.reason, 'failed');
    await sleep(1_200);
    assert.equal(session.asked, 3, 'nobody looks after the end');
  });

  it('remembers the highest fill between two readings', async () => {
    const events: SensorEvent[] = [];
    const session = new FakeSession();
    let looks = 0;
    session.fillOf = () => {
      looks++;
      return looks === 4 ? 0.875 : 0.25;
    };
    const probe = new SensorProbe((event) => events.push(event));
    probe.follow(session);
    await eventually(() => readingsOf(events).length === 2);
    probe.end(undefined);
    const [, { interfaces }] = readingsOf(events) as [SensorReading, SensorReading];
    assert.equal(interfaces[0]!.fill, 0.25);
    assert.equal(interfaces[0]!.peakFill, 0.875);
  });

  it('gives null for what nobody counts', async () => {
    const events: SensorEvent[] = [];
    const probe = new SensorProbe((event) => events.push(event));
    probe.follow(new FakeSession());
    const [reading] = readingsOf(events) as [SensorReading];
    assert.equal(reading.backlogDropped, null);
    assert.equal(reading.interfaces[0]!.interfaceDropped, null);
    assert.equal(reading.writtenBytes, 100);
    assert.equal(reading.fileNumber, null);
    probe.end({ account: { interfaces: [] }, endReason: 'stopped' } as unknown as CaptureResult);
  });

  it('says nothing of a capture that never began', () => {
    const events: SensorEvent[] = [];
    new SensorProbe((event) => events.push(event)).end(undefined);
    assert.deepEqual(events, []);
  });
});
