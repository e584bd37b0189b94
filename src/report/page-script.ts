/** The page's script: modules that a browser could load one by one, put into one text. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const IMPORT = /^import \{([^}]*)\} from '(\.[^']+)';\n?/gm;
const EXPORT = /^export (?=(?:async )?(?:function|class|const|let) ?\*? ?(\w+))/gm;
const NO_EXPORTS = /^export \{\};\n?/gm;

/**
 * Joins a module and all it imports into one classic script, each module in a scope of its own.
 *
 * Understands what the compiler makes of this project's modules: named imports of relative paths,
 * and exports where things are declared.
 *
 * @param path the module that is run last
 * @throws {Error} where a module has an import or export of another form, or modules import in a circle
 */
export function joinModules(path: string): string {
  const names = new Map<string, string>();
  const parts: string[] = [];
  const add = (file: string, importers: readonly string[]): string => {
    const known = names.get(file);
    if (known !== undefined) return known;
    if (importers.includes(file)) {
      throw new Error(`${file} imports itself by way of ${importers.at(-1)}.`);
    }
    const exported: string[] = [];
    const text = readFileSync(file, 'utf8')
      .replace(IMPORT, (_, bindings: string, from: string) => {
        const name = add(join(dirname(file), from), [...importers, file]);
        return `const {${bindings.replace(/\bas\b/g, ':').replace(/(\w+) : (\w+)/g, '$1: $2')}} = ${name};\n`;
      })
      .replace(NO_EXPORTS, '')
      .replace(EXPORT, (_, name: string) => {
        exported.push(name);
        return '';
      });
    const left = /^(?:import|export)\b.*/m.exec(text);
    if (left !== null) throw new Error(`Can't join ${file}: it has '${left[0]}'.`);
    const name = `module${names.size}`;
    names.set(file, name);
    parts.push(
      `const ${name} = (() => {\n${text.trim()}\nreturn { ${exported.join(', ')} };\n})();`,
    );
    return name;
  };
  add(path, []);
  return `(() => {\n'use strict';\n${parts.join('\n')}\n})();\n`;
}
