/** The thread that publishes; started by `FleetPublisher`. */

import { parentPort, workerData } from 'node:worker_threads';
import { GapcapError } from '../core/errors.js';
import type { SensorStart } from '../watch/sensor-event.js';
import {
  FLEET_VERSION,
  type FleetEvent,
  type FleetMessage,
  parseFleetMessage,
} from './fleet-message.js';
import { MessageSender } from './message-sender.js';
import type { FromPublisher, PublishOrder, ToPublisher } from './publish-message.js';
import type { Spool } from './spool.js';
import { openSpools } from './spool-folders.js';

/** Time for what waits to go out at the end. */
const END_MS = 5_000;

function publish(order: PublishOrder): void {
  const port = parentPort!;
  const tell = (message: FromPublisher): void => port.postMessage(message);
  let number = 0;
  let lostMessages = 0;
  let lostGaps = 0;
  let run: string | undefined;
  /** Without it nobody would know whose readings follow. */
  let lostStart: SensorStart | undefined;
  const countLost = (payloads: readonly string[]): void => {
    lostMessages += payloads.length;
    for (const payload of payloads) {
      const event = parseFleetMessage(payload)?.event;
      if (event?.kind === 'gaps') lostGaps += event.gaps.length;
      if (event?.kind === 'start' && event.run === run) lostStart = event;
    }
  };
  let spools: readonly Spool[];
  try {
    spools = openSpools(order.spoolFolder, order.spoolBytes, countLost);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    tell({ kind: 'failed', code, message });
    return;
  }
  const own = spools.at(-1)!;
  const sender = new MessageSender(order.address, {
    onReady: () => tell({ kind: 'ready' }),
    onTrouble: (error) => {
      const hint = error instanceof GapcapError ? error.hint : undefined;
      tell({ kind: 'trouble', message: error.message, hint });
    },
    onNews: (message) => tell({ kind: 'news', message }),
  });
  let isFull = false;
  const take = (event: FleetEvent): void => {
    number++;
    run = event.run;
    const payload = (): string => {
      const message: FleetMessage = {
        version: FLEET_VERSION,
        number,
        lostMessages,
        lostGaps,
        event,
      };
      return JSON.stringify(message);
    };
    try {
      own.append(payload);
      isFull = false;
    } catch (error) {
      // Lost as well; the next ones may have room again.
      countLost([payload()]);
      const { message } = error as Error;
      if (!isFull) tell({ kind: 'unkept', message });
      isFull = true;
      return;
    }
    sender.wake(event.run);
    if (lostStart === undefined) return;
    const again = lostStart;
    lostStart = undefined;
    take(again);
  };
  const end = async (): Promise<void> => {
    await sender.end(END_MS);
    const { waiting } = sender;
    for (const spool of spools) spool.close();
    tell({ kind: 'closed', ending: { waiting, lostMessages, lostGaps } });
    port.close();
  };
  port.on('message', (message: ToPublisher) => {
    if (message === undefined) void end();
    else take(message);
  });
  sender.start(spools, order.name);
  tell({ kind: 'open' });
}

publish(workerData as PublishOrder);
