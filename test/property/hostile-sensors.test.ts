/** What the network may bring under the name of a fleet's message: nothing of it harms a watcher. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printableJson } from '../../src/cli/terminal-guard.js';
import { toFleetJson } from '../../src/fleet/fleet-json.js';
import { parseFleetMessage } from '../../src/fleet/fleet-message.js';
import { FleetState } from '../../src/fleet/fleet-state.js';
import { subjectOf } from '../../src/fleet/fleet-subject.js';
import { fleetText } from '../../src/fleet/fleet-text.js';
import type { SensorStart } from '../../src/watch/sensor-event.js';
import { MOST_INTERFACES, MOST_SENSORS } from '../../src/watch/watched-sensors.js';
import fc from '../support/fixed-check.js';
import { findHarm, HOSTILE_TEXTS } from '../support/hostile-text.js';
import {
  fakeEnd,
  fakeReading,
  fakeSensorGap,
  fakeStart,
  START_MS,
} from '../support/sensor-events.js';

const texts = HOSTILE_TEXTS.map((bytes) => Buffer.from(bytes).toString('utf8'));
const wrong: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...texts, '', 'x'.repeat(300), null, true, [], {}, { __proto__: null }),
  fc.constantFrom(-1, 0.5, 1e308, 2 ** 53, 8.64e15 + 1, Number.MAX_SAFE_INTEGER, -0),
  fc.jsonValue(),
);
const step = fc.record({
  event: fc.nat({ max: 3 }),
  /** Which of all values in the event, however deep, is exchanged for what; none: a whole one. */
  changes: fc.array(fc.tuple(fc.nat(), wrong), { maxLength: 3 }),
  number: fc.oneof(fc.nat({ max: 50 }), fc.maxSafeNat()),
  serverMs: fc.oneof(fc.nat(), fc.constant(START_MS)),
});

/** Each event that a sensor sends, in its every part. */
function wholeEvents(): unknown[] {
  const gap = fakeSensorGap(7, { file: 'x.pcapng', ring: 1 });
  const rings = [{ ring: 0, received: 5, dropped: 1, fill: 0.5 }];
  const { sensor, run, timeMs } = fakeStart();
  return [
    fakeStart({}, ['eth0', 'eth1']),
    fakeReading(1, [{ rings }, {}], { gaps: [gap], file: 'x.pcapng', fileNumber: 1 }),
    { kind: 'gaps', sensor, run, timeMs, interfaceName: 'eth0', gaps: [gap] },
    fakeEnd(2),
  ];
}

/** Exchanges the value at a position, counted over all members of all objects within. */
function exchange(root: object, position: number, value: unknown): void {
  const places: [object, string][] = [];
  const visit = (one: object): void => {
    for (const [key, inner] of Object.entries(one)) {
      places.push([one, key]);
      if (typeof inner === 'object' && inner !== null) visit(inner);
    }
  };
  visit(root);
  const place = places[position % places.length];
  if (place === undefined) return;
  Object.defineProperty(place[0], place[1], { value, enumerable: true, writable: true });
}

describe("a fleet's messages", () => {
  it('can hold anything anywhere: none throws, and nothing of them reaches a terminal raw', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const state = new FleetState();
        for (const { event: which, changes, number, serverMs } of steps) {
          const event = structuredClone(wholeEvents()[which]) as object;
          for (const [position, value] of changes) exchange(event, position, value);
          const text = JSON.stringify({ version: 1, number, lostMessages: 1, lostGaps: 1, event });
          const message = parseFleetMessage(text);
          if (message === undefined) continue;
          assert.equal(subjectOf(message.event).split('.').length, 4);
          state.take(message, serverMs);
          state.recall(message, serverMs);
        }
        const picture = state.picture(START_MS);
        const json = toFleetJson(picture, START_MS);
        assert.equal(findHarm(Buffer.from(fleetText(picture, { nowMs: START_MS }))), undefined);
        assert.equal(findHarm(Buffer.from(printableJson(json))), undefined);
        for (const { frames, lost, gaps } of json.sensors) {
          for (const count of [frames, lost, gaps]) assert.ok(Number.isFinite(count) && count >= 0);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('are taken as a sensor sends them, whatever their names are', () => {
    const state = new FleetState();
    for (const [i, name] of texts.entries()) {
      for (const event of [
        fakeStart({ sensor: name }, [name]),
        fakeReading(1, [{}], { sensor: name }),
      ]) {
        const text = JSON.stringify({ version: 1, number: 1, lostMessages: 0, lostGaps: 0, event });
        const message = parseFleetMessage(text);
        assert.deepEqual(message?.event, event);
        state.recall(message!, START_MS + i);
      }
    }
    const picture = state.picture(START_MS);
    assert.equal(picture.length, texts.length);
    assert.equal(findHarm(Buffer.from(fleetText(picture, { nowMs: START_MS }))), undefined);
  });

  it('that come without what belongs in them are none', () => {
    for (const event of wholeEvents() as object[]) {
      for (const member of Object.keys(event)) {
        const without: Record<string, unknown> = { ...event };
        delete without[member];
        const envelope = { version: 1, number: 1, lostMessages: 0, lostGaps: 0, event: without };
        assert.equal(parseFleetMessage(JSON.stringify(envelope)), undefined, member);
      }
    }
  });

  it('of ever new sensors take bounded memory; idle sensors make room, running ones never', () => {
    const state = new FleetState();
    let number = 0;
    const begin = (sensor: string, serverMs: number, interfaces = 1): void => {
      const names = Array.from({ length: interfaces }, (_, i) => `eth${i}`);
      const event: SensorStart = fakeStart({ sensor, run: sensor }, names);
      state.take({ version: 1, number: ++number, lostMessages: 0, lostGaps: 0, event }, serverMs);
    };
    for (let i = 0; i < MOST_SENSORS + 1_000; i++) begin(`sensor ${i}`, START_MS);
    assert.equal(state.sensors.size, MOST_SENSORS);
    assert.equal(state.sensors.leftOut, 1_000);
    assert.equal(state.sensors.of('sensor 0')?.start.sensor, 'sensor 0');
    const later = START_MS + 601_000;
    const reading = fakeReading(600, [{}], { sensor: 'sensor 7', run: 'sensor 7' });
    state.take({ version: 1, number: 99_999, lostMessages: 0, lostGaps: 0, event: reading }, later);
    begin('late', later);
    assert.equal(state.sensors.size, MOST_SENSORS);
    assert.ok(state.sensors.of('late'));
    assert.ok(state.sensors.of('sensor 7'));
    assert.equal(state.sensors.of('sensor 0'), undefined);
    for (let i = 0; i < 100; i++) begin(`wide ${i}`, later, 1_000);
    const kept = state.sensors.all.reduce((sum, { start }) => sum + start.interfaces.length, 0);
    assert.ok(kept <= MOST_INTERFACES, `${kept} interfaces`);
    assert.equal(state.picture(later).length, state.sensors.size);
  });
});
