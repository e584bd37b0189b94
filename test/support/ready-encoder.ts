/** An encoder that frames can be given to. */

import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import { ByteCollector } from './byte-collector.js';
import { fakeInterface } from './fake-source.js';

/** An encoder in a section with `count` interfaces, whose blocks are already handed on. */
export function readyEncoder(count = 1, bufferBytes = 4096): [BlockEncoder, ByteCollector] {
  const output = new ByteCollector();
  const encoder = new BlockEncoder(output, { bufferBytes });
  encoder.sectionHeader();
  for (let id = 0; id < count; id++) encoder.interfaceDescription(fakeInterface(id));
  encoder.flush();
  output.writes.length = 0;
  return [encoder, output];
}
