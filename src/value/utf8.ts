/** Texts to UTF-8 and back. What does it is made when it is first needed: not every engine has it, and some get it late. */
let encoder: InstanceType<typeof TextEncoder> | undefined
let decoder: InstanceType<typeof TextDecoder> | undefined

export function encodeUtf8(text: string): Uint8Array {
  return (encoder ??= new TextEncoder()).encode(text)
}

/** Throws a `TypeError` for bytes that are no UTF-8. A byte order mark is a character like any other. */
export function decodeUtf8(utf8: Uint8Array): string {
  return (decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })).decode(utf8)
}
