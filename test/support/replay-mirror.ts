/**
 * Feeds keyframes and patches to a mirror and tells what came of each: the same function runs in Node and, as a module of a
 * page, in a browser, with the built `centrum/state` of each. It imports nothing but types, and uses what both have.
 */
import type * as State from '../../src/state/index.js'

export interface Input {
  readonly kind: 'load' | 'patch' | 'inflate'
  readonly hex: string
}

/** What one mirror is fed, and the paths at which it is watched. */
export interface Replay {
  readonly inputs: readonly Input[]
  readonly paths: readonly (readonly string[])[]
}

/**
 * A line for each input: the state that it led to or the error, then what handlers were told. Where nothing is inflated all of `lines` is there
 * as soon as the call returns.
 */
export async function replayMirror(
  state: typeof State,
  { inputs, paths }: Replay,
  lines: string[] = [],
): Promise<string[]> {
  const mirror = new state.StateMirror()
  const told: string[] = []
  for (const path of paths) {
    const tell = (kind: string) => (value: unknown, key: string | number) =>
      told.push(`${path.join('/')} ${kind} ${key} ${digest(state.canonical(value))}`)
    mirror.on(path, { add: tell('+'), change: tell('~'), remove: tell('-') })
  }
  for (const { kind, hex } of inputs) {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
    try {
      if (kind === 'load') mirror.load(bytes)
      else if (kind === 'patch') mirror.patch(bytes)
      else mirror.load(await state.decompressKeyframe(bytes))
      lines.push(digest(state.canonical(mirror.state)))
    } catch (error) {
      const { name, code, message } = error as Error & { code?: string }
      // What cannot be inflated is found by the platform, at a place of its choice.
      lines.push([name, code, kind === 'inflate' ? '' : message].join(' '))
    }
    lines.push(...told.splice(0))
  }
  return lines
}

/** What an owner writes of a state that changes: the same bytes with and without generated code. */
export function replayEncoder({ StateEncoder, f32, record, struct, text, u8 }: typeof State): string[] {
  const player = struct({ name: text, x: f32, hp: u8 })
  const lines: string[] = []
  for (const shape of [undefined, struct({ players: record(player) })]) {
    const players = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`p${i}`, { name: `n${i}`, x: i / 3, hp: i }]),
    )
    const encoder = new StateEncoder({ players }, { shape })
    lines.push(digest(encoder.keyframe()))
    for (let tick = 0; tick < 50; tick++) {
      const { state } = encoder
      const some = state.players[`p${(tick * 7) % 40}`]
      if (some) some.x += 0.1
      if (tick % 5 === 0) delete state.players[`p${tick}`]
      if (tick % 7 === 0) state.players[`new${tick}`] = { name: 'new', x: tick, hp: tick }
      lines.push(digest(encoder.patch() ?? new Uint8Array()))
    }
  }
  return lines
}

/** The length, and a hash of 53 bits. */
function digest(bytes: Uint8Array): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 2654435761)
    b = Math.imul(b ^ byte, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return `${bytes.length}:${(4294967296 * (2097151 & b) + (a >>> 0)).toString(36)}`
}
