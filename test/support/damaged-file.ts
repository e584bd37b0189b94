/** Files that are cut or damaged, in some of all cases. */

import fc from './fixed-check.js';

/** Whole files, and as many as a third of them cut short or with one byte made another. */
export function oftenDamaged(files: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const damage = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(), fc.nat(255)) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(), fc.constant(-1)) },
  );
  return fc.tuple(files, damage).map(([bytes, change]) => {
    if (change === undefined) return bytes;
    const at = change[0] % bytes.length;
    if (change[1] < 0) return bytes.slice(0, at);
    bytes[at] = change[1];
    return bytes;
  });
}
