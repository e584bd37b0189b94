/** `gapcap interfaces`: what can be captured from. */

import type { Command } from 'commander';
import type { SystemInterface, TextColumn } from '../../interfaces.js';
import { writeJson } from '../standard-output.js';

const examples = `
Examples:
  gapcap interfaces                  a table
  gapcap interfaces --json           the same as JSON`;

const columns: readonly TextColumn[] = [
  { heading: 'no', align: 'right' },
  { heading: 'name', align: 'left' },
  { heading: 'state', align: 'left' },
  { heading: 'link type', align: 'left' },
  { heading: 'addresses', align: 'left' },
  { heading: 'description', align: 'left' },
];

/** Defines the command; see `CommandModule`. */
export function define(command: Command): void {
  command
    .description('Lists the interfaces that can be captured from.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (given: { readonly json?: true }) => {
      const { alignColumns, linkTypeName, listInterfaces, safeText } = await import(
        '../../interfaces.js'
      );
      const interfaces = listInterfaces();
      if (given.json) {
        writeJson(interfaces.map((each) => toJson(each, linkTypeName(each.linkType))));
        return;
      }
      const rows = interfaces.flatMap((each) => toRows(each, linkTypeName(each.linkType)));
      const harmless = rows.map((cells) => cells.map(safeText));
      process.stdout.write(`${alignColumns(columns, harmless).join('\n')}\n`);
    });
}

/** One row for the interface, and one more for each address but the first. */
function toRows(each: SystemInterface, linkTypeName: string): string[][] {
  const [address = '', ...further] = each.addresses;
  const state = each.up ? 'up' : 'down';
  return [
    [`${each.index}`, each.name, state, linkTypeName, address, each.description ?? ''],
    ...further.map((another) => ['', '', '', '', another, '']),
  ];
}

function toJson(each: SystemInterface, linkTypeName: string): object {
  return {
    number: each.index,
    name: each.name,
    state: each.up ? 'up' : 'down',
    linkType: each.linkType,
    linkTypeName,
    addresses: each.addresses,
    macAddress: each.macAddress ?? null,
    mtu: each.mtu ?? null,
    description: each.description ?? null,
  };
}
