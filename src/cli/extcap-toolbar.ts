/** Wireshark's toolbar for a capture: how many frames are lost so far, and where. */

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { ControlCommand, ControlPacketReader, encodeControlPacket } from './extcap-control.js';
import { ToolbarControl } from './extcap-grammar.js';

const UPDATE_MS = 250;
/** A write of at most so many bytes into a pipe is whole or refused (pipe(7), PIPE_BUF). */
const WHOLE_WRITE_BYTES = 4096;
/** Lines of the log that go out at a time; what is beyond is counted. */
const LINES_AT_A_TIME = 20;

/** The capture's loss, as the toolbar shows it. */
export interface ShownLoss {
  /** Such as `40 in 1 gap`. */
  readonly text: string;
  /** Such as `40 frames lost`; undefined as long as none is. */
  readonly warning: string | undefined;
}

/**
 * Talks to the toolbar through its two pipes, never waiting: what a full pipe refuses isn't shown.
 *
 * The toolbar is told four times a second, and only after it has said that it is ready.
 */
export class ExtcapToolbar {
  readonly #input: number;
  readonly #output: number;
  readonly #packets = new ControlPacketReader();
  readonly #readLoss: () => ShownLoss;
  readonly #timer: NodeJS.Timeout;
  #lines: string[] = [];
  #linesUntold = 0;
  #shown: string | undefined = undefined;
  #ready: boolean;
  #warned: boolean;

  /**
   * @param inputPath the pipe that Wireshark writes to
   * @param outputPath the pipe that Wireshark reads from
   * @param readLoss asked at each update
   * @throws the system's error where a pipe can't be opened
   */
  constructor(inputPath: string, outputPath: string, readLoss: () => ShownLoss) {
    this.#ready = false;
    this.#warned = false;
    this.#readLoss = readLoss;
    // For both directions: then opening doesn't wait for the other end, and its absence is no end.
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    this.#input = openSync(inputPath, flags);
    try {
      this.#output = openSync(outputPath, flags);
    } catch (error) {
      closeSync(this.#input);
      throw error;
    }
    this.#timer = setInterval(() => this.update(), UPDATE_MS);
    this.#timer.unref();
  }

  /** Adds a line to the log of gaps. */
  log(line: string): void {
    if (this.#lines.length < LINES_AT_A_TIME) this.#lines.push(line);
    else this.#linesUntold++;
  }

  /** Tells what is new. */
  update(): void {
    if (!this.#ready) this.#listen();
    if (!this.#ready) return;
    const { text, warning } = this.#readLoss();
    if (text !== this.#shown && this.#send(ToolbarControl.Lost, ControlCommand.Set, text)) {
      this.#shown = text;
    }
    if (warning !== undefined && !this.#warned) {
      this.#warned = this.#send(0, ControlCommand.StatusBar, warning);
    }
    this.#sendLines();
  }

  /** Tells the last of it and gives the pipes back. */
  close(): void {
    clearInterval(this.#timer);
    this.update();
    closeSync(this.#input);
    closeSync(this.#output);
  }

  #sendLines(): void {
    if (this.#lines.length === 0) return;
    const untold = this.#linesUntold;
    const lines = untold === 0 ? this.#lines : [...this.#lines, `… and ${untold} more`];
    if (!this.#send(ToolbarControl.Gaps, ControlCommand.Add, `${lines.join('\n')}\n`)) return;
    this.#lines = [];
    this.#linesUntold = 0;
  }

  #listen(): void {
    const piece = new Uint8Array(WHOLE_WRITE_BYTES);
    for (;;) {
      const length = tryRead(this.#input, piece);
      if (length === 0) return;
      for (const { command } of this.#packets.take(piece.subarray(0, length))) {
        if (command === ControlCommand.Initialized) this.#begin();
      }
    }
  }

  #begin(): void {
    if (this.#ready) return;
    this.#ready = true;
    // It is there to be read.
    this.#send(ToolbarControl.Lost, ControlCommand.Disable, '');
  }

  /** @returns whether the pipe took it */
  #send(control: number, command: number, text: string): boolean {
    const packet = encodeControlPacket(control, command, text);
    try {
      writeSync(this.#output, packet);
      return true;
    } catch {
      return false;
    }
  }
}

/** @returns bytes read; 0 where none are there */
function tryRead(fd: number, into: Uint8Array): number {
  try {
    return readSync(fd, into);
  } catch {
    return 0;
  }
}
