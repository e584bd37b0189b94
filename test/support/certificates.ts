/** Certificates made by openssl: an authority, and what it signs. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate in a file, and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of its own; all files in one folder. */
export class TestAuthority {
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    const { key, certificate } = this.#filesOf(name);
    const out = ['-keyout', key, '-out', certificate, '-days', '2', '-subj', `/CN=${name}`];
    openssl('req', '-x509', ...CURVE, ...out);
  }

  /** Its own certificate. */
  get certificate(): string {
    return this.#filesOf(this.#name).certificate;
  }

  /**
   * Signs a certificate.
   *
   * @param host who may show it, as openssl has it: 127.0.0.1 and nobody else unless given
   */
  sign(name: string, host: string = 'IP:127.0.0.1'): CertificateFiles {
    const files = this.#filesOf(`${this.#name}-${name}`);
    const request = `${files.key}.csr`;
    const extensions = `${files.key}.ext`;
    openssl('req', ...CURVE, '-keyout', files.key, '-out', request, '-subj', `/CN=${name}`);
    writeFileSync(extensions, `subjectAltName=${host}\n`);
    const own = this.#filesOf(this.#name);
    openssl(
      ...['x509', '-req', '-in', request, '-CA', own.certificate, '-CAkey', own.key],
      ...['-CAcreateserial', '-days', '2', '-out', files.certificate, '-extfile', extensions],
    );
    return files;
  }

  #filesOf(name: string): CertificateFiles {
    return {
      certificate: join(this.#folder, `${name}.pem`),
      key: join(this.#folder, `${name}.key`),
    };
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
