/** Facts of loss written by hand, for tests of reports. */

import type { CaptureAccount, InterfaceAccount } from '../../src/gaps/account.js';
import type { Gap } from '../../src/gaps/gap.js';
import type { LossFacts } from '../../src/gaps/loss-facts.js';

/** An exact gap of 40 frames between frames 302 and 303 of interface 0, 12.012 ms long. */
export function fakeGap(fields: Partial<Gap> = {}): Gap {
  return {
    interfaceId: 0,
    lost: 40,
    certainty: 'exact',
    atLeast: 40,
    atMost: 40,
    group: undefined,
    after: 302,
    before: 303,
    startNs: 1_795_355_060_089_260_729n,
    endNs: 1_795_355_060_101_272_729n,
    ...fields,
  };
}

/** The account of eth0: 10,000 frames, 45 lost in 2 gaps, 5 of them at the end. */
export function fakeInterfaceAccount(fields: Partial<InterfaceAccount> = {}): InterfaceAccount {
  return {
    id: 0,
    name: 'eth0',
    linkType: 1,
    frames: 10_000,
    received: 10_045,
    dropped: 45,
    unread: 0,
    lost: 45,
    placed: 40,
    finalGap: 5,
    unplaced: 0,
    gapCount: 2,
    boundedGapCount: 0,
    ...fields,
  };
}

/** The facts of x.pcapng with the gap of 40 and a final gap of 5. */
export function fakeFacts(
  fields: Partial<LossFacts> = {},
  account: Partial<CaptureAccount> = {},
): LossFacts {
  return {
    file: 'x.pcapng',
    format: 'pcapng',
    application: 'gapcap 0.1.0',
    truncated: false,
    mismatches: [],
    ...fields,
    account: {
      frames: 10_000,
      lost: 45,
      interfaces: [fakeInterfaceAccount()],
      gaps: [
        fakeGap(),
        fakeGap({
          lost: 5,
          atLeast: 5,
          atMost: 5,
          after: 10_000,
          before: undefined,
          startNs: 1_795_355_061_000_000_000n,
          endNs: undefined,
        }),
      ],
      gapCount: 2,
      gapsOmitted: 0,
      ...account,
    },
  };
}
