/** Which folder of `src` may import what: the layers of the code as data. */

/** What one folder, or the public index, may import. */
export interface ImportRule {
  /** Folders of `src` whose files it may import; its own is always allowed. */
  readonly folders: readonly string[];
  /** Packages by name, or one module of a package. */
  readonly packages: readonly string[];
  /** Whether it may use Node's own modules. The folders that may not hold no input or output. */
  readonly node: boolean;
}

const pure = (...folders: string[]): ImportRule => ({ folders, packages: [], node: false });
const active = (...folders: string[]): ImportRule => ({ folders, packages: [], node: true });

/** The table. A folder that isn't in it may not exist. `index.ts` is the public interface. */
export const IMPORT_TABLE: ReadonlyMap<string, ImportRule> = new Map([
  ['core', pure()],
  ['headers', pure('core')],
  ['pcap', pure('core')],
  ['pcapng', pure('core')],
  ['gaps', pure('core')],
  ['model', pure('core')],
  // AssemblyScript; source and analysis call what it is compiled to.
  ['loops', pure()],
  ['sys', { ...active('core'), packages: ['koffi'] }],
  ['source', active('core', 'sys', 'model', 'pcap', 'pcapng', 'loops')],
  ['capture', active('core', 'gaps', 'pcap', 'pcapng', 'source', 'sys')],
  ['edit', active('core', 'headers', 'gaps', 'pcap', 'pcapng', 'source', 'capture', 'sys')],
  ['heal', active('core', 'headers', 'gaps', 'pcapng', 'source', 'edit', 'loops')],
  ['analysis', active('core', 'headers', 'gaps', 'source', 'loops')],
  [
    'archive',
    {
      ...active('core', 'headers', 'gaps', 'source', 'capture', 'analysis'),
      packages: ['hyparquet', 'hyparquet-writer'],
    },
  ],
  ['doctor', pure('core', 'sys')],
  ['report', { ...active('core', 'gaps', 'analysis', 'doctor'), packages: ['uplot'] }],
  ['watch', { ...active('core', 'gaps', 'capture', 'report', 'sys'), packages: ['prom-client'] }],
  [
    'fleet',
    {
      ...active('core', 'gaps', 'capture', 'report', 'sys', 'watch'),
      packages: ['@nats-io/jetstream', '@nats-io/transport-node'],
    },
  ],
  // Runs in the browser; nothing imports it.
  ['page', { ...pure('core', 'report', 'watch'), packages: ['uplot'] }],
  ['lab', active('core', 'model', 'sys', 'source', 'capture', 'pcapng')],
  [
    'index.ts',
    pure(
      'core',
      'headers',
      'pcap',
      'pcapng',
      'gaps',
      'model',
      'sys',
      'source',
      'capture',
      'edit',
      'heal',
      'analysis',
      'doctor',
      'report',
      'lab',
    ),
  ],
  ['archiving.ts', pure('archive')],
  ['sensors.ts', pure('fleet')],
  ['files.ts', pure('core', 'gaps', 'source', 'analysis', 'report')],
  ['lines.ts', pure('gaps', 'source', 'analysis', 'report')],
  ['editing.ts', pure('edit')],
  ['healing.ts', pure('heal')],
  ['interfaces.ts', pure('core', 'report', 'source', 'sys')],
  ['errors.ts', pure('core', 'report')],
  ['filters.ts', pure('source', 'sys')],
  ['hashes.ts', pure('source')],
  ['live.ts', pure('core', 'capture', 'report', 'source', 'sys')],
  ['inference.ts', pure('analysis', 'report', 'source')],
  ['simulation.ts', pure('core', 'model', 'report', 'source')],
  ['reporting.ts', pure('analysis', 'report', 'source')],
  ['demonstration.ts', pure('core', 'lab', 'report')],
  ['diagnosis.ts', pure('doctor', 'report', 'source', 'sys')],
  ['watching.ts', pure('watch')],
  [
    'cli',
    {
      ...active(
        'index.ts',
        'files.ts',
        'sensors.ts',
        'archiving.ts',
        'lines.ts',
        'editing.ts',
        'healing.ts',
        'interfaces.ts',
        'errors.ts',
        'filters.ts',
        'hashes.ts',
        'live.ts',
        'inference.ts',
        'simulation.ts',
        'reporting.ts',
        'demonstration.ts',
        'diagnosis.ts',
        'watching.ts',
      ),
      packages: ['commander', 'gapcap/package.json'],
    },
  ],
]);
