/**
 * A virtual cable inside the test's own namespace: what is sent into the near end arrives at the far
 * end, in the calling thread, before `send` returns (or very soon after; `settle` waits for it).
 */

import { setTimeout } from 'node:timers/promises';
import { writeNumberedFrame } from '../core/numbered-frame.js';
import { acceptAll } from '../sys/filter-program.js';
import { FrameSender } from '../sys/frame-sender.js';
import { libc } from '../sys/libc.js';
import { PacketSocket } from '../sys/packet-socket.js';
import { createVethPair, deleteLink, setLinkUp } from '../sys/rtnetlink.js';

const SLOT_COUNT = 64;
const SLOT_LENGTH = 2048;

/** One end of a cable. */
export interface CableEnd {
  readonly name: string;
  /** The kernel's number for it. */
  readonly index: number;
}

/** A veth pair with a sender on its near end. Sends nothing of its own. */
export class Cable implements Disposable {
  readonly near: CableEnd;
  readonly far: CableEnd;
  readonly #sender: FrameSender;
  readonly #monitor = PacketSocket.open(false);
  /** Number of the next numbered frame. */
  next = 1;
  #sent = 0;

  /**
   * @param name the ends are called `name-a` (near) and `name-b` (far)
   * @param options `outgoingVisible`: whether captures on the near end see what is sent
   */
  constructor(name: string, options: { outgoingVisible?: boolean } = {}) {
    const near = `${name}-a`;
    const far = `${name}-b`;
    createVethPair(near, far);
    // In this order the near end has a carrier when it is set up, and so a queue at once.
    setLinkUp(far);
    setLinkUp(near);
    this.near = { name: near, index: libc().if_nametoindex(near) };
    this.far = { name: far, index: libc().if_nametoindex(far) };
    this.#sender = new FrameSender({
      interfaceIndex: this.near.index,
      slotCount: SLOT_COUNT,
      slotLength: SLOT_LENGTH,
      // The queue loses everything from when the far end went down until the kernel's link watch
      // has noticed that it is up again, up to a second later.
      bypassQdisc: options.outgoingVisible !== true,
    });
    // The kernel gives a frame to the youngest socket first (dev_add_pack() puts it at the head of
    // the list), so what this oldest one has counted all others have been offered.
    this.#monitor.attachFilter(acceptAll(1));
    this.#monitor.bind(this.far.index);
  }

  /** Sends numbered frames; returns the number of the first. */
  send(count: number, length = 60): number {
    const first = this.next;
    const view = new DataView(this.#sender.frames.buffer);
    for (let left = count; left > 0; ) {
      const run = Math.min(left, SLOT_COUNT);
      for (let slot = 0; slot < run; slot++) {
        const number = { streamId: 0, sequence: this.next++ };
        writeNumberedFrame(view, slot * this.#sender.slotStride, length, number);
        this.#sender.setLength(slot, length);
      }
      this.#sendSlots(run);
      left -= run;
    }
    return first;
  }

  /** Sends one frame of any bytes, link header included. */
  sendBytes(bytes: Uint8Array): void {
    this.#sender.frames.set(bytes);
    this.#sender.setLength(0, bytes.length);
    this.#sendSlots(1);
  }

  /** Waits until everything sent so far has been offered to every socket on the far end. */
  async settle(): Promise<void> {
    for (let attempt = 0; attempt < 2000; attempt++) {
      this.#monitor.readStatistics();
      if (this.#monitor.received >= this.#sent) return;
      await setTimeout(1);
    }
    throw new Error(`${this.#sent} frames were sent, ${this.#monitor.received} arrived`);
  }

  [Symbol.dispose](): void {
    this.#sender.close();
    this.#monitor.close();
    // A test may have removed it.
    if (libc().if_nametoindex(this.near.name) !== 0) deleteLink(this.near.index);
  }

  #sendSlots(count: number): void {
    const sent = this.#sender.send(0, count);
    if (sent !== count) throw new Error(`${sent} of ${count} frames were sent`);
    this.#sent += count;
  }
}
