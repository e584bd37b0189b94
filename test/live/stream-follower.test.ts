/** A follower of a stream that is deleted and made anew, and of one that is refused for a while. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Consumer, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, NoRespondersError } from '@nats-io/transport-node';
import { StreamFollower } from '../../src/fleet/stream-follower.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { HERE, NatsServer } from '../support/nats-server.js';
import { toolSkip } from '../support/tools.js';
import { untilTrue } from './fleet-run.js';

const skip = liveSkip() || toolSkip('nats-server');
if (skip === false) enterOwnNamespace();

/** What a follower gave and told so far. */
interface Heard {
  readonly numbers: number[];
  readonly texts: string[];
  readonly news: string[];
  /** Why it ended; undefined while it goes on. */
  readonly end: () => unknown;
}

/** Follows a stream from its start, beginning with a consumer of the test's own where one is given. */
async function follow(
  connection: NatsConnection,
  stream: string,
  first?: Consumer,
): Promise<Heard> {
  const [numbers, texts, news]: [number[], string[], string[]] = [[], [], []];
  let end: unknown;
  const follower = new StreamFollower(connection, stream, 1, {
    isAway: () => false,
    onNews: (sentence) => news.push(sentence),
  });
  const consumer = first ?? (await follower.begin());
  void (async () => {
    try {
      for await (const message of follower.messages(consumer)) {
        numbers.push(message.seq);
        texts.push(message.string());
      }
      end = 'closed';
    } catch (error) {
      end = error;
    }
  })();
  return { numbers, texts, news, end: () => end };
}

/** A consumer that can't be read, for one reason. */
function refusing(reason: Error): Consumer {
  return { consume: () => Promise.reject(reason) } as unknown as Consumer;
}

/** The connection as one to a cluster, in which leaders change. */
function inCluster(connection: NatsConnection): NatsConnection {
  return new Proxy(connection, {
    get: (target, name) => {
      if (name === 'info') return { ...target.info, cluster: 'c' };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('a follower of a stream', { skip }, () => {
  let folder: string;
  let server: NatsServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-follower-'));
    server = new NatsServer(HERE, folder);
    await server.start();
  });
  after(async () => {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const make = async (connection: NatsConnection, texts: readonly string[]): Promise<void> => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'S', subjects: ['gapcap.>'] });
    for (const text of texts) await jetstream(connection).publish('gapcap.a._all.start', text);
  };
  const remove = async (connection: NatsConnection): Promise<void> => {
    await (await jetstreamManager(connection)).streams.delete('S');
  };

  it('begins at the start of one that was deleted and made anew, and tells it', async () => {
    const connection = await connect({ servers: server.url });
    await make(connection, ['one', 'two', 'three']);
    const heard = await follow(connection, 'S');
    const tell = (): string => JSON.stringify(heard);
    await untilTrue(() => heard.texts.length === 3, tell);
    await remove(connection);
    await make(connection, ['four']);
    await untilTrue(() => heard.texts.length === 4, tell);
    await jetstream(connection).publish('gapcap.a._all.start', 'five');
    await untilTrue(() => heard.texts.length === 5, tell);
    assert.deepEqual(heard.texts, ['one', 'two', 'three', 'four', 'five']);
    assert.deepEqual(heard.numbers, [1, 2, 3, 1, 2]);
    const anew = heard.news.filter((text) => /S has fewer messages than were read/.test(text));
    assert.equal(anew.length, 1, tell());
    await remove(connection);
    await connection.close();
    await untilTrue(() => heard.end() === 'closed');
  });

  it('begins at the start where the server has lost all its streams while it was away', async () => {
    const connection = await connect({ servers: server.url, maxReconnectAttempts: -1 });
    await make(connection, ['one', 'two', 'three']);
    const heard = await follow(connection, 'S');
    const tell = (): string => JSON.stringify(heard);
    await untilTrue(() => heard.texts.length === 3, tell);
    await server.kill();
    rmSync(join(folder, 'store'), { recursive: true });
    await server.start();
    const other = await connect({ servers: server.url });
    await make(other, ['four']);
    await untilTrue(() => heard.texts.length === 4, tell);
    assert.deepEqual(heard.numbers, [1, 2, 3, 1]);
    await remove(other);
    await other.close();
    await connection.close();
  });

  it('goes on behind the last message where its consumer alone was deleted', async () => {
    const connection = await connect({ servers: server.url });
    await make(connection, ['one', 'two']);
    const heard = await follow(connection, 'S');
    await untilTrue(() => heard.texts.length === 2);
    const manager = await jetstreamManager(connection);
    for await (const { name } of manager.consumers.list('S')) {
      await manager.consumers.delete('S', name);
    }
    await jetstream(connection).publish('gapcap.a._all.start', 'three');
    await untilTrue(() => heard.texts.length === 3);
    assert.deepEqual(heard.numbers, [1, 2, 3]);
    assert.deepEqual(heard.news, []);
    await remove(connection);
    await connection.close();
  });

  it('tries again where a cluster refuses right after the consumer was made', async () => {
    const connection = await connect({ servers: server.url });
    await make(connection, ['one']);
    const reason = new NoRespondersError('$JS.API.CONSUMER');
    const heard = await follow(inCluster(connection), 'S', refusing(reason));
    await untilTrue(
      () => heard.texts.length === 1,
      () => String(heard.end()),
    );
    assert.equal(heard.end(), undefined);
    await remove(connection);
    await connection.close();
  });

  it('ends with a refusal that does not pass', async () => {
    const connection = await connect({ servers: server.url });
    const reason = new Error('permission');
    const heard = await follow(inCluster(connection), 'S', refusing(reason));
    await untilTrue(() => heard.end() !== undefined);
    assert.equal(heard.end(), reason);
    await connection.close();
  });
});
