/*
 * CRC-64/NVME, which Azure Storage sends as `x-ms-content-crc64`: reflected, polynomial 0xad93d23594c93659, begun and
 * ended with all bits set, low byte first. Eight bytes at a step, by a table for each of their places; the 64 bits are two
 * halves of 32, which V8 keeps in registers where a BigInt would be an object for each byte.
 */

const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;
const STEP_BYTES = 8;

/** Of the byte in place `p` of a step, entry `p * 256 + byte`: what it does to each half. */
const HIGH = new Int32Array(STEP_BYTES * 256);
const LOW = new Int32Array(STEP_BYTES * 256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) {
      high ^= POLYNOMIAL_HIGH;
      low ^= POLYNOMIAL_LOW;
    }
  }
  HIGH[7 * 256 + byte] = high;
  LOW[7 * 256 + byte] = low;
}
for (let place = STEP_BYTES - 2; place >= 0; place--) {
  for (let byte = 0; byte < 256; byte++) {
    const high = at(HIGH, (place + 1) * 256 + byte);
    const low = at(LOW, (place + 1) * 256 + byte);
    const last = 7 * 256 + (low & 0xff);
    HIGH[place * 256 + byte] = (high >>> 8) ^ at(HIGH, last);
    LOW[place * 256 + byte] = ((low >>> 8) | (high << 24)) ^ at(LOW, last);
  }
}

function at(table: Int32Array, index: number): number {
  return table[index] as number;
}

/** A checksum that takes bytes in pieces. */
export class Crc64 {
  #high = -1;
  #low = -1;

  update(bytes: Uint8Array): this {
    let high = this.#high;
    let low = this.#low;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const stepsEnd = bytes.length - (bytes.length % STEP_BYTES);
    for (let index = 0; index < stepsEnd; index += STEP_BYTES) {
      const a = low ^ view.getUint32(index, true);
      const b = high ^ view.getUint32(index + 4, true);
      const index0 = a & 0xff;
      const index1 = 256 | ((a >>> 8) & 0xff);
      const index2 = 512 | ((a >>> 16) & 0xff);
      const index3 = 768 | (a >>> 24);
      const index4 = 1024 | (b & 0xff);
      const index5 = 1280 | ((b >>> 8) & 0xff);
      const index6 = 1536 | ((b >>> 16) & 0xff);
      const index7 = 1792 | (b >>> 24);
      high =
        at(HIGH, index0) ^
        at(HIGH, index1) ^
        at(HIGH, index2) ^
        at(HIGH, index3) ^
        at(HIGH, index4) ^
        at(HIGH, index5) ^
        at(HIGH, index6) ^
        at(HIGH, index7);
      low =
        at(LOW, index0) ^
        at(LOW, index1) ^
        at(LOW, index2) ^
        at(LOW, index3) ^
        at(LOW, index4) ^
        at(LOW, index5) ^
        at(LOW, index6) ^
        at(LOW, index7);
    }
    for (let index = stepsEnd; index < bytes.length; index++) {
      const entry = 7 * 256 + ((low ^ (bytes[index] as number)) & 0xff);
      low = ((low >>> 8) | (high << 24)) ^ at(LOW, entry);
      high = (high >>> 8) ^ at(HIGH, entry);
    }
    this.#high = high;
    this.#low = low;
    return this;
  }

  /** The eight bytes, as the service sends them. */
  digest(): Uint8Array {
    const digest = new Uint8Array(STEP_BYTES);
    const view = new DataView(digest.buffer);
    view.setUint32(0, ~this.#low >>> 0, true);
    view.setUint32(4, ~this.#high >>> 0, true);
    return digest;
  }
}
