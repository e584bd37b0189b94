import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServerClock } from '../../../src/fleet/server-clock.js';

const SERVER = 5_000_000;

describe('ServerClock', () => {
  function clockFrom(ownMs: number): { clock: ServerClock; to(ms: number): void } {
    let monotonicMs = 1_000;
    const clock = new ServerClock(
      () => monotonicMs,
      () => ownMs,
    );
    return {
      clock,
      to: (ms) => {
        monotonicMs = 1_000 + ms;
      },
    };
  }

  it('takes our clock for the server’s until something has come', () => {
    const { clock, to } = clockFrom(SERVER);
    to(250);
    assert.equal(clock.nowMs, SERVER + 250);
  });

  it('believes the messages that come, not our clock', () => {
    const { clock, to } = clockFrom(SERVER + 7_200_000);
    to(100);
    clock.take(SERVER + 90, false);
    assert.equal(clock.nowMs, SERVER + 90);
  });

  it('isn’t turned back by messages that waited for us', () => {
    const { clock, to } = clockFrom(SERVER);
    clock.take(SERVER, false);
    to(600_000);
    // Of ten minutes without a connection: what comes now was told at its beginning.
    for (let i = 1; i <= 10; i++) clock.take(SERVER + i * 1_000, false);
    assert.equal(clock.nowMs, SERVER + 600_000);
  });

  it('learns nothing from the past, but that it isn’t the future', () => {
    const { clock } = clockFrom(SERVER);
    clock.take(SERVER - 60_000, true);
    assert.equal(clock.nowMs, SERVER);
    clock.take(SERVER + 60_000, true);
    assert.equal(clock.nowMs, SERVER + 60_000);
  });

  it('believes a server whose clock was set back, two minutes later', () => {
    const { clock, to } = clockFrom(SERVER);
    for (let second = 0; second <= 125; second++) {
      to(second * 1_000);
      clock.take(SERVER + second * 1_000 - (second > 0 ? 30_000 : 0), false);
    }
    assert.equal(clock.nowMs, SERVER + 95_000);
  });
});
