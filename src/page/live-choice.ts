/** Which interfaces the reader wants to see: all of them, or one. */

import type { WatchedSensor } from '../watch/sensor-event.js';
import { byId, element, fill } from './elements.js';
import type { ChosenInterfaces } from './live-series.js';

/** The list to choose from; hidden where there is nothing to choose. */
export class LiveChoice {
  readonly #select: HTMLSelectElement = byId('choice') as HTMLSelectElement;
  #offered = '';

  /** @param onChange called when the reader chose something else */
  constructor(onChange: () => void) {
    this.#select.addEventListener('change', onChange);
  }

  /** Offers what there is now; a choice that is gone becomes all. */
  offer(sensors: readonly WatchedSensor[]): void {
    const entries = entriesOf(sensors);
    const offered = JSON.stringify(entries);
    if (offered === this.#offered) return;
    this.#offered = offered;
    const before = this.#select.value;
    fill(
      this.#select,
      element('option', { value: '' }, 'all interfaces'),
      ...entries.map(({ value, label }) => element('option', { value }, label)),
    );
    this.#select.value = entries.some(({ value }) => value === before) ? before : '';
    byId('choice-label').hidden = entries.length < 2;
  }

  /** What is chosen. */
  chosen(sensors: readonly WatchedSensor[]): ChosenInterfaces[] {
    const { value } = this.#select;
    return sensors.flatMap((sensor) => {
      const interfaces = sensor.start.interfaces
        .map(({ id }) => id)
        .filter((id) => value === '' || value === keyOf(sensor, id));
      return interfaces.length === 0 ? [] : [{ sensor, interfaces }];
    });
  }
}

function entriesOf(sensors: readonly WatchedSensor[]): { value: string; label: string }[] {
  return sensors.flatMap((sensor) =>
    sensor.start.interfaces.map(({ id, name }) => ({
      value: keyOf(sensor, id),
      label: sensors.length > 1 ? `${sensor.start.sensor}: ${name}` : name,
    })),
  );
}

function keyOf({ start }: WatchedSensor, id: number): string {
  return `${id} ${start.sensor}`;
}
