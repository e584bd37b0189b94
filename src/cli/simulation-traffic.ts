/** The traffic of a simulation plan: made, or replayed from a capture file. */

import { statSync } from 'node:fs';
import type { FileSource, TimedFrame, Traffic } from '../index.js';
import type { SimulationPlan, TrafficPlan } from './simulation-arguments.js';
import type { SimulationProgress } from './simulation-progress.js';

type Simulation = typeof import('../simulation.js');
type Files = typeof import('../files.js');
type RecordedTraffic = TrafficPlan & { readonly kind: 'recorded' };

/** 2000-01-01 00:00:00 UTC: what virtual time 0 stands for where no file gives a time. */
const madeStartNs = 946_684_800_000_000_000n;

/** What is known of a capture file before its frames are replayed. */
interface FileFacts {
  /** Time of the first frame; undefined where that can't be looked at beforehand. */
  readonly startNs: bigint | undefined;
  /** The file's size; undefined where it is no ordinary file. */
  readonly fileBytes: number | undefined;
}

/** Gives a plan's traffic, from its beginning at each call. */
export class PlannedTraffic implements Disposable {
  readonly #plan: SimulationPlan;
  readonly #progress: SimulationProgress;
  readonly #simulation: Simulation;
  /** Loaded only where there is a file. */
  readonly #files: Files | undefined;
  readonly #facts: FileFacts;
  /** What there is to say of the file, once it was read. */
  readonly #remarks = new Set<string>();
  #open: FileSource | undefined;

  private constructor(
    plan: SimulationPlan,
    progress: SimulationProgress,
    simulation: Simulation,
    files: Files | undefined,
  ) {
    this.#plan = plan;
    this.#progress = progress;
    this.#simulation = simulation;
    this.#files = files;
    const { traffic } = plan;
    this.#facts =
      traffic.kind === 'recorded' && traffic.file !== '-'
        ? lookAt(traffic, files!)
        : { startNs: undefined, fileBytes: undefined };
  }

  /**
   * Looks at the file, where the plan has one.
   *
   * @throws {FormatError} where it is no capture file, or holds no frame
   */
  static async open(plan: SimulationPlan, progress: SimulationProgress): Promise<PlannedTraffic> {
    const files = plan.traffic.kind === 'recorded' ? await import('../files.js') : undefined;
    return new PlannedTraffic(plan, progress, await import('../simulation.js'), files);
  }

  /** What virtual time 0 stands for: the first frame's time of a file, else a fixed date. */
  get startNs(): bigint {
    return this.#facts.startNs ?? madeStartNs;
  }

  /** Sentences on what the traffic leaves out; complete once it was used up. */
  get remarks(): readonly string[] {
    return [...this.#remarks];
  }

  /**
   * Makes the traffic from its beginning; ends what was made before.
   *
   * @param rate frames a second, or for a file the speed
   */
  make(rate: number): Traffic {
    const { traffic, limits } = this.#plan;
    const { limitTraffic, parallelFlows, replayTraffic } = this.#simulation;
    if (traffic.kind === 'made') {
      const shape = { ...traffic.word, ratePps: rate };
      const { sizes, flows, seed } = traffic;
      const made = parallelFlows({ shape, sizes, flows, seed, ...limits });
      return this.#progress.watch(made, partOf(limits));
    }
    this.close();
    const source = this.#files!.openFile(traffic.file, traffic.limit);
    this.#open = source;
    const replayed = limitTraffic(replayTraffic(this.#framesOf(source), rate), limits);
    const { fileBytes } = this.#facts;
    return this.#progress.watch(replayed, () =>
      fileBytes === undefined ? undefined : source.fileBytesRead / fileBytes,
    );
  }

  /** Closes the file that the last traffic came from. */
  close(): void {
    this.#open?.close();
    this.#open = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  *#framesOf(source: FileSource): Generator<TimedFrame> {
    yield* this.#simulation.recordedFrames(source);
    this.#remark(source);
  }

  #remark(source: FileSource): void {
    const { formatCounted, safeText } = this.#files!;
    const name = safeText(source.path);
    if (source.end === 'truncated') {
      this.#remarks.add(
        `${name} is truncated: it ends inside a block. The traffic is what comes before.`,
      );
    }
    let lost = 0;
    for (const { id } of source.interfaces) lost += source.counters(id)?.dropped ?? 0;
    if (lost > 0) {
      this.#remarks.add(
        `${name} itself lacks ${formatCounted(lost, 'frame')}, lost in its capture. The traffic is without them.`,
      );
    }
  }
}

/** How much has passed, by time or by number, whichever is further. */
function partOf(limits: SimulationPlan['limits']): (traffic: Traffic, frames: number) => number {
  const { endNs = Number.POSITIVE_INFINITY, frames: most = Number.POSITIVE_INFINITY } = limits;
  return (traffic, frames) => Math.max(traffic.timeNs / endNs, frames / most);
}

function lookAt({ file, limit }: RecordedTraffic, files: Files): FileFacts {
  const { FormatError, openFile, safeText, toEpochNs } = files;
  using source = openFile(file, limit);
  while (!source.ended) {
    const batch = source.read();
    if (batch.next()) {
      const { isFile, size } = fileSize(file);
      return {
        startNs: toEpochNs(batch.seconds, batch.nanoseconds),
        fileBytes: isFile ? size : undefined,
      };
    }
  }
  const why = source.end === 'truncated' ? ': it is truncated, and ends before the first one' : '';
  throw new FormatError('NO_FRAMES', `${safeText(file)} holds no frame to replay${why}.`, {
    offset: source.bytesRead,
    hint: 'Give a capture with frames, or --rate N.',
  });
}

function fileSize(file: string): { isFile: boolean; size: number } {
  const status = statSync(file);
  return { isFile: status.isFile(), size: status.size };
}
