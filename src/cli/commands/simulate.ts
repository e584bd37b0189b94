/** `gapcap simulate`: where traffic would be lost, and how big a buffer loses none of it. */

import { statSync } from 'node:fs';
import type { Command } from 'commander';
import type { CaptureResult, LossFacts, ModelSource, SimulationResult } from '../../index.js';
import { ExitStatus } from '../exit-status.js';
import { describeBuffer, toBufferOptions } from '../model-words.js';
import { formatSize } from '../quantity.js';
import {
  addSimulateOptions,
  type SimulateArguments,
  type SimulationPlan,
  toSimulationPlan,
} from '../simulation-arguments.js';
import { SimulationProgress } from '../simulation-progress.js';
import {
  describePlan,
  foundText,
  outcomeTable,
  sweepTable,
  toFoundJson,
  toSimulationJson,
  toSweepJson,
} from '../simulation-text.js';
import { PlannedTraffic } from '../simulation-traffic.js';
import { refuseTerminal, writeJson } from '../standard-output.js';
import { lossInRed, showsColour } from '../terminal-style.js';
import { UsageError } from '../usage-error.js';

/** The shortest Ethernet frame, without its checksum. */
const shortestFrame = 60;

const examples = `
Frames come as --rate, --traffic and --size say, or as in the file of --from;
they wait in the buffer; a reader takes them out. What finds no room is lost.
Needs no privileges, runs on any system, and gives the same answer each time.

Examples:
  gapcap simulate --rate 1M --stall 1s:100ms --buffer ring:8M -w x.pcapng
  gapcap simulate --rate 800k --size imix --reader-fps 500k --buffer socket:4M
  gapcap simulate --rate 2M --traffic burst:5ms/95ms --reader-fps 300k
  gapcap simulate --from x.pcapng --speed 4 --reader-fps 1M --find-buffer
  gapcap simulate --sweep --rate 1M --stall 1s:50ms
  gapcap simulate --sweep --rate 1M,2M --buffer ring:4M,ring:64M --stall 1s:50ms`;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command.description('Simulates traffic, buffer and reader: where frames would be lost.');
  addSimulateOptions(command);
  command
    .addHelpText('after', examples)
    .action(async (given: SimulateArguments) => finish(await simulate(given)));
}

async function simulate(given: SimulateArguments): Promise<ExitStatus> {
  const plan = toSimulationPlan(given);
  refuseTerminal(given.write);
  refuseSameFile(given);
  await checkQueues(plan);
  const progress = new SimulationProgress(process.stderr, given.quiet === true);
  try {
    using traffic = await PlannedTraffic.open(plan, progress);
    const tasks = { run, 'find buffer': findBuffer, sweep };
    const status = await tasks[plan.task]({ plan, given, traffic, progress });
    for (const remark of traffic.remarks) process.stderr.write(`gapcap: ${remark}\n`);
    return status;
  } finally {
    progress.stop();
  }
}

/** The file of `--from` is read while `-w` writes, which would empty it first. */
function refuseSameFile({ from, write }: SimulateArguments): void {
  if (from === undefined || write === undefined || from === '-' || write === '-') return;
  const read = statSync(from, { throwIfNoEntry: false });
  const written = statSync(write, { throwIfNoEntry: false });
  if (read === undefined || written?.isFile() !== true) return;
  if (read.dev !== written.dev || read.ino !== written.ino) return;
  throw new UsageError(
    '-w: the file of --from is read and cannot be written as well',
    'Write into another file.',
  );
}

/** A queue that holds no frame at all is refused in the words of the command line. */
async function checkQueues({ buffers, settings }: SimulationPlan): Promise<void> {
  const { linearTruesize } = await import('../../simulation.js');
  const charge = settings.truesize ?? linearTruesize()(shortestFrame);
  for (const word of buffers) {
    if (word.kind !== 'socket' || 2 * word.sizeBytes >= charge) continue;
    throw new UsageError(
      `--buffer: a socket queue of ${formatSize(word.sizeBytes)} holds not even one frame`,
      `Give at least socket:${Math.ceil(charge / 2)}; the kernel takes twice that as its limit and charges ${charge} bytes for the shortest frame.`,
    );
  }
}

/** What each of the three tasks is given. */
interface Task {
  readonly plan: SimulationPlan;
  readonly given: SimulateArguments;
  readonly traffic: PlannedTraffic;
  readonly progress: SimulationProgress;
}

async function run({ plan, given, traffic, progress }: Task): Promise<ExitStatus> {
  const { CaptureSession } = await import('../../live.js');
  const { ModelSource } = await import('../../simulation.js');
  const { startNs } = traffic;
  const word = plan.buffers[0]!;
  const source = new ModelSource({
    traffic: traffic.make(firstRate(plan)),
    buffer: toBufferOptions(word, plan.settings),
    reader: plan.reader,
    startNs,
    description: `simulated: ${describeBuffer(word)}`,
  });
  const session = CaptureSession.over(source, {
    ...(given.write === undefined ? {} : { output: given.write }),
    clock: () => startNs + BigInt(Math.ceil(source.result?.endNs ?? source.nowNs)),
  });
  const capture = await session.run();
  progress.stop();
  await tell(plan, given, capture, finished(source));
  return given.failOnLoss && (capture.account.lost ?? 0) > 0
    ? ExitStatus.FramesLost
    : ExitStatus.Done;
}

/** A session ends only with its source. */
function finished(source: ModelSource): SimulationResult {
  const { result } = source;
  if (result === undefined) throw new Error('the simulation has no result');
  return result;
}

async function tell(
  plan: SimulationPlan,
  given: SimulateArguments,
  capture: CaptureResult,
  result: SimulationResult,
): Promise<void> {
  const index = await import('../../simulation.js');
  const stream = given.write === '-' ? process.stderr : process.stdout;
  const facts: LossFacts = {
    file: given.write,
    format: given.write === undefined ? undefined : 'pcapng',
    application: undefined,
    truncated: false,
    account: capture.account,
    mismatches: [],
  };
  if (given.json) {
    const simulation = toSimulationJson(plan, result, index);
    writeJson({ ...index.toLossJson(facts), simulation }, stream);
    return;
  }
  const named = given.write === '-' ? { ...facts, file: undefined } : facts;
  const style = showsColour(stream, process.env) ? lossInRed : index.plainStyle;
  const limit = given.all ? { gapLimit: Number.POSITIVE_INFINITY } : {};
  const lines = [
    describePlan(plan, index),
    ...outcomeTable(result, index),
    index.lossText(named, { ...limit, style }),
  ];
  stream.write(`${lines.join('\n')}\n`);
}

async function findBuffer({ plan, given, traffic, progress }: Task): Promise<ExitStatus> {
  const index = await import('../../simulation.js');
  const word = plan.buffers[0]!;
  const found = index.findBuffer({
    traffic: () => traffic.make(firstRate(plan)),
    buffer: toBufferOptions(word, plan.settings),
    reader: plan.reader,
  });
  progress.stop();
  if (given.json) writeJson(toFoundJson(plan, found, index));
  else process.stdout.write(`${foundText(word, found, index).join('\n')}\n`);
  return found.size === undefined ? ExitStatus.Failed : ExitStatus.Done;
}

async function sweep({ plan, given, traffic, progress }: Task): Promise<ExitStatus> {
  const index = await import('../../simulation.js');
  const rows = index.sweep({
    buffers: plan.buffers.map((word) => toBufferOptions(word, plan.settings)),
    rates: plan.traffic.kind === 'made' ? plan.traffic.rates : plan.traffic.speeds,
    traffic: (rate) => traffic.make(rate),
    reader: plan.reader,
    progress: (done, total) => progress.note(`${done} of ${total} simulations`),
  });
  progress.stop();
  if (given.json) writeJson(toSweepJson(plan, rows));
  else process.stdout.write(`${sweepTable(plan, rows, index).join('\n')}\n`);
  return ExitStatus.Done;
}

function firstRate({ traffic }: SimulationPlan): number {
  return traffic.kind === 'made' ? traffic.rates[0]! : traffic.speeds[0]!;
}
