import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toFleetJson } from '../../../src/fleet/fleet-json.js';
import type { FleetEvent } from '../../../src/fleet/fleet-message.js';
import { FleetState } from '../../../src/fleet/fleet-state.js';
import { fleetText } from '../../../src/fleet/fleet-text.js';
import type { SensorReading, SensorStart } from '../../../src/watch/sensor-event.js';

const T = 1_795_355_060_000;
const noGaps = { gaps: 0, lost: 0, sizes: [] };

function start(sensor: string, timeMs = T, run = `${sensor}-run`): SensorStart {
  const interfaces = [{ id: 0, name: 'eth0', description: null }];
  return { kind: 'start', sensor, run, timeMs, version: '0.1.0', interfaces };
}

function reading(
  sensor: string,
  timeMs: number,
  frames: number,
  lost: number,
  run = `${sensor}-run`,
): SensorReading {
  return {
    kind: 'reading',
    sensor,
    run,
    timeMs,
    interfaces: [
      {
        id: 0,
        frames,
        received: frames + lost,
        dropped: lost,
        exact: { gaps: lost > 0 ? 1 : 0, lost, sizes: [] },
        bounded: noGaps,
        lastGapMs: lost > 0 ? timeMs : null,
        fill: 0.25,
        peakFill: 0.5,
        interfaceReceived: null,
        interfaceDropped: null,
      },
    ],
    backlogDropped: null,
    writtenBytes: null,
    file: null,
    fileNumber: null,
    gaps: [],
    gapsOmitted: 0,
  };
}

/** A fleet with the numbering that sensors do. */
class Fleet {
  readonly state = new FleetState();
  readonly #numbers = new Map<string, number>();

  tell(event: FleetEvent, delayMs = 3, lost: readonly [number, number] = [0, 0]): boolean {
    const number = (this.#numbers.get(event.run) ?? 0) + 1;
    this.#numbers.set(event.run, number);
    return this.again(event, number, delayMs, lost);
  }

  again(
    event: FleetEvent,
    number: number,
    delayMs = 3,
    lost: readonly [number, number] = [0, 0],
  ): boolean {
    const [lostMessages, lostGaps] = lost;
    const message = { version: 1, number, lostMessages, lostGaps, event } as const;
    return this.state.take(message, event.timeMs + delayMs);
  }
}

describe('FleetState', () => {
  it('says who is losing frames, how fast, and since when', () => {
    const fleet = new Fleet();
    fleet.tell(start('calm'));
    fleet.tell(start('leaky'));
    for (let second = 0; second <= 8; second++) {
      fleet.tell(reading('calm', T + second * 1000, second * 500, 0));
      fleet.tell(reading('leaky', T + second * 1000, second * 800, Math.max(0, second - 5) * 200));
    }
    const [first, second] = fleet.state.picture(T + 8500);
    assert.equal(first!.watched.start.sensor, 'leaky');
    assert.equal(first!.condition, 'running');
    assert.equal(first!.interfaces[0]!.lost, 600);
    assert.equal(first!.interfaces[0]!.lostPerSecond, 200);
    assert.equal(first!.interfaces[0]!.framesPerSecond, 800);
    assert.equal(first!.interfaces[0]!.losingSinceMs, T + 5000);
    assert.equal(second!.interfaces[0]!.losingSinceMs, null);
    assert.equal(second!.interfaces[0]!.lost, 0);
  });

  it('says no longer that it loses when ten seconds went by without loss', () => {
    const fleet = new Fleet();
    fleet.tell(start('a'));
    for (let second = 0; second <= 14; second++) {
      fleet.tell(reading('a', T + second * 1000, second, second >= 2 ? 50 : 0));
    }
    const [sensor] = fleet.state.picture(T + 14_000);
    assert.equal(sensor!.interfaces[0]!.losingSinceMs, null);
    assert.equal(sensor!.interfaces[0]!.lost, 50);
  });

  it('counts nothing twice, whatever comes again and late', () => {
    const fleet = new Fleet();
    fleet.tell(start('a'));
    fleet.tell(reading('a', T + 1000, 10, 1));
    fleet.tell(reading('a', T + 2000, 20, 2));
    assert.equal(fleet.again(reading('a', T + 1000, 10, 1), 2), false);
    assert.equal(fleet.again(start('a'), 1), false);
    const [sensor] = fleet.state.picture(T + 2000);
    assert.equal(sensor!.interfaces[0]!.frames, 20);
    assert.equal(sensor!.interfaces[0]!.lost, 2);
  });

  it('knows a sensor that fell silent from one that ended', () => {
    const fleet = new Fleet();
    for (const name of ['dead', 'done']) {
      fleet.tell(start(name));
      fleet.tell(reading(name, T + 1000, 10, 0));
    }
    fleet.tell({
      kind: 'end',
      sensor: 'done',
      run: 'done-run',
      timeMs: T + 1500,
      reason: 'stopped',
    });
    const before = fleet.state.picture(T + 5000);
    assert.deepEqual(
      before.map(({ condition }) => condition),
      ['running', 'ended'],
    );
    const after = fleet.state.picture(T + 20_000);
    assert.deepEqual(
      after.map(({ condition }) => condition),
      ['silent', 'ended'],
    );
  });

  it('judges silence by the server’s clock, and says how far a sensor’s own is off', () => {
    const fleet = new Fleet();
    const hour = 3_600_000;
    fleet.tell(start('ahead', T + hour), -hour + 20);
    fleet.tell(reading('ahead', T + hour + 1000, 10, 0), -hour + 5);
    fleet.tell(start('behind', T - hour), hour + 20);
    fleet.tell(reading('behind', T - hour + 1000, 10, 0), hour + 5);
    const picture = fleet.state.picture(T + 2000);
    assert.deepEqual(
      picture.map(({ watched, condition, clockAheadMs }) => [
        watched.start.sensor,
        condition,
        clockAheadMs,
      ]),
      [
        ['ahead', 'running', hour - 5],
        ['behind', 'running', -hour - 5],
      ],
    );
    const text = fleetText(picture, { nowMs: T + 2000 });
    assert.match(text, /ahead .* clock 1 h 0 min ahead/);
    assert.match(text, /behind .* clock 1 h 0 min behind/);
  });

  it('begins anew with a sensor’s next run', () => {
    const fleet = new Fleet();
    fleet.tell(start('a'));
    fleet.tell(reading('a', T + 1000, 1000, 30), 3, [4, 9]);
    fleet.tell(start('a', T + 5000, 'next'));
    fleet.tell(reading('a', T + 1500, 1200, 40));
    const [sensor] = fleet.state.picture(T + 5000);
    assert.equal(sensor!.watched.start.run, 'next');
    assert.equal(sensor!.interfaces[0]!.frames, 0);
    assert.equal(sensor!.lostMessages, 0);
  });

  it('begins anew although the sensor’s clock was set back, and takes no earlier start for a new one', () => {
    const fleet = new Fleet();
    fleet.tell(start('a', T + 7_200_000, 'first'), -7_200_000);
    fleet.tell(reading('a', T + 7_201_000, 1000, 30, 'first'), -7_200_000);
    fleet.tell(start('a', T + 5000, 'second'));
    fleet.tell(reading('a', T + 6000, 70, 0, 'second'));
    // Told once more, as every hour, or by a spool that was left.
    fleet.tell(start('a', T + 7_200_000, 'first'), -7_190_000);
    fleet.tell(start('a', T + 5000, 'second'), 6000);
    const [sensor] = fleet.state.picture(T + 7000);
    assert.equal(sensor!.watched.start.run, 'second');
    assert.equal(sensor!.interfaces[0]!.frames, 70);
    assert.equal(sensor!.clockAheadMs, -3);
  });

  it('knows a run whose first messages reached the server late', () => {
    const fleet = new Fleet();
    fleet.again(reading('a', T + 1000, 10, 0), 2);
    assert.equal(fleet.again(start('a'), 1), true);
    fleet.again(reading('a', T + 2000, 20, 0), 3);
    const [sensor] = fleet.state.picture(T + 2000);
    assert.equal(sensor!.interfaces[0]!.frames, 20);
  });

  it('has the past of a run whose start is told once more in the middle of it', () => {
    const fleet = new Fleet();
    fleet.state.foresee(start('a', T - 3_600_000));
    for (let second = 0; second < 5; second++) {
      fleet.tell(reading('a', T + second * 1000, second * 100, 0));
    }
    fleet.tell(start('a', T - 3_600_000), 3_606_000);
    fleet.state.caughtUp();
    const [sensor] = fleet.state.picture(T + 5000);
    assert.equal(sensor!.watched.history.length, 5);
    assert.equal(sensor!.interfaces[0]!.frames, 400);
  });

  it('tells what a sensor had to throw away', () => {
    const fleet = new Fleet();
    fleet.tell(start('a'));
    fleet.tell(reading('a', T + 1000, 1000, 30), 3, [12, 345]);
    const picture = fleet.state.picture(T + 1000);
    assert.match(
      fleetText(picture, { nowMs: T + 1000 }),
      /12 messages lost at the sensor, 345 gaps in them/,
    );
    const json = toFleetJson(picture, T + 1000);
    assert.equal(json.sensors[0]!.lostMessages, 12);
    assert.equal(json.sensors[0]!.lostGaps, 345);
  });

  it('says that two captures have one name, and adds nothing of one to the other', () => {
    const fleet = new Fleet();
    fleet.tell(start('a', T, 'first'));
    fleet.tell(start('a', T + 10_000, 'second'));
    for (let s = 11; s < 16; s++) {
      fleet.tell(reading('a', T + s * 1000, s * 100, 7, 'first'));
      fleet.tell(reading('a', T + s * 1000 + 1, s, 2, 'second'));
    }
    const nowMs = T + 15_500;
    const json = toFleetJson(fleet.state.picture(nowMs), nowMs);
    assert.equal(json.sensors.length, 1);
    assert.equal(json.sensors[0]!.frames, 15);
    assert.equal(json.sensors[0]!.lost, 2);
    assert.deepEqual(
      json.sensors[0]!.others.map(({ run, condition, frames, lost }) => [
        ...[run, condition, frames, lost],
      ]),
      [['first', 'running', 1500, 7]],
    );
    const text = fleetText(fleet.state.picture(nowMs), { nowMs });
    assert.match(
      text,
      /2 runs under the name a: the others, 1,500 frames, 7 lost, aren't in these/,
    );
    const later = fleetText(fleet.state.picture(nowMs + 60_000), { nowMs: nowMs + 60_000 });
    assert.match(
      later,
      /another run under this name, 1,500 frames, 7 lost, isn't in these numbers/,
    );
  });

  it('recalls a sensor that has been silent for long', () => {
    const state = new FleetState();
    const wrap = (event: FleetEvent, number: number) =>
      ({ version: 1, number, lostMessages: 0, lostGaps: 0, event }) as const;
    state.recall(wrap(start('old'), 1), T);
    state.recall(wrap(reading('old', T + 1000, 77, 3), 900), T + 1000);
    const [sensor] = state.picture(T + 3_600_000);
    assert.equal(sensor!.condition, 'silent');
    assert.equal(sensor!.interfaces[0]!.lost, 3);
    // What comes one by one afterwards isn't taken for known.
    assert.equal(state.take(wrap(reading('old', T + 2000, 80, 3), 901), T + 2000), true);
  });
});

describe('fleetText', () => {
  it('fits a terminal, and says what is left out', () => {
    const fleet = new Fleet();
    for (const name of ['a', 'b', 'c', 'd']) {
      fleet.tell(start(name));
      fleet.tell(reading(name, T + 1000, 10, 0));
    }
    const text = fleetText(fleet.state.picture(T + 1000), {
      nowMs: T + 1000,
      columns: 30,
      lines: 4,
    });
    const lines = text.split('\n');
    assert.equal(lines.length, 4);
    assert.ok(lines.every((line) => line.length <= 30));
    assert.equal(lines.at(-1), 'and 2 more sensors');
  });

  it('says of which sensor interfaces are left out, and that there are sensors beyond all limits', () => {
    const fleet = new Fleet();
    const interfaces = [0, 1, 2].map((id) => ({ id, name: `eth${id}`, description: null }));
    for (const name of ['a', 'b', 'c']) fleet.tell({ ...start(name), interfaces });
    const picture = fleet.state.picture(T + 1000);
    const text = fleetText(picture, { nowMs: T + 1000, lines: 7, leftOut: 1_200 });
    const lines = text.split('\n');
    assert.equal(lines.length, 7);
    assert.deepEqual(lines.slice(-2), [
      'and 2 more interfaces of b, 1 more sensor',
      '1,200 sensors left out: too many.',
    ]);
  });

  it('says that the server is away, within the terminal too', () => {
    const fleet = new Fleet();
    for (const name of ['a', 'b', 'c']) {
      fleet.tell(start(name));
      fleet.tell(reading(name, T + 1000, 10, 0));
    }
    const picture = fleet.state.picture(T + 1000);
    const all = fleetText(picture, { nowMs: T + 1000, isAway: true });
    assert.match(all, /^The NATS server is away; this is the state before\.\nsensor /);
    const few = fleetText(picture, { nowMs: T + 1000, isAway: true, columns: 20, lines: 4 });
    assert.equal(few.split('\n').length, 4);
    assert.ok(few.split('\n').every((line) => line.length <= 20));
  });

  it('lines up, shows no control character, and says where there is nothing', () => {
    assert.equal(fleetText([], { nowMs: T }), 'No sensor has told anything yet.');
    const fleet = new Fleet();
    fleet.tell(start('evil\x1b[31m'));
    fleet.tell(reading('evil\x1b[31m', T + 1000, 10, 1));
    const text = fleetText(fleet.state.picture(T + 1000), { nowMs: T + 1000 });
    assert.ok(!text.includes('\x1b'));
    assert.match(text, /^sensor {7,}interface {2}state/);
  });
});
