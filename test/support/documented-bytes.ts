/** The primitives that docs/protocol.md builds on, read as it says, from the document alone. Imports nothing. */
const SIZES = { Float64: 8, Float32: 4, Uint8: 1, Uint16: 2, Uint32: 4, Int8: 1, Int16: 2, Int32: 4 } as const
export type NumberKind = keyof typeof SIZES

export class DocumentedBytes {
  protected bytes: Uint8Array = new Uint8Array()
  protected at = 0
  #depth = 0

  protected begin(bytes: Uint8Array): void {
    this.bytes = bytes
    this.at = 0
    this.#depth = 0
  }

  protected take(count: number): Uint8Array {
    expect(count <= this.bytes.length - this.at, 'cut short')
    this.at += count
    return new Uint8Array(this.bytes.subarray(this.at - count, this.at))
  }

  protected number(kind: NumberKind): number {
    const view = new DataView(this.take(SIZES[kind]).buffer)
    return view[`get${kind}`](0, true)
  }

  protected uvarint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.number('Uint8')
      value += (byte % 128) * scale
      expect(value <= 2 ** 53 - 1 && (byte > 0 || scale === 1), 'no uvarint')
      if (byte < 128) return value
    }
  }

  protected text(lead = this.number('Uint8')): string {
    const utf8 = (count: number): string =>
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(count))
    if (lead >= 0x40 && lead <= 0x5f) return utf8(lead - 0x40)
    if (lead === 0x88) return utf8(this.uvarint())
    expect(lead === 0x89, 'no text')
    const count = this.uvarint()
    expect(count * 2 <= this.bytes.length, 'cut short')
    return Array.from({ length: count }, () => String.fromCharCode(this.number('Uint16'))).join('')
  }

  protected difference(before: string): string {
    const shared = this.uvarint()
    expect(shared <= Math.min(before.length, 255), 'shares too much')
    return before.slice(0, shared) + this.text()
  }

  protected slots(count: number, each: (slot: number) => void): void {
    for (let i = 0, slot = -1; i < count; i++) each((slot += this.uvarint() + 1))
  }

  protected nest<T>(read: () => T): T {
    expect(++this.#depth <= 128, 'too deep')
    const result = read()
    this.#depth--
    return result
  }
}

export function expect(holds: unknown, otherwise: string): undefined {
  if (holds === false) throw new Error(otherwise)
}
