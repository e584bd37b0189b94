/**
 * fast-check with the same inputs at every run, so that a test that passed goes on to pass; take it from
 * here instead of from the package. `GAPCAP_PROPERTY_SEED=random` tries others each time, a number
 * tries that seed: to look for what a thousand fixed inputs haven't shown.
 */

import fc from 'fast-check';

/** Any number would do. */
const SEED = 20_091_002;

const { GAPCAP_PROPERTY_SEED: wanted } = process.env;
if (wanted !== 'random') fc.configureGlobal({ seed: wanted === undefined ? SEED : Number(wanted) });

export default fc;
