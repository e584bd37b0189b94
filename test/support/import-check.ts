/** Judges the imports of one source file by the table of layers. */

import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { findReferences, type ModuleReference } from './import-scanner.js';
import { IMPORT_TABLE, type ImportRule } from './import-table.js';
import type { ProjectFile } from './project-files.js';

/** The files that gather exports: the public interface, and its parts. */
const isPublic = (layer: string): boolean => layer.endsWith('.ts');

/** The layer a path below `src/` belongs to: its first folder, or the file's own name. */
export function layerOf(path: string): string {
  return path.split('/')[1]!;
}

/** Lists what a source file imports against the table, one sentence for each. */
export function forbiddenImports({ path, text }: ProjectFile): string[] {
  const layer = layerOf(path);
  const rule = IMPORT_TABLE.get(layer);
  if (rule === undefined) return [`${path}: ${layer} is no layer of the import table`];
  return findReferences(text).flatMap((reference) => {
    const complaint = judge(path, layer, rule, reference);
    return complaint === undefined ? [] : [`${path}:${reference.line}: ${complaint}`];
  });
}

function judge(
  path: string,
  layer: string,
  rule: ImportRule,
  { form, specifier }: ModuleReference,
): string | undefined {
  if (specifier === undefined) return `${form} of a computed name can't be checked; name it`;
  if (form === 're-export' && !isPublic(layer)) {
    return `re-exports ${specifier}; only src/index.ts and its parts beside it gather exports`;
  }
  if (specifier.startsWith('node:')) {
    return rule.node ? undefined : `${layer} may not use Node's modules, but imports ${specifier}`;
  }
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  if (specifier.startsWith('.')) return judgeRelative(path, layer, rule, specifier);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const allowed = rule.packages.some((other) => other === name || other === specifier);
  return allowed ? undefined : `${layer} may not import the package ${name}`;
}

function judgeRelative(
  path: string,
  layer: string,
  rule: ImportRule,
  specifier: string,
): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  if (!target.startsWith('src/')) return `${specifier} lies outside src`;
  // AssemblyScript's compiler takes no ending.
  const isWhole = layer === 'loops' || /\.(js|wasm)$/.test(target);
  if (!isWhole) return `${specifier} must end in .js`;
  const targetLayer = layerOf(target.replace(/\.(js|wasm)$/, '.ts'));
  if (targetLayer === layer || rule.folders.includes(targetLayer)) return undefined;
  return `${layer} may not import ${targetLayer}, but imports ${specifier}`;
}
