/** `gapcap show`: one line a frame, with a line where frames are missing. */

import { type Command, Option } from 'commander';
import type { FileSource, FrameTimeFormat, Gap, ListedInterface, LossFacts } from '../../lines.js';
import { ExitStatus } from '../exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from '../expansion-limit.js';
import { reportFailure } from '../failure.js';
import { FramePlace, isPlaced } from '../frame-place.js';
import { writeOutput } from '../output-bytes.js';
import { parseCount } from '../quantity.js';
import { gapsInRed, showsColour, showsUnicode } from '../terminal-style.js';

const examples = `
Examples:
  gapcap show x.pcapng                    every frame, and every gap
  gapcap show --around-gaps 3 x.pcapng    three frames before and after each gap
  gapcap show --json --around-gaps 3 x.pcapng | jq -c 'select(.lost)'
  gapcap show --time relative x.pcap.gz   seconds since the first frame
  ssh host cat x.pcapng | gapcap show - | head`;

const timeFormats: readonly FrameTimeFormat[] = ['local', 'relative', 'epoch'];
/** Each frame that waits for a gap has a copy in memory. */
const mostAroundGaps = 100_000;

interface ShowArguments extends ExpansionArguments {
  readonly aroundGaps?: number;
  readonly json?: true;
  readonly time: FrameTimeFormat;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description('Shows the frames of a capture file, one line each, with the gaps in place.')
    .usage('FILE [options]')
    .argument('<FILE>', 'a pcapng or pcap file, gzip or zstd or plain; - is standard input')
    .option('--around-gaps <n>', 'show only n frames before and after each gap', (text) =>
      parseCount(text, '--around-gaps', { least: 0, most: mostAroundGaps }),
    )
    .addOption(
      new Option('--json', 'print one line of JSON for each frame and each gap').conflicts('time'),
    )
    .addOption(
      new Option('--time <format>', 'how times are written').choices(timeFormats).default('local'),
    );
  addExpansionOption(command);
  command
    .addHelpText('after', examples)
    .action(async (file: string, given: ShowArguments) => finish(await showFile(file, given)));
}

async function showFile(file: string, given: ShowArguments): Promise<ExitStatus> {
  const { FrameLine, FrameListing, openFile, plainFrameLineStyle, readFileLoss, safeText } =
    await import('../../lines.js');
  using source = openFile(file, {
    makeLoop: () => listing.makeLoop(),
    ...expansionLimit(given),
  });
  const colour = showsColour(process.stdout, process.env);
  const lines = new FrameLine({
    time: given.time,
    unicode: showsUnicode(process.env),
    style: colour ? gapsInRed(plainFrameLineStyle) : plainFrameLineStyle,
  });
  // A cooked header has an interface's number on the host that captured: its name there isn't known.
  const place = new FramePlace(() => [], safeText);
  const listing = new FrameListing(lines, (id) => listedInterface(source, id), writeOutput, {
    aroundGaps: given.aroundGaps,
    json: given.json,
    placeOf: (frame) => place.of(frame, source.interfaces),
  });
  let gap: Gap | undefined;
  let facts: LossFacts;
  try {
    facts = readFileLoss(source, {
      file,
      gapLimit: 0,
      // Known right before its frame; the last ones are in the account, too.
      ...(given.json ? { onGap: (known: Gap) => (gap = known) } : {}),
      onFrame: (batch, number) => {
        listing.frame(batch, number, gap);
        gap = undefined;
      },
      onSums: (sums, last) => listing.taken(sums.frames, last),
      beforeRead: () => listing.flush(),
    });
  } catch (error) {
    listing.end();
    throw error;
  }
  showLossAfter(listing, facts);
  listing.end();
  return tellRest(file, facts, given);
}

function listedInterface(source: FileSource, id: number): ListedInterface {
  const { interfaces } = source;
  const { linkType, name } = interfaces[id]!;
  return {
    linkType,
    placed: isPlaced(linkType, interfaces.length),
    gapName: interfaces.length > 1 ? (name ?? `interface ${id}`) : undefined,
  };
}

/** What was lost behind the last frame, and what nobody knows the place of. */
function showLossAfter(
  listing: { lossAfter(interfaceId: number, loss: LossFacts['account']['gaps'][number]): void },
  { account }: LossFacts,
): void {
  for (const gap of account.gaps) listing.lossAfter(gap.interfaceId, gap);
  for (const { id, unplaced } of account.interfaces) {
    if (unplaced === undefined || unplaced === 0) continue;
    listing.lossAfter(id, {
      ...{ interfaceId: id, lost: unplaced, atLeast: unplaced, atMost: unplaced, group: undefined },
      ...{ certainty: 'unplaced', after: undefined, before: undefined },
      ...{ startNs: undefined, endNs: undefined },
    });
  }
}

/** What isn't a frame goes to stderr. */
async function tellRest(file: string, facts: LossFacts, given: ShowArguments): Promise<ExitStatus> {
  const { safeText } = await import('../../lines.js');
  const { account, truncated, mismatches } = facts;
  if (truncated) {
    process.stderr.write(
      `gapcap: ${safeText(file)} is truncated: its end is missing; all whole frames are shown.\n`,
    );
  }
  if (given.aroundGaps !== undefined && account.gapCount === 0) {
    process.stderr.write(`gapcap: ${safeText(file)} records no gap.\n`);
  }
  let status: ExitStatus = ExitStatus.Done;
  for (const mismatch of mismatches) status = await reportFailure(mismatch);
  return status;
}
