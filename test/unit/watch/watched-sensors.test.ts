import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SensorEvent } from '../../../src/watch/sensor-event.js';
import { WatchedSensors } from '../../../src/watch/watched-sensors.js';
import {
  fakeEnd,
  fakeReading,
  fakeSensorGap,
  fakeStart,
  START_MS,
} from '../../support/sensor-events.js';

describe('WatchedSensors', () => {
  it('puts a sensor together from its events', () => {
    const sensors = new WatchedSensors(() => 42);
    const start = fakeStart();
    const reading = fakeReading(1, [{ frames: 10 }], { gaps: [fakeSensorGap(40)] });
    const end = fakeEnd(2);
    for (const event of [start, reading, end]) assert.equal(sensors.take(event), true);
    assert.deepEqual(sensors.all, [
      {
        start,
        reading,
        end,
        heardMs: 42,
        gaps: [fakeSensorGap(40)],
        gapsOmitted: 0,
        history: [{ timeMs: START_MS + 1000, writtenBytes: null, interfaces: [[10, 0, 0, 0]] }],
        others: [],
      },
    ]);
  });

  it('passes on what was news, and nothing else', () => {
    const sensors = new WatchedSensors();
    const heard: SensorEvent[] = [];
    const forget = sensors.onEvent((event) => heard.push(event));
    const news = [fakeStart(), fakeReading(5, [{}]), fakeEnd(6)];
    assert.equal(sensors.take(fakeReading(1, [{}])), false, 'of a sensor nobody knows');
    for (const event of news) sensors.take(event);
    assert.equal(sensors.take(fakeReading(4, [{}])), false, 'older than the last');
    assert.equal(sensors.take(fakeReading(9, [{}], { run: 'run 0' })), false, 'of another run');
    assert.equal(sensors.take(fakeEnd(9)), false, 'a second end');
    assert.equal(sensors.take(fakeStart()), false, 'the same start');
    forget();
    sensors.take(fakeStart({ sensor: 'tap2' }));
    assert.deepEqual(heard, news);
  });

  it('begins anew with the next run of a sensor, and keeps sensors apart', () => {
    const sensors = new WatchedSensors();
    sensors.take(fakeStart());
    sensors.take(fakeStart({ sensor: 'tap2' }));
    sensors.take(fakeReading(1, [{ frames: 7 }], { gaps: [fakeSensorGap(1)] }));
    sensors.take(fakeStart({ run: 'run 2', timeMs: START_MS + 60_000 }));
    const [first, second] = sensors.all;
    assert.deepEqual(first!.gaps, []);
    assert.equal(first!.reading, null);
    assert.equal(second!.start.sensor, 'tap2');
  });

  it('keeps the last 200 gaps and says how many there were beside them', () => {
    const sensors = new WatchedSensors();
    sensors.take(fakeStart());
    for (let i = 1; i <= 30; i++) {
      const gaps = Array.from({ length: 20 }, (_, k) => fakeSensorGap(i * 100 + k));
      sensors.take(fakeReading(i, [{}], { gaps, gapsOmitted: 3 }));
    }
    const [{ gaps, gapsOmitted }] = sensors.all as [(typeof sensors.all)[number]];
    assert.equal(gaps.length, 200);
    assert.equal(gaps.at(-1)!.lost, 3_019);
    assert.equal(gaps[0]!.lost, 2_100);
    assert.equal(gapsOmitted, 30 * 23 - 200);
  });

  it('has one point a second, however often readings come, and no peak gets lost', () => {
    const sensors = new WatchedSensors();
    sensors.take(fakeStart());
    for (let i = 0; i <= 40; i++) {
      sensors.take(fakeReading(i / 4, [{ frames: i, peakFill: i === 21 ? 0.9 : 0.1 }]));
    }
    const { history } = sensors.all[0]!;
    assert.deepEqual(
      history.map(({ timeMs }) => (timeMs - START_MS) / 1000),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    assert.deepEqual(history[6]!.interfaces, [[24, 0, 0.9, 24 - 24]]);
  });

  it('forgets readings older than ten minutes, and earlier where there are many sensors', () => {
    const sensors = new WatchedSensors();
    sensors.take(fakeStart());
    for (let i = 0; i < 700; i++) sensors.take(fakeReading(i, [{}]));
    assert.equal(sensors.all[0]!.history.length, 600);
    const names = Array.from({ length: 400 }, (_, i) => `eth${i}`);
    sensors.take(fakeStart({ sensor: 'tap2' }, names));
    sensors.take(fakeReading(700, [{}]));
    assert.equal(sensors.all[0]!.history.length, Math.floor(60_000 / 401));
  });

  it('keeps no more of a large fleet however long it goes on', () => {
    const sensors = new WatchedSensors();
    const names = Array.from({ length: 1_000 }, (_, i) => `eth${i}`);
    for (let i = 0; i < 20; i++) sensors.take(fakeStart({ sensor: `wide${i}` }, names));
    for (let second = 0; second < 30; second++) {
      for (let i = 0; i < 20; i++) {
        sensors.take(fakeReading(second, new Array(1_000).fill({}), { sensor: `wide${i}` }));
      }
    }
    for (const { history } of sensors.all) assert.equal(history.length, 20);
    const many = new WatchedSensors();
    const of = (i: number): { sensor: string } => ({ sensor: `tap${i}` });
    for (let i = 0; i < 1_000; i++) many.take(fakeStart(of(i)));
    for (let second = 0; second < 20; second++) {
      const gaps = Array.from({ length: 20 }, () => fakeSensorGap(second + 1));
      for (let i = 0; i < 1_000; i++) {
        many.take(fakeReading(second, [{}], { ...of(i), gaps, gapsOmitted: 480 }));
      }
    }
    for (const { gaps, gapsOmitted } of many.all) {
      assert.equal(gaps.length, 100);
      assert.equal(gapsOmitted, 20 * 500 - 100);
      assert.equal(gaps.at(-1)!.lost, 20, 'the latest are kept');
    }
  });

  it('takes over what another watcher knows, by its own clock', () => {
    const server = new WatchedSensors(() => 1_000);
    server.take(fakeStart());
    server.take(fakeReading(1, [{}], { gaps: [fakeSensorGap(4)] }));
    const page = new WatchedSensors(() => 5_000);
    page.take(fakeStart({ sensor: 'gone' }));
    page.restore(JSON.parse(JSON.stringify(server.picture)));
    assert.deepEqual(page.all, [{ ...server.all[0]!, heardMs: 5_000 }]);
    page.take(fakeReading(2, [{}], { gaps: [fakeSensorGap(5)] }));
    assert.equal(server.all[0]!.gaps.length, 1, 'the lists are its own');
  });
});
