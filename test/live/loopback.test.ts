import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameFlags } from '../../src/core/frame.js';
import { openLive } from '../../src/source/live-source.js';
import { setLinkUp } from '../../src/sys/rtnetlink.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';

const skip = liveSkip();
if (skip === false) {
  enterOwnNamespace();
  setLinkUp('lo');
}

const DATAGRAMS = 5;

async function sendDatagrams(): Promise<void> {
  const socket = createSocket('udp4');
  const receiver = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  for (let i = 0; i < DATAGRAMS; i++) {
    await new Promise((resolve) => socket.send(`datagram ${i}`, port, '127.0.0.1', resolve));
  }
  await sleep(30);
  socket.close();
  receiver.close();
}

describe('a loopback interface', { skip }, () => {
  for (const engine of ['ring', 'socket'] as const) {
    for (const interfaceName of ['lo', 'any']) {
      it(`gives each frame once, as received (${interfaceName}, ${engine})`, async () => {
        using source = openLive({ interfaceName, engine, retireMs: 5 });
        await sendDatagrams();
        source.stop();
        let frames = 0;
        while (!source.ended) {
          const batch = source.read(20);
          while (batch.next()) {
            frames++;
            assert.equal(batch.flags & FrameFlags.Direction, FrameFlags.Inbound);
          }
        }
        assert.equal(frames, DATAGRAMS);
        assert.equal(source.counters(0)?.received, DATAGRAMS);
      });
    }
  }
});
