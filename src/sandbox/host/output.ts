import { createHash } from 'node:crypto';
import { withoutControls } from '../../domain/check/head-and-tail.js';
import type { CommandOutput } from '../sandbox.js';
import { formsOf, masked } from './mask.js';

/** What is kept of an output: less of its head than of its tail, where the result of most tools is. */
const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 767 * 1024;
const LONGEST_CODE = 64;

/** Collects the output of a command in bounded memory, however much it writes. */
export class Output {
  readonly #forms: readonly Buffer[];
  /**
   * A secret that is cut in two would not be found, so this many bytes more are kept at each cut, and as many as a code
   * of a terminal may have that is cut there, too.
   */
  readonly #margin: number;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  readonly #tail: Buffer[] = [];
  #tailBytes = 0;
  /** Bytes that were written. */
  bytes = 0;

  constructor(secrets: readonly string[]) {
    this.#forms = formsOf([...secrets, ...secrets.map(withoutControls)]);
    this.#margin = Math.max(0, ...this.#forms.map((form) => form.length - 1 + LONGEST_CODE));
  }

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    const toHead = chunk.subarray(0, Math.max(0, HEAD_BYTES - this.#headBytes));
    if (toHead.length > 0) {
      this.#head.push(toHead);
      this.#headBytes += toHead.length;
    }
    const toTail = chunk.subarray(toHead.length);
    if (toTail.length > 0) this.#tail.push(toTail);
    this.#tailBytes += toTail.length;
    const most = TAIL_BYTES + this.#margin;
    for (let first = this.#tail[0]; first && this.#tailBytes - first.length >= most; first = this.#tail[0]) {
      this.#tail.shift();
      this.#tailBytes -= first.length;
    }
  }

  /** The output so far. */
  result(): CommandOutput {
    const { text, truncated } = this.#text();
    return { text, bytes: this.bytes, sha256: createHash('sha256').update(text).digest('hex'), truncated };
  }

  #text(): { text: string; truncated: boolean } {
    const kept = [Buffer.concat(this.#head), Buffer.concat(this.#tail)] as const;
    const lost = this.bytes - kept[0].length - kept[1].length;
    if (lost === 0) {
      const whole = Buffer.from(readable(masked(this.#plain(Buffer.concat(kept)), this.#forms)));
      if (whole.length <= HEAD_BYTES + TAIL_BYTES) return { text: whole.toString(), truncated: false };
      return { text: headAndTail(whole, whole, 0), truncated: true };
    }
    // a secret that begins in what was kept and ends in what was not, or the other way round, goes with the margin
    const [head, tail] = kept.map((bytes) => this.#plain(bytes)) as [Buffer, Buffer];
    const first = Buffer.from(readable(masked(head, this.#forms, 0, head.length - this.#margin)));
    const last = Buffer.from(readable(masked(tail, this.#forms, this.#margin)));
    return { text: headAndTail(first, last, lost), truncated: true };
  }

  /** Colours in the middle of a secret would hide it, and who reads the text later takes them out. */
  #plain(bytes: Buffer): Buffer {
    return this.#forms.length === 0 ? bytes : Buffer.from(withoutControls(bytes.toString()));
  }
}

function headAndTail(first: Buffer, last: Buffer, lost: number): string {
  const head = first.subarray(0, HEAD_BYTES);
  const tail = last.subarray(Math.max(0, last.length - TAIL_BYTES));
  const left = lost > 0 ? lost : Math.max(0, last.length - head.length - tail.length);
  return `${withoutHalves(head)}\n[… about ${left} bytes left out …]\n${withoutHalves(tail)}`;
}

/** Text of bytes that were cut: without half characters at its ends. */
function withoutHalves(bytes: Buffer): string {
  return bytes.toString().replace(/^\uFFFD{1,3}|\uFFFD{1,3}$/g, '');
}

/** Any bytes as text: what is no UTF-8 becomes U+FFFD, and NUL, which PostgreSQL can't store, too. */
function readable(bytes: Buffer): string {
  return bytes.toString().replaceAll('\0', '\uFFFD');
}
