/**
 * The newest turns of a channel as bytes, one behind the other in a few chunks, so that hundreds of them cost a handful of
 * objects and what was missed is copied in one go. Knows no keyframes, no origins and nothing of what is in a turn.
 */

/** Of the first chunk; each further one has twice as many bytes as the one before, up to the last. */
const CHUNK_BYTES_MIN = 512
/** The largest step by which a ring of turns grows, in bytes. */
const CHUNK_BYTES_MAX = 8_192
/** Where a turn ends within its chunk, as u32: kept from the end of the chunk backwards. */
const END_BYTES = 4

export interface TurnRingLimits {
  /** Turns kept; the oldest go first. */
  readonly ringTurnsMax: number
  /** Their bytes, likewise. */
  readonly ringBytesMax: number
  /** Turns older than this many milliseconds go as well, a chunk at a time. */
  readonly ringMs: number
}

interface Chunk {
  readonly bytes: Uint8Array
  /** The version before the first turn. */
  readonly previous: number
  /** Turns that were put in, and how many of them, from the first, have been let go. */
  turns: number
  evicted: number
  length: number
  /** When its newest turn was taken. */
  newestMs: number
}

export class TurnRing {
  readonly #limits: TurnRingLimits
  #chunks: Chunk[] = []
  #newest = 0
  #bytes = 0

  constructor(limits: TurnRingLimits) {
    this.#limits = limits
  }

  /** The version that the turns lead to. */
  get newest(): number {
    return this.#newest
  }

  /** The oldest version from which they lead there. */
  get oldest(): number {
    const chunk = this.#chunks[0]
    return chunk === undefined ? this.#newest : chunk.previous + chunk.evicted
  }

  get turns(): number {
    return this.#newest - this.oldest
  }

  /** The bytes of all turns. */
  get bytes(): number {
    return this.#bytes
  }

  /** What is held for them: at most a chunk more at either end. */
  get capacity(): number {
    return this.#chunks.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  /** Begins anew, without a turn. */
  begin(version: number): void {
    this.#chunks = []
    this.#bytes = 0
    this.#newest = version
  }

  /** Takes the next turn: a copy of its bytes. */
  append(turn: Uint8Array, nowMs: number): void {
    const chunk = this.#room(turn.length)
    chunk.bytes.set(turn, chunk.length)
    chunk.length += turn.length
    setEnd(chunk, ++chunk.turns, chunk.length)
    chunk.newestMs = nowMs
    this.#newest++
    this.#bytes += turn.length
  }

  #room(bytes: number): Chunk {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.bytes.length - last.length - (last.turns + 1) * END_BYTES >= bytes) return last
    const usual = last === undefined ? CHUNK_BYTES_MIN : Math.min(last.bytes.length * 2, CHUNK_BYTES_MAX)
    const size = Math.max(usual, bytes + END_BYTES)
    const chunk = { bytes: new Uint8Array(size), previous: this.#newest, turns: 0, evicted: 0, length: 0, newestMs: 0 }
    this.#chunks.push(chunk)
    return chunk
  }

  /** Lets the oldest turns go beyond the limits, but none behind version `needed`. */
  trim(needed: number, nowMs: number): void {
    const { ringTurnsMax, ringBytesMax, ringMs } = this.#limits
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const old = nowMs - chunk.newestMs > ringMs
      while (chunk.evicted < chunk.turns) {
        const full = this.turns > ringTurnsMax || this.#bytes > ringBytesMax
        if ((!old && !full) || chunk.previous + chunk.evicted >= needed) return
        this.#bytes -= endOf(chunk, chunk.evicted + 1) - endOf(chunk, chunk.evicted)
        chunk.evicted++
      }
      this.#chunks.shift()
    }
  }

  /** The turns behind version `from` up to `to`, as views on what is kept: to be copied before the next is appended. */
  between(from: number, to: number): Uint8Array[] {
    const pieces: Uint8Array[] = []
    for (const chunk of this.#chunks) {
      const first = Math.max(0, from - chunk.previous)
      const last = Math.min(chunk.turns, to - chunk.previous)
      if (first < last) pieces.push(chunk.bytes.subarray(endOf(chunk, first), endOf(chunk, last)))
    }
    return pieces
  }

  /** The version up to which the turns behind `from` have at most so many bytes: at least one turn, at most `to`. */
  reach(from: number, to: number, bytesMax: number): number {
    let version = from
    let left = bytesMax
    for (const chunk of this.#chunks) {
      for (let turn = version - chunk.previous; turn >= 0 && turn < chunk.turns && version < to; turn++) {
        left -= endOf(chunk, turn + 1) - endOf(chunk, turn)
        if (left < 0 && version > from) return version
        version++
      }
    }
    return version
  }
}

/** Where the turn of that count, from 1, ends; 0: where the first begins. */
function endOf({ bytes }: Chunk, turn: number): number {
  if (turn === 0) return 0
  const at = bytes.length - turn * END_BYTES
  const byte = (i: number): number => bytes[at + i] as number
  return byte(0) + byte(1) * 0x100 + byte(2) * 0x1_0000 + byte(3) * 0x100_0000
}

function setEnd({ bytes }: Chunk, turn: number, end: number): void {
  const at = bytes.length - turn * END_BYTES
  for (let i = 0; i < END_BYTES; i++) bytes[at + i] = Math.floor(end / 256 ** i)
}
