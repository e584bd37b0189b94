/**
 * Counts what a test file reports. Only leaves count: a suite, or a test with subtests, stands for
 * nothing of its own, unless it failed for a reason of its own (a hook, its body).
 */

import { resolve } from 'node:path';
import { inspect } from 'node:util';

/** A test that failed or was skipped. */
export interface NamedOutcome {
  /** The names of the suites around it and its own, joined by ` > `. */
  readonly name: string;
  /** Why: the error in full, or the reason for skipping. */
  readonly reason: string;
}

/** What a test file's tests came to: what of a `TestTally` can go from one thread to another. */
export type TestOutcome = Pick<TestTally, 'passed' | 'failed' | 'skipped' | 'notes' | 'output'>;

/** What `node:test` says of one finished test; the fields of its events that matter here. */
export interface TestReport {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string | undefined;
  readonly skip?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly error?: Error | undefined };
}

const OTHER_NAME = 'test name does not match pattern';

/** The outcome of one test file, built from its events in their order. */
export class TestTally {
  readonly file: string;
  passed = 0;
  readonly failed: NamedOutcome[] = [];
  readonly skipped: NamedOutcome[] = [];
  /** What the tests wanted to be shown (`t.diagnostic`). */
  readonly notes: string[] = [];
  /** What the file wrote to its two streams. */
  output = '';
  /** The subtests reported so far whose parent hasn't been: per nesting, their place in the lists. */
  readonly #pending: Array<{ failed: number; skipped: number } | undefined> = [];

  readonly #isFiltered: boolean;

  /**
   * @param file absolute path of the compiled file, under which it is reported itself
   * @param isFiltered whether only tests with certain names run: none may be left, and Node since 22 says
   *   nothing of the others
   */
  constructor(file: string, isFiltered: boolean) {
    this.file = file;
    this.#isFiltered = isFiltered;
  }

  /** Takes a finished test; children come before their parent. */
  add(report: TestReport): void {
    if (this.#isWholeFile(report)) {
      this.#addWholeFile(report);
      return;
    }
    const children = this.#pending[report.nesting + 1];
    this.#pending[report.nesting + 1] = undefined;
    if (children !== undefined) this.#prefixNames(report.name, children);
    this.#pending[report.nesting] ??= {
      failed: children?.failed ?? this.failed.length,
      skipped: children?.skipped ?? this.skipped.length,
    };
    const isParent = children !== undefined || report.details.type === 'suite';
    if (report.details.error !== undefined) this.#addFailure(report);
    else if (report.skip === OTHER_NAME) return;
    else if (report.skip !== undefined && report.skip !== false) {
      this.skipped.push({ name: report.name, reason: reasonOf(report.skip) });
    } else if (!isParent) this.passed += 1;
  }

  /** Notes that the file can't be relied on, for a reason outside its tests. */
  addFileFailure(reason: string): void {
    this.failed.push({ name: '(the file as a whole)', reason });
  }

  #isWholeFile(report: TestReport): boolean {
    return report.nesting === 0 && resolve(report.name) === this.file;
  }

  #addWholeFile(report: TestReport): void {
    const { error } = report.details;
    const nothingSeen = this.passed + this.failed.length + this.skipped.length === 0;
    if (error === undefined) {
      if (nothingSeen && !this.#isFiltered) this.addFileFailure('holds no test');
    } else if (failureType(error) !== 'subtestsFailed' || this.failed.length === 0) {
      this.addFileFailure(describeError(error));
    }
  }

  #addFailure(report: TestReport): void {
    const error = report.details.error!;
    if (failureType(error) === 'subtestsFailed') return;
    this.failed.push({ name: report.name, reason: describeError(error) });
  }

  #prefixNames(name: string, from: { failed: number; skipped: number }): void {
    prefix(this.failed, from.failed, name);
    prefix(this.skipped, from.skipped, name);
  }
}

function prefix(outcomes: NamedOutcome[], from: number, name: string): void {
  for (let i = from; i < outcomes.length; i++) {
    const outcome = outcomes[i]!;
    outcomes[i] = { ...outcome, name: `${name} > ${outcome.name}` };
  }
}

function reasonOf(skip: string | boolean): string {
  return typeof skip === 'string' && skip !== '' ? skip : 'no reason given';
}

function failureType(error: Error): unknown {
  return (error as { failureType?: unknown }).failureType;
}

/** The error that the test threw, in full but for node's own frames; node:test wraps it. */
function describeError(error: Error): string {
  const { exitCode, signal } = error as { exitCode?: unknown; signal?: unknown };
  if (typeof signal === 'string') return `the process was ended by ${signal}`;
  if (typeof exitCode === 'number') return `the process ended with exit code ${exitCode}`;
  const { cause } = error;
  if (cause === undefined) return error.message;
  if (typeof cause === 'string') return cause;
  return inspectError(cause)
    .split('\n')
    .filter((line) => !/^\s+at .*\bnode:internal\//.test(line))
    .join('\n');
}

function inspectError(error: unknown): string {
  const { code, operator, generatedMessage, stack } = error as {
    code?: unknown;
    operator?: unknown;
    generatedMessage?: unknown;
    stack?: string;
  };
  // The message of a failed assertion holds the difference already, unless the test wrote its own.
  const saysAll = code === 'ERR_ASSERTION' && (generatedMessage === true || operator === undefined);
  if (saysAll && stack !== undefined) return stack;
  return inspect(error, { depth: 6, maxStringLength: 20_000 });
}
