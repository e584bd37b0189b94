/** `gapcap extcap`: gapcap as one of Wireshark's own interfaces. */

import { type Command, Option } from 'commander';
import { ExitStatus } from '../exit-status.js';
import { parseCount, parseSize, SizeUnit } from '../quantity.js';
import { UsageError } from '../usage-error.js';

const examples = `
After --install, Wireshark and tshark list each interface a second time, as
gapcap-IF; captured so, its frames say how many are missing before them, live:
frame.drop_count > 0 finds them. The other options are for Wireshark to call.

Examples:
  gapcap extcap --install            put gapcap in Wireshark's interface list
  gapcap extcap --uninstall          take it away again
  tshark -i gapcap-eth0 -T fields -e frame.number -e frame.drop_count`;

const largestSnapshotLength = 262_144;

interface ExtcapArguments {
  readonly install?: true;
  readonly uninstall?: true;
  readonly dir?: string;
  readonly extcapInterfaces?: true;
  readonly extcapDlts?: true;
  readonly extcapConfig?: true;
  readonly extcapReloadOption?: string;
  readonly extcapCleanupPostkill?: true;
  readonly extcapInterface?: string;
  readonly extcapCaptureFilter?: string;
  readonly extcapControlIn?: string;
  readonly extcapControlOut?: string;
  readonly capture?: true;
  readonly fifo?: string;
  readonly snapshotLength?: number;
  readonly bufferSize?: number;
  readonly engine?: 'ring' | 'socket';
  readonly promiscuous?: boolean;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  const forWireshark = (flags: string, description: string): Option =>
    new Option(flags, description).helpGroup('For Wireshark to call:');
  command
    .description("Puts gapcap into Wireshark's list of interfaces, and answers when it is called.")
    .usage('--install|--uninstall [--dir FOLDER]')
    .option('--install', "put gapcap into Wireshark's personal extcap folder")
    .option('--uninstall', 'remove it from there')
    .option('--dir <folder>', 'the folder, instead of the one that Wireshark names')
    .addOption(forWireshark('--extcap-interfaces', 'list the interfaces'))
    .addOption(forWireshark('--extcap-version <version>', "Wireshark's version"))
    .addOption(forWireshark('--extcap-dlts', "list the interface's link type"))
    .addOption(forWireshark('--extcap-config', 'describe the dialog'))
    .addOption(forWireshark('--extcap-reload-option <option>', "list an option's values"))
    .addOption(forWireshark('--extcap-cleanup-postkill', 'tidy up after a kill'))
    .addOption(forWireshark('--extcap-interface <name>', 'the interface meant'))
    .addOption(forWireshark('--extcap-capture-filter <expression>', 'its filter'))
    .addOption(forWireshark('--capture', 'capture; without it, check the filter'))
    .addOption(forWireshark('--fifo <pipe>', 'write the frames to this pipe'))
    .addOption(forWireshark('--extcap-control-in <pipe>', 'messages from the toolbar'))
    .addOption(forWireshark('--extcap-control-out <pipe>', 'messages to the toolbar'))
    .addOption(
      forWireshark('--snapshot-length <bytes>', 'keep so many bytes of a frame').argParser((text) =>
        parseCount(text, '--snapshot-length', { least: 0, most: largestSnapshotLength }),
      ),
    )
    .addOption(
      forWireshark('--buffer-size <size>', 'size of the ring or queue in MiB').argParser((text) =>
        parseSize(text, '--buffer-size', SizeUnit.MiB),
      ),
    )
    .addOption(forWireshark('--engine <engine>', 'ring or socket').choices(['ring', 'socket']))
    .addOption(
      forWireshark('--promiscuous <boolean>', 'true or false').argParser(
        (text) => text.toLowerCase() !== 'false',
      ),
    )
    // What a newer Wireshark may add.
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', examples)
    .action(async (given: ExtcapArguments) => finish(await answer(command, given)));
}

async function answer(command: Command, given: ExtcapArguments): Promise<ExitStatus> {
  if (given.install || given.uninstall) await installOrRemove(given);
  else if (given.extcapInterfaces) await listInterfacesForWireshark();
  else if (given.extcapCleanupPostkill || given.extcapReloadOption !== undefined) {
    // Nothing is left behind, and no option has values that change.
  } else if (given.extcapConfig) {
    const { dialogLines } = await import('../extcap-grammar.js');
    print(dialogLines());
  } else if (given.extcapDlts) await describeLinkType(given);
  else if (given.capture) return capture(given);
  else if (given.extcapCaptureFilter !== undefined) await checkFilter(given);
  else command.outputHelp();
  return ExitStatus.Done;
}

async function installOrRemove(given: ExtcapArguments): Promise<void> {
  if (given.install && given.uninstall) {
    throw new UsageError("--install can't be combined with --uninstall");
  }
  const { extcapFolders, installExtcap, uninstallExtcap } = await import('../extcap-install.js');
  const { safeText } = await import('../../interfaces.js');
  const folders = given.dir === undefined ? extcapFolders() : [given.dir];
  if (given.install) {
    print([`installed: ${safeText(installExtcap(folders[0]!))}`]);
    process.stderr.write(
      "Wireshark lists the interfaces when it starts, or with F5; 'gapcap doctor' says whether you may capture.\n",
    );
    return;
  }
  const removed = folders.map(uninstallExtcap).filter((path) => path !== undefined);
  print(
    removed.length === 0 ? ['not installed'] : removed.map((path) => `removed: ${safeText(path)}`),
  );
}

async function listInterfacesForWireshark(): Promise<void> {
  const { ANY_INTERFACE, listInterfaces, VERSION } = await import('../../interfaces.js');
  const { interfaceLines } = await import('../extcap-grammar.js');
  print(interfaceLines(listInterfaces(), ANY_INTERFACE, VERSION));
}

async function describeLinkType(given: ExtcapArguments): Promise<void> {
  const { findTarget, linkTypeName } = await import('../../interfaces.js');
  const { linkTypeLine } = await import('../extcap-grammar.js');
  const { linkType } = findTarget(await meantInterface(given));
  print([linkTypeLine(linkType, linkTypeName(linkType))]);
}

/** Says nothing of a good filter; anything said is why it is bad. */
async function checkFilter(given: ExtcapArguments): Promise<void> {
  const { compileLiveFilter } = await import('../../filters.js');
  const { GapcapError } = await import('../../errors.js');
  const interfaceName = await meantInterface(given);
  const filter = given.extcapCaptureFilter!.trim();
  if (filter === '') return;
  try {
    compileLiveFilter(filter, { interfaceName, snapshotLength: given.snapshotLength || undefined });
  } catch (error) {
    if (!(error instanceof GapcapError)) throw error;
    print([[error.message, error.hint].filter((part) => part !== undefined).join(' ')]);
  }
}

async function capture(given: ExtcapArguments): Promise<ExitStatus> {
  const { captureForWireshark } = await import('../extcap-capture.js');
  if (given.fifo === undefined) throw new UsageError('--capture needs --fifo PIPE');
  return captureForWireshark({
    interfaceName: await meantInterface(given),
    fifo: given.fifo,
    filter: given.extcapCaptureFilter,
    controlIn: given.extcapControlIn,
    controlOut: given.extcapControlOut,
    snapshotLength: given.snapshotLength || undefined,
    bufferSizeBytes: given.bufferSize,
    engine: given.engine,
    promiscuous: given.promiscuous,
  });
}

async function meantInterface(given: ExtcapArguments): Promise<string> {
  if (given.extcapInterface === undefined) {
    throw new UsageError('--extcap-interface NAME is missing');
  }
  const { interfaceNameOf } = await import('../extcap-grammar.js');
  return interfaceNameOf(given.extcapInterface);
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
