/** Every way into a NATS server: who has the right key is let in, who hasn't is told what to do. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nkeys } from '@nats-io/transport-node';
import type { FleetJson } from '../../src/fleet/fleet-json.js';
import { TestAuthority } from '../support/certificates.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { makeNatsCredentials } from '../support/nats-credentials.js';
import { NatsServer } from '../support/nats-server.js';
import { ended } from '../support/tap-path.js';
import { toolSkip } from '../support/tools.js';
import { CaptureRun } from './capture-run.js';
import { fleet, untilTrue, watcher } from './fleet-run.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-locks-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** How somebody comes to the server. */
interface Way {
  readonly url?: string;
  /** What `GAPCAP_NATS_LOGIN` is. */
  readonly login?: string;
  readonly options?: readonly string[];
}

let serverCount = 0;

/** A locked server, and what both commands say at its door. */
class LockedServer implements Disposable {
  readonly network: TestNetwork = new TestNetwork();
  readonly server: NatsServer;
  readonly folder: string = mkdtempSync(join(folder, `server${++serverCount}-`));

  constructor(settings: string) {
    this.server = new NatsServer(this.network, this.folder, { settings });
  }

  [Symbol.dispose](): void {
    this.network[Symbol.dispose]();
  }

  /** A capture that publishes is heard by a `fleet`, both of which come this way. */
  async letsIn(way: Way): Promise<void> {
    await withLogin(way.login, async () => {
      const { url = this.server.url, options = [] } = way;
      const sensor = `s${Math.random().toString(36).slice(2, 8)}`;
      const run = await CaptureRun.start(this.network, [
        ...['-w', '-', '--sensor', sensor, '--publish', url, ...options],
        ...['--publish-spool', join(this.folder, 'spool')],
      ]);
      await untilTrue(async () => {
        const { status, stdout, stderr } = await fleet(this.network, url, '--json', ...options);
        assert.equal(status, 0, stderr);
        const { sensors } = JSON.parse(stdout) as FleetJson;
        return sensors.some((one) => one.sensor === sensor);
      });
      const { status, stderr } = await run.end();
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /events wait|NATS/);
    });
  }

  /**
   * Neither is let in; a capture goes on without, and says so.
   *
   * @param secrets nothing of these is said
   */
  async refuses(way: Way, message: RegExp, secrets: readonly string[] = []): Promise<void> {
    await withLogin(way.login, async () => {
      const { url = this.server.url, options = [] } = way;
      const refused = await fleet(this.network, url, '--json', ...options);
      assert.equal(refused.status, 1, refused.stderr);
      assert.match(refused.stderr, message);
      let told = '';
      const run = await CaptureRun.start(
        this.network,
        [
          ...['-w', '-', '--publish', url, ...options],
          ...['--publish-spool', join(this.folder, 'refused')],
        ],
        {
          onStderr: (text) => {
            told = text;
          },
        },
      );
      await untilTrue(
        () => message.test(told),
        () => told,
      );
      assert.match(told, /events wait in /);
      // At its end it would wait for the server for five seconds.
      run.kill('SIGKILL');
      const { stderr } = await run.finished();
      for (const secret of secrets) {
        assert.ok(!`${refused.stderr}${stderr}`.includes(secret), `${secret} is told`);
      }
    });
  }
}

async function withLogin(login: string | undefined, act: () => Promise<void>): Promise<void> {
  if (login !== undefined) process.env['GAPCAP_NATS_LOGIN'] = login;
  try {
    await act();
  } finally {
    delete process.env['GAPCAP_NATS_LOGIN'];
  }
}

describe('a locked NATS server', { skip: liveSkip() || toolSkip('nats-server') }, () => {
  it('lets in by user and password, in the environment or the address', async () => {
    using locked = new LockedServer('authorization { user: watcher, password: "se:cr/et,1" }');
    await locked.server.start();
    await locked.letsIn({ login: 'watcher:se:cr/et,1' });
    await locked.letsIn({ url: 'nats://watcher:se%3Acr%2Fet%2C1@127.0.0.1' });
    const wrong = /doesn't let us in: Authorization.*User or password in GAPCAP_NATS_LOGIN/;
    await locked.refuses({ login: 'watcher:guess' }, wrong, ['guess']);
    await locked.refuses({ url: 'nats://watcher:guess@127.0.0.1' }, wrong, ['guess']);
    await locked.refuses({}, /doesn't let us in: Authorization.*set GAPCAP_NATS_LOGIN/);
    // Of several servers, the one that refuses has more to say than those that aren't there.
    const several = 'nats://127.0.0.1:4298,nats://127.0.0.1:4222,nats://127.0.0.1:4299';
    await locked.refuses({ url: several, login: 'watcher:guess' }, wrong, ['guess']);
    await locked.letsIn({ url: several, login: 'watcher:se:cr/et,1' });
    const unescaped = await fleet(locked.network, 'nats://watcher:se:cr/et,1@127.0.0.1');
    assert.equal(unescaped.status, 2);
    assert.match(unescaped.stderr, /write \/ as %2F/);
    assert.doesNotMatch(unescaped.stderr, /cr\/et|watcher/);
  });

  it('is told as refusing where it was away at first', async () => {
    using locked = new LockedServer('authorization { token: "t0ken-of-ours" }');
    let told = '';
    const run = await CaptureRun.start(
      locked.network,
      [
        ...['-w', '-', '--publish', locked.server.url],
        ...['--publish-spool', join(locked.folder, 'spool')],
      ],
      {
        onStderr: (text) => {
          told = text;
        },
      },
    );
    await untilTrue(() => /Can't reach the NATS server at .*; events wait in /.test(told));
    await locked.server.start();
    const refused = /doesn't let us in: Authorization.*; events wait in .*set GAPCAP_NATS_LOGIN/;
    await untilTrue(
      () => refused.test(told),
      () => told,
    );
    run.kill('SIGKILL');
    await run.finished();
    const lines = told.split('\n').filter((line) => line.includes('events wait in'));
    assert.equal(lines.length, new Set(lines).size, `each reason is told once: ${told}`);
  });

  it('lets in by a token, which nobody sees in the list of processes', async () => {
    using locked = new LockedServer('authorization { token: "t0ken-of-ours" }');
    await locked.server.start();
    await locked.letsIn({ login: 't0ken-of-ours' });
    await locked.letsIn({ url: 'nats://t0ken-of-ours@127.0.0.1' });
    const wrong = /doesn't let us in: Authorization.*The token in GAPCAP_NATS_LOGIN/;
    await locked.refuses({ login: 'an0ther' }, wrong, ['an0ther']);
    await locked.refuses({ url: 'nats://an0ther@127.0.0.1' }, wrong, ['an0ther']);
    await withLogin('t0ken-of-ours', () => notInCommandLine(locked, 'nats://127.0.0.1'));
    await notInCommandLine(locked, 'nats://t0ken-of-ours@127.0.0.1');
  });

  it('lets in by a login in a file, which goes before the environment and behind the address', async () => {
    using locked = new LockedServer('authorization { user: watcher, password: "se:cr/et,1" }');
    await locked.server.start();
    const file = (name: string, text: string): string[] => {
      const path = join(locked.folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return ['--nats-login', path];
    };
    const right = file('right', 'watcher:se:cr/et,1\n');
    const wrong = file('wrong', 'watcher:gu3ss');
    await locked.letsIn({ login: 'watcher:gu3ss', options: right });
    await locked.letsIn({ url: 'nats://watcher:se%3Acr%2Fet%2C1@127.0.0.1', options: wrong });
    const refusal = /doesn't let us in: Authorization.*the file of --nats-login.*are wrong/;
    await locked.refuses({ login: 'watcher:se:cr/et,1', options: wrong }, refusal, ['gu3ss']);
    for (const text of ['', '\n', ':gu3ss', 'watcher:gu3ss\nother:gu3ss\n']) {
      const { status, stderr } = await fleet(
        ...([locked.network, locked.server.url, ...file('odd', text)] as const),
      );
      assert.equal(status, 2);
      assert.match(
        stderr,
        /no login for NATS in .*odd: it has .*Write one line into it: USER:PASSWORD, or a token/,
      );
      assert.doesNotMatch(stderr, /gu3ss/);
    }
  });

  it('lets in by the seed of an NKey alone', async () => {
    const [known, stranger] = [nkeys.createUser(), nkeys.createUser()];
    using locked = new LockedServer(
      `authorization { users: [ { nkey: ${known.getPublicKey()} } ] }`,
    );
    await locked.server.start();
    const seedFile = (name: string, seed: Uint8Array): string => {
      const path = join(locked.folder, name);
      writeFileSync(path, `${Buffer.from(seed).toString()}\n`, { mode: 0o600 });
      return path;
    };
    await locked.letsIn({ options: ['--nats-creds', seedFile('known.nk', known.getSeed())] });
    const wrong = seedFile('stranger.nk', stranger.getSeed());
    const refusal = /doesn't let us in: Authorization.*It knows no such user/;
    await locked.refuses({ options: ['--nats-creds', wrong] }, refusal, [
      Buffer.from(stranger.getSeed()).toString(),
    ]);
    const broken = join(locked.folder, 'broken.nk');
    writeFileSync(broken, Buffer.from(known.getSeed()).toString().replace(/.$/, 'A2'));
    const { status, stderr } = await fleet(
      locked.network,
      locked.server.url,
      '--nats-creds',
      broken,
    );
    assert.equal(status, 2);
    assert.match(stderr, /no seed of a NATS user in .*broken\.nk.*begins with SU/);
    assert.ok(!stderr.includes(Buffer.from(known.getSeed()).toString().slice(0, 20)));
  });

  it('lets a sensor in by its credentials file, which only root can read, and spools as who captures', async () => {
    const { settings, known, stranger } = makeNatsCredentials();
    using locked = new LockedServer(settings);
    const { network, server } = locked;
    await server.start();
    const [good, bad] = [join(locked.folder, 'sensor.creds'), join(locked.folder, 'other.creds')];
    writeFileSync(good, known, { mode: 0o600 });
    writeFileSync(bad, stranger, { mode: 0o600 });
    // Somebody else's home, where whoever captures in the end may write.
    const spool = mkdtempSync(join(tmpdir(), 'gapcap-nobody-'));
    try {
      const [uid, gid] = ['-u', '-g'].map((what) =>
        Number(execFileSync('id', [what, 'nobody']).toString()),
      );
      chownSync(spool, uid!, gid!);
      const run = await CaptureRun.start(network, [
        ...['-w', '-', '-Z', 'nobody', '--sensor', 'edge', '--publish', server.url],
        ...['--nats-creds', good, '--publish-spool', spool],
      ]);
      await untilTrue(async () => {
        const { status, stdout, stderr } = await fleet(
          ...([network, server.url, '--json', '--nats-creds', good] as const),
        );
        assert.equal(status, 0, stderr);
        return (JSON.parse(stdout) as FleetJson).sensors.some(({ sensor }) => sensor === 'edge');
      });
      assert.equal(statSync(join(spool, 'edge')).uid, uid);
      const { status, stderr } = await run.end();
      assert.equal(status, 0, stderr);
      assert.deepEqual(readdirSync(join(spool, 'edge')), []);
    } finally {
      rmSync(spool, { recursive: true });
    }
    const refusal = /doesn't let us in: Authorization.*It knows no such user/;
    await locked.refuses({ options: ['--nats-creds', bad] }, refusal, [
      /SU[A-Z2-7]{56}/.exec(stranger)![0],
      /eyJ[\w-]+/.exec(stranger)![0],
    ]);
    await locked.refuses({}, /doesn't let us in: Authorization.*--nats-creds FILE/);
  });

  it('is given up, and the command ends, where nothing answers at all', async () => {
    using network = new TestNetwork();
    const { receiver } = network;
    const device = ['dev', receiver.interfaceName];
    network.exec(receiver, 'ip', 'address', 'add', '192.0.2.1/24', ...device);
    const nobody = ['192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'nud', 'permanent'];
    network.exec(receiver, 'ip', 'neighbour', 'add', ...nobody, ...device);
    const startMs = performance.now();
    const { status, stderr } = await fleet(network, 'nats://192.0.2.9');
    assert.equal(status, 1);
    assert.match(stderr, /Can't reach the NATS server at nats:\/\/192\.0\.2\.9: no answer/);
    // The kernel alone would go on for more than two minutes.
    assert.ok(performance.now() - startMs < 60_000);
  });

  describe('with TLS', () => {
    let own: string;
    let authority: TestAuthority;
    before(() => {
      own = mkdtempSync(join(folder, 'tls-'));
      authority = new TestAuthority(own, 'authority');
    });

    it('is spoken to where its authority is trusted, by its address too, with a password', async () => {
      const { certificate, key } = authority.sign('server');
      using locked = new LockedServer(
        `authorization { user: watcher, password: secret }\ntls { cert_file: "${certificate}", key_file: "${key}" }`,
      );
      await locked.server.start();
      const url = 'tls://127.0.0.1:4222';
      const trust = ['--nats-ca', authority.certificate];
      await locked.letsIn({ url, login: 'watcher:secret', options: trust });
      const untrusted = /can't be trusted: .*--nats-ca FILE/;
      await locked.refuses({ url, login: 'watcher:secret' }, untrusted, ['secret']);
      const other = new TestAuthority(own, 'other').certificate;
      const wrong = /can't be trusted: .*Give --nats-ca the certificate of the authority/;
      await locked.refuses({ url, options: ['--nats-ca', other] }, wrong);
      const elsewhere = /isn't who it should be: .*name or address that its certificate has/;
      await locked.refuses({ url: 'tls://localhost', options: trust }, elsewhere);
    });

    it('shows a certificate that fits the name it was called by, not that of another in the address', async () => {
      const { certificate, key } = authority.sign('named', 'DNS:localhost,IP:127.0.0.2');
      using locked = new LockedServer(`tls { cert_file: "${certificate}", key_file: "${key}" }`);
      await locked.server.start();
      const options = ['--nats-ca', authority.certificate];
      const elsewhere = /isn't who it should be: .*127\.0\.0\.1 is not in the cert's list/;
      // Nobody listens at the first of these.
      const url = 'tls://127.0.0.2:4299,tls://127.0.0.1:4222';
      await locked.refuses({ url, options }, elsewhere);
      await locked.letsIn({ url: 'tls://127.0.0.2:4299,tls://localhost:4222', options });
      // What is in the certificate for one is of no use to the next; this one is tried after a refusal.
      await locked.letsIn({ url: `${url},tls://localhost:4222`, options });
    });

    it('is not spoken to without TLS where TLS is asked for', async () => {
      using locked = new LockedServer('');
      await locked.server.start();
      await locked.refuses(
        { url: 'tls://127.0.0.1', login: 'watcher:secret' },
        /doesn't let us in: server does not support 'tls'.*nats:\/\//,
        ['secret'],
      );
    });

    it('lets in who has a certificate of its authority', async () => {
      const { certificate, key } = authority.sign('asking');
      using locked = new LockedServer(
        `tls { cert_file: "${certificate}", key_file: "${key}", ca_file: "${authority.certificate}", verify: true }`,
      );
      await locked.server.start();
      const url = 'tls://127.0.0.1';
      const trust = ['--nats-ca', authority.certificate];
      const withCertificate = (one: { certificate: string; key: string }): string[] => [
        ...trust,
        ...['--nats-cert', one.certificate, '--nats-key', one.key],
      ];
      const sensor = authority.sign('sensor');
      await locked.letsIn({ url, options: withCertificate(sensor) });
      await locked.refuses(
        { url, options: trust },
        /tls:\/\/127\.0\.0\.1:4222 closed the connection during the TLS handshake: it wants a certificate of ours.*Give --nats-cert FILE/,
      );
      const stranger = new TestAuthority(own, 'strange').sign('stranger');
      await locked.refuses(
        { url, options: withCertificate(stranger) },
        /closed the connection during the TLS handshake: it doesn't take the certificate of --nats-cert.*signed by the authority that the server trusts/,
      );
      const swapped = { certificate: sensor.certificate, key: stranger.key };
      const { status, stderr } = await fleet(locked.network, url, ...withCertificate(swapped));
      assert.equal(status, 2);
      assert.match(stderr, /The key in .* isn't that of the certificate/);
    });
  });
});

/** Watches that way, and reads what `ps` shows of it. */
async function notInCommandLine(locked: LockedServer, url: string): Promise<void> {
  const { child } = watcher(locked.network, url, '--follow');
  // `ip netns exec` becomes the command itself.
  const shown = (): string => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
  await untilTrue(() => /fleet.nats:\/\//.test(shown()) && !shown().includes('t0ken-of-ours'));
  child.kill('SIGKILL');
  await ended(child);
}
