import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { DialledSockets } from '../../../src/fleet/dialled-sockets.js';

/** What Node says when a client socket is made. */
function makeSocket(): Socket {
  const socket = new Socket();
  channel('net.client.socket').publish({ socket });
  return socket;
}

describe('DialledSockets', () => {
  it('ends what is on its way, also what was begun later, and leaves what is there', async () => {
    const dialled = new DialledSockets();
    const [now, later, there] = await dialled.during(async () => {
      const first = makeSocket();
      await Promise.resolve();
      return [first, makeSocket(), makeSocket()] as const;
    });
    there.emit('connect');
    dialled.end();
    assert.deepEqual([now.destroyed, later.destroyed, there.destroyed], [true, true, false]);
  });

  it('leaves the sockets of others alone, and all that are made after its end', () => {
    const [one, other] = [new DialledSockets(), new DialledSockets()];
    const before = makeSocket();
    const ofOther = other.during(makeSocket);
    const between = makeSocket();
    one.end();
    assert.deepEqual(
      [before.destroyed, ofOther.destroyed, between.destroyed],
      [false, false, false],
    );
    other.end();
    assert.equal(ofOther.destroyed, true);
    assert.equal(other.during(makeSocket).destroyed, false);
    other.end();
  });
});
