/**
 * Looks at a running capture from within its own thread and tells of it in events.
 *
 * Nothing here is done for a frame. Once a second the session's counts are read; ten times a second
 * the fill of the rings is looked at, for its peak; a gap is counted when the ledger reports it, and
 * lets the next reading come sooner, a quarter of a second after the one before at the earliest.
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { InterfaceCounts } from '../capture/capture-options.js';
import type { CaptureResult } from '../capture/capture-result.js';
import type { CaptureSession } from '../capture/session.js';
import { VERSION } from '../core/version.js';
import type { Gap } from '../gaps/gap.js';
import { GapTally } from './gap-tally.js';
import type { InterfaceReading, SensorEvent, SensorReading } from './sensor-event.js';

const LOOK_MS = 100;
const READ_MS = 1_000;
const READ_AFTER_GAP_MS = 250;

/** What a probe needs of a session. */
export type ProbedSession = Pick<CaptureSession, 'interfaces' | 'counts' | 'fillOf'>;

/** Settings of a probe. */
export interface SensorProbeOptions {
  /** The sensor's name; the host's unless given. */
  readonly sensor?: string | undefined;
}

/** Turns one capture into events; see the file's header. */
export class SensorProbe {
  /**
   * Takes each gap; give it to the session as its `onGap`, beside whoever else wants the gaps. May be
   * called before `follow`.
   */
  readonly onGap: (gap: Gap, file: string | undefined) => void;
  readonly #sensor: string;
  readonly #run: string;
  readonly #tell: (event: SensorEvent) => void;
  readonly #tally = new GapTally();
  readonly #peaks = new Map<number, number>();
  #session: ProbedSession | undefined;
  #timer: NodeJS.Timeout | undefined;
  #readAtMs = 0;
  #last: SensorReading | undefined;

  /** @param tell takes each event; a new object each time */
  constructor(tell: (event: SensorEvent) => void, options: SensorProbeOptions = {}) {
    this.#tell = tell;
    this.#sensor = options.sensor ?? hostname();
    this.#run = randomUUID();
    this.onGap = (gap, file) => this.#tally.add(gap, file);
  }

  /** Tells that the capture has begun, and from now on how it goes; its timer keeps no process alive. */
  follow(session: ProbedSession): void {
    this.#session = session;
    this.#tell({
      kind: 'start',
      ...this.#stamp(),
      version: VERSION,
      interfaces: session.interfaces.map(({ id, name, description }) => ({
        id,
        name: name ?? `interface ${id}`,
        description: description ?? null,
      })),
    });
    this.#read();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /**
   * Tells the last reading and the end. Does nothing where nothing was followed.
   *
   * @param result what the capture came to; undefined where an error ended it
   */
  end(result: CaptureResult | undefined): void {
    clearInterval(this.#timer);
    if (this.#session === undefined) return;
    if (result !== undefined) this.#tellLast(result);
    this.#session = undefined;
    this.#tell({ kind: 'end', ...this.#stamp(), reason: result?.endReason ?? 'failed' });
  }

  #look(): void {
    const session = this.#session!;
    for (const { id } of session.interfaces) {
      const fill = session.fillOf(id);
      if (fill !== undefined) this.#peaks.set(id, Math.max(fill, this.#peaks.get(id) ?? 0));
    }
    const age = performance.now() - this.#readAtMs;
    // The timer is a little early or late: half a look is near enough.
    if (age >= READ_MS - LOOK_MS / 2 || (age >= READ_AFTER_GAP_MS && this.#tally.hasLatest)) {
      this.#read();
    }
  }

  #read(): void {
    const session = this.#session!;
    const { interfaces, backlogDropped, bytesWritten, file, fileNumber } = session.counts();
    this.#readAtMs = performance.now();
    this.#tellReading({
      kind: 'reading',
      ...this.#stamp(),
      interfaces: interfaces.map((one): InterfaceReading => {
        const fill = session.fillOf(one.id) ?? null;
        const peak = this.#peaks.get(one.id);
        return {
          id: one.id,
          frames: one.frames,
          received: one.received ?? null,
          dropped: one.dropped ?? null,
          ...this.#tally.counts(one.id),
          fill,
          peakFill: fill === null ? (peak ?? null) : Math.max(fill, peak ?? 0),
          interfaceReceived: one.interfaceReceived ?? null,
          interfaceDropped: one.interfaceDropped ?? null,
          ...ringsOf(one),
        };
      }),
      backlogDropped: backlogDropped ?? null,
      writtenBytes: bytesWritten ?? null,
      file: file ?? null,
      fileNumber: fileNumber ?? null,
      ...this.#tally.takeLatest(),
    });
    this.#peaks.clear();
  }

  /** The source is closed by now: what counts is the account. */
  #tellLast({ account }: CaptureResult): void {
    const last = this.#last!;
    this.#tellReading({
      ...last,
      ...this.#stamp(),
      interfaces: last.interfaces.map((before): InterfaceReading => {
        const after = account.interfaces.find(({ id }) => id === before.id);
        return {
          ...before,
          frames: after?.frames ?? before.frames,
          received: after?.received ?? before.received,
          dropped: after?.dropped ?? before.dropped,
          ...this.#tally.counts(before.id),
          fill: null,
          peakFill: null,
        };
      }),
      ...this.#tally.takeLatest(),
    });
  }

  #tellReading(reading: SensorReading): void {
    this.#last = reading;
    this.#tell(reading);
  }

  #stamp(): { readonly sensor: string; readonly run: string; readonly timeMs: number } {
    return { sensor: this.#sensor, run: this.#run, timeMs: Date.now() };
  }
}

function ringsOf({ queues }: InterfaceCounts): Pick<InterfaceReading, 'rings'> {
  if (queues === undefined) return {};
  return {
    rings: queues.map(({ queue, received, dropped, fill = null }) => ({
      ring: queue,
      received,
      dropped,
      fill,
    })),
  };
}
