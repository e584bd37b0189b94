import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../../src/core/errors.js';
import { InterfacePresence, type LinkState } from '../../../src/source/interface-presence.js';

const down = new SystemCallError('ENETDOWN', 'down', { syscall: 'poll', errno: 100 });

/** A presence whose system and clock the test holds; and how often the system was asked. */
function watched(state: LinkState) {
  const world = { state, nowMs: 0, looks: 0 };
  const look = (): LinkState => {
    world.looks++;
    return world.state;
  };
  const presence = new InterfacePresence({ ifindex: 7, name: 'eth7' }, look, () => world.nowMs);
  return { presence, world };
}

function isGone(error: unknown): boolean {
  return error instanceof SystemCallError && error.code === 'ENODEV' && /eth7/.test(error.message);
}

describe('InterfacePresence', () => {
  it('asks nobody while nothing was said to be down', () => {
    const { presence, world } = watched({ up: true });
    presence.check();
    assert.equal(world.looks, 0);
  });

  it('leaves an error as it is where the interface is only down', () => {
    const { presence } = watched({ up: false });
    assert.equal(presence.explain(down), down);
  });

  it('takes one with frames of another kind for another interface', () => {
    let linkType = 1;
    const target = { ifindex: 7, name: 'eth7', linkType };
    const presence = new InterfacePresence(target, () => ({ up: true, linkType }));
    assert.equal(presence.explain(down), down);
    linkType = 101;
    assert.throws(() => {
      throw presence.explain(down);
    }, isGone);
  });

  it('leaves other errors alone', () => {
    const { presence, world } = watched(undefined);
    const other = new SystemCallError('ENOBUFS', 'no room', { syscall: 'poll', errno: 105 });
    assert.equal(presence.explain(other), other);
    assert.equal(world.looks, 0);
  });

  it('says that an interface is gone at once where it is', () => {
    const { presence } = watched(undefined);
    assert.ok(isGone(presence.explain(down)));
  });

  it('notices that one is removed while it is down, with a look now and then', () => {
    const { presence, world } = watched({ up: false });
    presence.explain(down);
    world.state = undefined;
    world.nowMs = 199;
    presence.check();
    assert.equal(world.looks, 1);
    world.nowMs = 200;
    assert.throws(() => presence.check(), isGone);
  });

  it('stops looking when the interface is up again', () => {
    const { presence, world } = watched({ up: false });
    presence.explain(down);
    world.state = { up: true };
    world.nowMs = 200;
    presence.check();
    world.nowMs = 10_000;
    presence.check();
    assert.equal(world.looks, 2);
  });
});
