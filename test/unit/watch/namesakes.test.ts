import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SensorEvent } from '../../../src/watch/sensor-event.js';
import { WatchedSensors } from '../../../src/watch/watched-sensors.js';
import { fakeEnd, fakeReading, fakeStart, START_MS } from '../../support/sensor-events.js';

/** A watcher whose clock is set by hand: seconds since the first start. */
class Watched {
  seconds = 0;
  readonly told: SensorEvent[] = [];
  readonly sensors: WatchedSensors = new WatchedSensors(() => START_MS + this.seconds * 1000);

  constructor() {
    this.sensors.onEvent((event) => this.told.push(event));
  }

  take(seconds: number, ...events: readonly SensorEvent[]): void {
    this.seconds = seconds;
    for (const event of events) this.sensors.take(event);
  }

  get shown() {
    return this.sensors.of('tap1')!;
  }
}

const first = (seconds: number, frames: number, dropped = 0): SensorEvent =>
  fakeReading(seconds, [{ frames, dropped }], { run: 'first' });
const second = (seconds: number, frames: number): SensorEvent =>
  fakeReading(seconds, [{ frames }], { run: 'second' });

describe('captures under one name', () => {
  it('are told from one another: the last to begin is shown, the other is counted beside it', () => {
    const watched = new Watched();
    watched.take(0, fakeStart({ run: 'first' }), first(0, 5));
    watched.take(10, fakeStart({ run: 'second', timeMs: START_MS + 10_000 }));
    for (let s = 11; s < 16; s++) watched.take(s, first(s, s * 10, 7), second(s, s));
    assert.equal(watched.shown.start.run, 'second');
    assert.equal(watched.shown.reading!.interfaces[0]!.frames, 15);
    assert.deepEqual(watched.shown.others, [
      { run: 'first', isOver: false, heardMs: START_MS + 15_000, frames: 150, lost: 7 },
    ]);
    const copy = new WatchedSensors(() => START_MS + 115_000);
    copy.restore(watched.sensors.picture);
    assert.equal(copy.of('tap1')!.others[0]!.heardMs, START_MS + 115_000);
  });

  it('are not seen where an earlier run is told late, all at once or as fast as it can be sent', () => {
    const watched = new Watched();
    watched.take(0, fakeStart({ run: 'first' }));
    watched.take(900, fakeStart({ run: 'second', timeMs: START_MS + 900_000 }));
    for (let s = 1; s < 600; s++) watched.take(901 + s / 50, first(s, s), second(901 + s / 50, s));
    assert.deepEqual(watched.shown.others, []);
    // Nor where it had just died.
    watched.take(920, first(600, 600));
    watched.take(922, first(602, 602));
    assert.deepEqual(watched.shown.others, []);
  });

  it('give the name back: who goes on is shown when the other ended or died', () => {
    for (const isEnded of [true, false]) {
      const watched = new Watched();
      watched.take(0, fakeStart({ run: 'first' }));
      watched.take(10, fakeStart({ run: 'second', timeMs: START_MS + 10_000 }));
      for (let s = 11; s < 16; s++) watched.take(s, first(s, s * 10), second(s, s));
      if (isEnded) watched.take(16, fakeEnd(16, { run: 'second' }));
      for (let s = 16; s < 25; s++) watched.take(s, first(s, s * 10));
      assert.equal(watched.shown.start.run, 'first');
      assert.equal(watched.shown.reading!.interfaces[0]!.frames, 240);
      const starts = watched.told.filter(({ kind }) => kind === 'start').map(({ run }) => run);
      assert.deepEqual(starts, ['first', 'second', 'first']);
    }
  });

  it('are over when they say so', () => {
    const watched = new Watched();
    watched.take(0, fakeStart({ run: 'first' }));
    watched.take(10, fakeStart({ run: 'second', timeMs: START_MS + 10_000 }));
    for (let s = 11; s < 16; s++) watched.take(s, first(s, s * 10), second(s, s));
    watched.take(16, fakeEnd(16, { run: 'first' }));
    assert.equal(watched.shown.others[0]!.isOver, true);
    watched.take(17, fakeEnd(17, { run: 'second' }));
    watched.take(18, first(18, 180));
    assert.equal(watched.shown.start.run, 'second');
  });

  it('cost no more memory however many there are', () => {
    const watched = new Watched();
    watched.take(0, fakeStart());
    for (let i = 0; i < 1_000; i++) {
      for (let s = 0; s < 5; s++) {
        watched.take(i + s, fakeReading(i + s, [{ frames: 1 }], { run: `other ${i}` }));
      }
    }
    assert.ok(watched.shown.others.length <= 16);
  });
});
