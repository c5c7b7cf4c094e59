/**
 * What it costs to write and read the frames that travel most, beside msgpackr for the same objects: nanoseconds of CPU time for one
 * frame, medians over processes that alternate.
 *
 *     npm run bench -- frames [processes]
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Packr } from 'msgpackr'
import { makeSharedBlock } from '../dist/protocol/blocks.js'
import {
  decodeClientFrame,
  encodeClientFrame,
  encodeFrontFrame,
  decodeFrontFrame,
} from '../dist/protocol/client-frames.js'
import { ENTRY } from '../dist/protocol/frame-types.js'
import { makeItems, makeNamed } from '../dist/protocol/link-frames.js'
import { decodeToBack, decodeToFront, encodeToBack, encodeToFront } from '../dist/protocol/master-frames.js'
import { encodeValue } from '../dist/value/encode-value.js'
import { median } from './processes/median.js'

const ROUNDS = 5
const FRAMES = 100_000
const WARM_UP = 20_000

type Op = () => unknown
type Row = Readonly<Record<'write' | 'read', Readonly<Record<'ours' | 'msgpackr', Op>>>>

function rows(): Record<string, Row> {
  const peer = new Packr({ useRecords: true })
  const row = <F extends object>(
    frame: F,
    encode: (frame: F) => Uint8Array,
    decode: (bytes: Uint8Array) => unknown,
  ): Row => {
    const ours = encode(frame)
    const packed = peer.pack(frame)
    return {
      write: { ours: () => encode(frame), msgpackr: () => peer.pack(frame) },
      read: { ours: () => decode(ours), msgpackr: () => peer.unpack(packed) as unknown },
    }
  }
  const origin = { epoch: 1_790_000_000_000, nonce: '0123456789abcdef' }
  const { epoch } = origin
  const body = makeNamed('move', encodeValue({ dx: 1, dy: -1 }))
  const entry = { clientSeq: 1_234, kind: ENTRY.message, context: null, body }
  const items = makeItems(1_234, [])
  const links = Array.from({ length: 10 }, (_, i) => ({ ref: 100 + i, items }))
  const linked = {
    view: 0,
    origin,
    epoch,
    version: 1_200,
    serial: 7,
    processed: 3,
    eventsVersion: 1_200,
    eventsAfter: 0,
    processor: true,
    wantsShown: false,
    imageAgeMs: null,
    reply: null,
  }
  const turn = {
    channelId: 'arena/1',
    view: 0,
    epoch,
    origin,
    version: 1_200,
    previous: 1_199,
    patch: new Uint8Array(120),
    events: [],
  }
  return {
    'ENTRY of a client': row({ type: 'entry', link: 3, entry }, encodeClientFrame, decodeClientFrame),
    'ENTRY of a front': row({ type: 'masterEntry', ref: 1_203, entry }, encodeToBack, decodeToBack),
    'SEEN of a client': row({ type: 'seen', link: 3, serverSeq: 4_000 }, encodeClientFrame, decodeClientFrame),
    'PRIVATE to a client': row(
      { type: 'private', link: 3, epoch, version: 1_200, items },
      encodeFrontFrame,
      decodeFrontFrame,
    ),
    'PRIVATE to a front, 10 links': row(
      { type: 'masterPrivate', channelId: 'arena/1', origin, epoch, version: 1_200, links },
      encodeToFront,
      decodeToFront,
    ),
    'LINKED to a client': row({ type: 'linked', link: 3, linked }, encodeFrontFrame, decodeFrontFrame),
    'SHARED, 120 bytes of patch': row(turn, (given) => makeSharedBlock(given).frame, decodeToFront),
  }
}

/** Nanoseconds for each operation, after all of them have run: call sites see what they see in a server. */
function measure(reverse: boolean): Record<string, number> {
  const ops = Object.entries(rows()).flatMap(([name, row]) =>
    (['write', 'read'] as const).flatMap((way) =>
      (['ours', 'msgpackr'] as const).map((who): [string, Op] => [`${name}|${way}|${who}`, row[way][who]]),
    ),
  )
  for (let i = 0; i < WARM_UP; i++) for (const [, op] of ops) op()
  const taken = (reverse ? ops.toReversed() : ops).map(([name, op]): [string, number] => {
    const rounds = Array.from({ length: ROUNDS }, () => {
      const before = process.cpuUsage()
      for (let i = 0; i < FRAMES; i++) op()
      const { user, system } = process.cpuUsage(before)
      return ((user + system) * 1_000) / FRAMES
    })
    return [name, median(rounds)]
  })
  return Object.fromEntries(taken)
}

export default function run([processes = '3']: readonly string[]): void {
  const file = fileURLToPath(import.meta.url)
  const runs = Array.from({ length: Number(processes) }, (_, i) => {
    const out = execFileSync(process.execPath, ['--import', 'tsx', file, i % 2 === 0 ? 'measure' : 'reverse'], {
      encoding: 'utf8',
    })
    return JSON.parse(out) as Record<string, number>
  })
  const of = (key: string): number => median(runs.map((taken) => taken[key] ?? Number.NaN))
  process.stdout.write('ns of CPU time a frame'.padEnd(32) + 'write  msgpackr  ratio     read  msgpackr  ratio\n')
  for (const name of Object.keys(rows())) {
    const cells = (['write', 'read'] as const).map((way) => {
      const [ours, theirs] = [of(`${name}|${way}|ours`), of(`${name}|${way}|msgpackr`)]
      return `${ours.toFixed(0).padStart(5)}${theirs.toFixed(0).padStart(10)}${(ours / theirs).toFixed(2).padStart(7)}`
    })
    process.stdout.write(`${name.padEnd(32)}${cells.join('    ')}\n`)
  }
}

if (process.argv[2] === 'measure' || process.argv[2] === 'reverse') {
  process.stdout.write(JSON.stringify(measure(process.argv[2] === 'reverse')))
}
