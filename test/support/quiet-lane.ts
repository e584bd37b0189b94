/** Runs test files beside others that are sensitive to timing: with what processors those leave free. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TestFileOptions } from './run-test-file.js';
import type { TestOutcome } from './test-tally.js';

/** A thread that starts test files at the lowest priority, one at a time. */
export class QuietLane {
  readonly #worker: Worker;

  constructor(options: TestFileOptions) {
    this.#worker = new Worker(new URL('./quiet-lane-worker.js', import.meta.url), {
      workerData: options,
    });
  }

  /** Runs the file and returns what its tests said; not to be called again before that. */
  async run(file: string): Promise<TestOutcome> {
    this.#worker.postMessage(file);
    const [outcome] = (await once(this.#worker, 'message')) as [TestOutcome];
    return outcome;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
