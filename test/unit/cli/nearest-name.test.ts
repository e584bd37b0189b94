import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestName } from '../../../src/cli/nearest-name.js';

const commands = ['capture', 'gaps', 'interfaces', 'demo'];

describe('nearestName', () => {
  it('forgives a letter left out, doubled, wrong, or swapped with its neighbour', () => {
    assert.equal(nearestName('captre', commands), 'capture');
    assert.equal(nearestName('gapps', commands), 'gaps');
    assert.equal(nearestName('demi', commands), 'demo');
    assert.equal(nearestName('gpas', commands), 'gaps');
    assert.equal(nearestName('interface', commands), 'interfaces');
  });

  it('takes upper and lower case as equal', () => {
    assert.equal(nearestName('CAPTURE', commands), 'capture');
  });

  it('says nothing where no name is near', () => {
    assert.equal(nearestName('frobnicate', commands), undefined);
    assert.equal(nearestName('', commands), undefined);
    assert.equal(nearestName('x', ['y', 'z']), undefined);
    assert.equal(nearestName('eth0', []), undefined);
  });

  it('prefers the fewest edits, then the first', () => {
    assert.equal(nearestName('eth2', ['wlan0', 'eth0', 'eth1']), 'eth0');
    assert.equal(nearestName('enp3s1', ['enp2s0', 'enp3s0']), 'enp3s0');
  });
});
