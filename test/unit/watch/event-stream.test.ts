import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import {
  createServer,
  get,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStream } from '../../../src/watch/event-stream.js';

/** A client that takes what it takes. */
class FakeResponse extends EventEmitter {
  writableNeedDrain = false;
  writableLength = 0;
  destroyed = false;
  get asResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }
  writeHead(): void {}
  write(): boolean {
    return !this.writableNeedDrain;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

describe('EventStream', () => {
  let server: Server;
  let stream: EventStream;
  let nowMs = 0;
  before(async () => {
    server = createServer((_, response) => stream.add(response, 'first', { n: 0 }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const connect = async (): Promise<IncomingMessage> => {
    const { port } = server.address() as AddressInfo;
    const request = get({ port, host: '127.0.0.1', agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    return response;
  };
  const eventually = async (what: () => boolean): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (!what()) {
      assert.ok(performance.now() < deadline, 'it never came');
      await sleep(5);
    }
  };

  it('gives a client its first event, then each that follows', async () => {
    stream = new EventStream();
    const response = await connect();
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await eventually(() => stream.clientCount === 1);
    stream.send('news', { text: 'one\ntwo' });
    stream.keepAlive();
    stream.end();
    await once(response, 'end');
    assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(
      text,
      'retry: 2000\nevent: first\ndata: {"n":0}\n\nevent: news\ndata: {"text":"one\\ntwo"}\n\n:\n\n',
    );
    await eventually(() => stream.clientCount === 0);
  });

  it('forgets a client that went away', async () => {
    stream = new EventStream();
    const response = await connect();
    assert.equal(stream.clientCount, 1);
    response.destroy();
    await eventually(() => stream.clientCount === 0);
  });

  it('cuts off a client that takes nothing, before much waits for it; others go on', async () => {
    stream = new EventStream();
    const slow = await connect();
    slow.pause();
    const quick = await connect();
    let quickBytes = 0;
    quick.on('data', (part: Buffer) => {
      quickBytes += part.length;
    });
    const filler = 'x'.repeat(60_000);
    let sent = 0;
    while (stream.clientCount === 2) {
      stream.send('news', filler);
      sent += filler.length;
      // Far more than the buffers of any socket and the bound together.
      assert.ok(sent < 64 << 20, 'the slow client was never cut off');
      await eventually(() => quickBytes >= sent);
    }
    assert.equal(stream.clientCount, 1);
    stream.send('news', 'still here');
    const before = sent;
    await eventually(() => quickBytes > before);
    quick.destroy();
  });

  it('cuts off a client for which little has waited too long, none that keeps up', () => {
    nowMs = 0;
    stream = new EventStream(() => nowMs);
    const slow = new FakeResponse();
    const quick = new FakeResponse();
    stream.add(slow.asResponse, 'first', {});
    stream.add(quick.asResponse, 'first', {});
    slow.writableNeedDrain = true;
    for (; nowMs <= 15_000; nowMs += 1_000) stream.send('news', {});
    assert.equal(slow.destroyed, false);
    nowMs += 1_000;
    stream.send('news', {});
    assert.equal(slow.destroyed, true);
    assert.equal(quick.destroyed, false);
    assert.equal(stream.clientCount, 1);
  });

  it('is full with as many clients as it may have', async () => {
    stream = new EventStream(() => 0, 2);
    const one = await connect();
    assert.equal(stream.isFull, false);
    const two = await connect();
    assert.equal(stream.isFull, true);
    one.destroy();
    await eventually(() => !stream.isFull);
    two.destroy();
  });
});
