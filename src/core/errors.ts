/** The error kinds of gapcap; programs match on `code`, people read `message` and `hint`. */

/** Every error that gapcap throws on purpose. */
export abstract class GapcapError extends Error {
  /** Stable identifier, such as `EPERM` or `BAD_BLOCK_LENGTH`; match on this, never on the message. */
  readonly code: string;
  /** What to do next, as one sentence; undefined where the message says it all. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: ErrorDetails = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** What any gapcap error may carry besides its message. */
export interface ErrorDetails {
  /** What to do next, as one sentence. */
  hint?: string;
  /** The error that led to this one. */
  cause?: unknown;
}

/** A system call failed; `code` is the kernel's name for the reason (`EPERM`, `ENODEV`, …). */
export class SystemCallError extends GapcapError {
  /** The call that failed, such as `bind`. */
  readonly syscall: string;
  /** The positive error number. */
  readonly errno: number;

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & { syscall: string; errno: number },
  ) {
    super(code, message, details);
    this.syscall = details.syscall;
    this.errno = details.errno;
  }
}

/** The bytes of a file contradict its format's specification. */
export class FormatError extends GapcapError {
  /** Byte offset in the input (decompressed, where it was compressed) at which it went wrong. */
  readonly offset: number;
  /** The pcapng block type, where one was being read. */
  readonly blockType: number | undefined;
  /** The section's number from 0, where there are sections. */
  readonly section: number | undefined;

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & { offset: number; blockType?: number; section?: number },
  ) {
    super(code, message, details);
    this.offset = details.offset;
    this.blockType = details.blockType;
    this.section = details.section;
  }
}

/** What was asked for is valid, but this system or this kernel can't do it. */
export class UnsupportedError extends GapcapError {
  /** What is missing, such as `TPACKET_V3`. */
  readonly feature: string;

  constructor(code: string, message: string, details: ErrorDetails & { feature: string }) {
    super(code, message, details);
    this.feature = details.feature;
  }
}

/** A value that the caller gave is out of range. */
export class ArgumentError extends GapcapError {
  /** The argument's name as the caller knows it. */
  readonly argument: string;
  /** The value that was given. */
  readonly value: unknown;
  /** What would have been right. */
  readonly expected: string;

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & { argument: string; value: unknown; expected: string },
  ) {
    super(code, message, details);
    this.argument = details.argument;
    this.value = details.value;
    this.expected = details.expected;
  }
}

/** A method was called in a state that doesn't allow it. */
export class StateError extends GapcapError {
  /** The state it was in. */
  readonly state: string;
  /** What was tried. */
  readonly operation: string;

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & { state: string; operation: string },
  ) {
    super(code, message, details);
    this.state = details.state;
    this.operation = details.operation;
  }
}

/**
 * The law of conservation failed: received = delivered + dropped + unread,
 * dropped = sum of gaps + final gap. Never caught inside the library.
 */
export class AccountingError extends GapcapError {
  /** The interface's name or number. */
  readonly interface: string;
  readonly received: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly unread: number;

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & {
      interface: string;
      received: number;
      delivered: number;
      dropped: number;
      unread: number;
    },
  ) {
    super(code, message, details);
    this.interface = details.interface;
    this.received = details.received;
    this.delivered = details.delivered;
    this.dropped = details.dropped;
    this.unread = details.unread;
  }
}
