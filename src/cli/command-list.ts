/**
 * The commands: names and summaries here, everything else in a module of its own that is loaded
 * only when its command is run. Adding a command is one file in `commands/` and one entry here.
 */

import type { Command } from 'commander';
import type { ExitStatus } from './exit-status.js';

/** What a file in `commands/` exports. */
export interface CommandModule {
  /**
   * Gives the command its arguments, options, examples and action.
   *
   * @param finish takes the exit status when the action is done; without a call it is `Done`
   * @param describe makes the whole program with every command's options, for what describes them
   */
  define(
    command: Command,
    finish: (status: ExitStatus) => void,
    describe: () => Promise<Command>,
  ): void;
}

/** One command as the overview shows it. */
export interface CommandEntry {
  readonly name: string;
  /** A few words that go on from "gapcap NAME". */
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command, in the order in which the overview lists them. */
export const commandList: readonly CommandEntry[] = [
  {
    name: 'capture',
    summary: 'capture frames and say exactly which ones are missing',
    load: () => import('./commands/capture.js'),
  },
  {
    name: 'gaps',
    summary: 'list every gap in capture files: how many frames are missing, and where',
    load: () => import('./commands/gaps.js'),
  },
  {
    name: 'copy',
    summary: 'copy capture files: cut, filter, convert, without losing a recorded loss',
    load: () => import('./commands/copy.js'),
  },
  {
    name: 'merge',
    summary: 'merge capture files in the order of time, with all their losses',
    load: () => import('./commands/merge.js'),
  },
  {
    name: 'heal',
    summary: "fill one capture's gaps with the frames that another has",
    load: () => import('./commands/heal.js'),
  },
  {
    name: 'infer',
    summary: 'infer from TCP what the capture lost, and what the network',
    load: () => import('./commands/infer.js'),
  },
  {
    name: 'info',
    summary: 'say what capture files hold, every loss counter included',
    load: () => import('./commands/info.js'),
  },
  {
    name: 'report',
    summary: 'make one page of a capture: plots, losses, what lay around each gap',
    load: () => import('./commands/report.js'),
  },
  {
    name: 'show',
    summary: 'show frames, one line each, with a line where some are missing',
    load: () => import('./commands/show.js'),
  },
  {
    name: 'fleet',
    summary: 'show all sensors that publish: who is losing frames, where, since when',
    load: () => import('./commands/fleet.js'),
  },
  {
    name: 'export',
    summary: 'write capture files as Parquet tables that other engines query',
    load: () => import('./commands/export.js'),
  },
  {
    name: 'interfaces',
    summary: 'list the interfaces that can be captured from',
    load: () => import('./commands/interfaces.js'),
  },
  {
    name: 'simulate',
    summary: 'say where traffic would be lost, and how big a buffer loses none of it',
    load: () => import('./commands/simulate.js'),
  },
  {
    name: 'extcap',
    summary: "put gapcap into Wireshark's interface list",
    load: () => import('./commands/extcap.js'),
  },
  {
    name: 'completion',
    summary: "print what makes a shell complete gapcap's words",
    load: () => import('./commands/completion.js'),
  },
  {
    name: 'doctor',
    summary: 'say what on this host makes frames go missing, and what mends it',
    load: () => import('./commands/doctor.js'),
  },
  {
    name: 'demo',
    summary: 'lose frames on purpose, and prove that every one is accounted for',
    load: () => import('./commands/demo.js'),
  },
];
