import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { Cmsghdr } from '../../../src/sys/layouts.js';
import { addressOf, lastErrno, libc } from '../../../src/sys/libc.js';
import { MessageBatch } from '../../../src/sys/message-batch.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_TIMESTAMPNS = 35;

/** struct sockaddr_un with a name that is in no file system. */
function abstractAddress(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const address = new Uint8Array(new ArrayBuffer(128)).subarray(0, 3 + text.length);
  address.set([AF_UNIX, 0, 0, ...text]);
  return address;
}

/** A socket of this process that needs no privilege. */
class Mailbox implements Disposable {
  readonly fd: number;

  constructor(name: string) {
    this.fd = libc().socket(AF_UNIX, SOCK_DGRAM, 0);
    const address = abstractAddress(name);
    assert.equal(libc().bind(this.fd, address, address.length), 0);
  }

  [Symbol.dispose](): void {
    libc().close(this.fd);
  }
}

const skip = process.platform === 'linux' ? false : 'needs Linux';

describe('MessageBatch', { skip }, () => {
  it('gives every frame memory of its own, at a multiple of 4, with 32 free bytes before it', () => {
    for (const size of [1, 60, 64, 1514, 262_144]) {
      const batch = new MessageBatch(4, size);
      let end = 0;
      for (let index = 0; index < batch.capacity; index++) {
        const start = batch.frameOffset(index);
        assert.equal(start % 4, 0);
        assert.ok(start >= end + 32);
        end = start + size;
      }
      assert.ok(end <= batch.bytes.length);
      assert.equal(batch.words.buffer, batch.bytes.buffer);
    }
  });

  it('gives every frame room for a time, a drop total and auxiliary data', () => {
    const batch = new MessageBatch(3, 60);
    const needed = 3 * Cmsghdr.size + 16 + 8 + 24;
    assert.ok(batch.controlOffset(1) - batch.controlOffset(0) >= needed);
    assert.ok(batch.controlOffset(2) + needed <= batch.controlWords.byteLength);
    assert.ok(batch.nameOffset(1) - batch.nameOffset(0) >= 20);
  });

  it('says why nothing was received', () => {
    using mailbox = new Mailbox(`gapcap-empty-${process.pid}`);
    assert.equal(new MessageBatch(2, 100).receive(mailbox.fd), -1);
    assert.equal(lastErrno(), constants.errno.EAGAIN);
    assert.equal(new MessageBatch(2, 100).receive(-1), -1);
    assert.equal(lastErrno(), constants.errno.EBADF);
  });

  it('receives messages with their lengths and control messages, no more than it has room for', () => {
    using mailbox = new Mailbox(`gapcap-mail-${process.pid}`);
    libc().setsockopt(mailbox.fd, SOL_SOCKET, SO_TIMESTAMPNS, Int32Array.of(1), 4);
    sendTo(`gapcap-mail-${process.pid}`, [[1, 2, 3], [4], [5, 6]]);
    const batch = new MessageBatch(2, 2);
    assert.equal(batch.receive(mailbox.fd), 2);
    assert.deepEqual([batch.frameLength(0), batch.frameLength(1)], [2, 1], 'the first one is cut');
    assert.deepEqual([...batch.bytes.subarray(batch.frameOffset(0)).subarray(0, 2)], [1, 2]);
    assert.equal(batch.bytes[batch.frameOffset(1)], 4);
    for (const index of [0, 1]) {
      assert.equal(batch.controlLength(index), 32);
      const view = new DataView(batch.controlWords.buffer, batch.controlOffset(index));
      assert.equal(view.getInt32(Cmsghdr.type, true), SO_TIMESTAMPNS);
    }
    assert.equal(batch.receive(mailbox.fd), 1);
    assert.equal(batch.frameLength(0), 2);
    assert.equal(batch.controlLength(0), 32, 'the lengths are set anew for each call');
  });
});

/** Sends datagrams to a mailbox. */
function sendTo(name: string, datagrams: readonly (readonly number[])[]): void {
  const fd = libc().socket(AF_UNIX, SOCK_DGRAM, 0);
  const address = abstractAddress(name);
  for (const datagram of datagrams) {
    const bytes = Uint8Array.from(datagram);
    const vector = BigUint64Array.of(addressOf(bytes), BigInt(bytes.length));
    const header = new BigUint64Array(8);
    header.set([addressOf(address), BigInt(address.length), addressOf(vector), 1n]);
    assert.equal(libc().sendmmsg(fd, header, 1, 0), 1);
  }
  libc().close(fd);
}
