/**
 * Runs test files at the lowest priority: the thread of a `QuietLane`. On Linux a priority belongs to a
 * thread, and a process has that of the thread which starts it.
 */

import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { runTestFile, type TestFileOptions } from './run-test-file.js';

const LOWEST_PRIORITY = 19;

setPriority(0, LOWEST_PRIORITY);
const options = workerData as TestFileOptions;
parentPort!.on('message', async (file: string) => {
  const { passed, failed, skipped, notes, output } = await runTestFile(file, options);
  parentPort!.postMessage({ passed, failed, skipped, notes, output });
});
