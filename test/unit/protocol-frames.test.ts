/** Golden bytes: the sample session of docs/protocol.md, each frame to the letter, and decoders that hostile bytes cannot hurt. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { readEvents } from '../../src/protocol/blocks.js'
import {
  type ClientFrame,
  decodeClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  encodeFrontFrame,
} from '../../src/protocol/client-frames.js'
import { packFrames, unpackFrames } from '../../src/protocol/pack-frames.js'
import { FRAME_BYTES as FRAME } from '../../src/protocol/frame-bytes.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { readAnswer, readFailure, readItems, readNamed } from '../../src/protocol/link-frames.js'
import {
  decodeToBack,
  decodeToFront,
  encodeToBack,
  encodeToFront,
  type ToBackFrame,
} from '../../src/protocol/master-frames.js'
import { closeCodeOf, REASONS, reasonOf, reasonOfCloseCode, type Reason } from '../../src/protocol/reasons.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { inProject } from '../support/project-root.js'
import { CLIENT_HOP, MASTER_HOP } from '../support/sample-session.js'

interface Line {
  readonly arrow: '→' | '←'
  readonly type: string
  readonly frame: { readonly type: string }
  readonly bytes: Uint8Array
  readonly decode: (bytes: Uint8Array) => { readonly type: string }
  readonly encode: (bytes: Uint8Array) => Uint8Array
}

const clientHop: Line[] = CLIENT_HOP.map((line) =>
  'up' in line
    ? {
        arrow: '→',
        type: line.up.type,
        frame: line.up,
        bytes: encodeClientFrame(line.up),
        decode: decodeClientFrame,
        encode: (bytes) => encodeClientFrame(decodeClientFrame(bytes)),
      }
    : {
        arrow: '←',
        type: line.down.type,
        frame: line.down,
        bytes: encodeFrontFrame(line.down),
        decode: decodeFrontFrame,
        encode: (bytes) => encodeFrontFrame(decodeFrontFrame(bytes)),
      },
)
const masterHop: Line[] = MASTER_HOP.map((line) =>
  'up' in line
    ? {
        arrow: '→',
        type: line.up.type,
        frame: line.up,
        bytes: encodeToBack(line.up),
        decode: decodeToBack,
        encode: (bytes) => encodeToBack(decodeToBack(bytes)),
      }
    : {
        arrow: '←',
        type: line.down.type,
        frame: line.down,
        bytes: encodeToFront(line.down),
        decode: decodeToFront,
        encode: (bytes) => encodeToFront(decodeToFront(bytes)),
      },
)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function printed(): string {
  const rows = (lines: readonly Line[]): string =>
    lines
      .map(({ arrow, type, bytes }) => `${arrow} ${type.replace('master', '').toUpperCase().padEnd(11)} ${hex(bytes)}`)
      .join('\n')
  return `Client and front:\n\n\`\`\`\n${rows(clientHop)}\n\`\`\`\n\nThat front and the owner, inside batches:\n\n\`\`\`\n${rows(masterHop)}\n\`\`\`\n`
}

test('the sample session in docs/protocol.md is what the code says, byte by byte', () => {
  const path = inProject('docs/protocol.md')
  const text = readFileSync(path, 'utf8')
  const [begin, end] = ['<!-- sample -->\n', '<!-- /sample -->']
  if (process.env['UPDATE_SAMPLE']) {
    writeFileSync(path, text.replace(new RegExp(`${begin}[^]*${end}`), begin + printed() + end))
  }
  const sample = readFileSync(path, 'utf8').split(begin)[1]?.split(end)[0]
  assert.equal(sample, printed())
})

test('the sample session has each type of frame', () => {
  const seen = new Set([...clientHop, ...masterHop].map(({ bytes }) => bytes[0]))
  for (const [name, type] of Object.entries(FRAME)) assert.equal(seen.has(type), name !== 'volatile', name)
})

test('the type that is reserved for state that may be lost is refused as reserved, on both hops', () => {
  for (const decode of [decodeFrontFrame, decodeToFront]) {
    assert.throws(() => decode(Uint8Array.of(FRAME.volatile, 1)), { name: 'DecodeError', message: /reserved/ })
  }
})

test('a view other than the whole state is refused, and the error names it', () => {
  const frames: ToBackFrame[] = [
    { type: 'subscribe', channelId: 'arena/1', view: 3, epochSeen: 0, past: null },
    { type: 'unsubscribe', channelId: 'arena/1', view: 3 },
    { type: 'renew', channelId: 'arena/1', view: 3, version: 1 },
  ]
  for (const frame of frames) assert.throws(() => decodeToBack(encodeToBack(frame)), /unknown view 3/)
})

test('an entry carries a context where its sender gave one, on both hops', () => {
  const entry = { clientSeq: 300, kind: ENTRY.request, context: Uint8Array.of(1, 2), body: Uint8Array.of(3) }
  const up: ClientFrame = { type: 'entry', link: 1, entry }
  assert.deepEqual(decodeClientFrame(encodeClientFrame(up)), up)
  const further: ToBackFrame = { type: 'masterEntry', ref: 1, entry }
  assert.deepEqual(decodeToBack(encodeToBack(further)), further)
})

for (const [hop, lines] of [
  ['client', clientHop],
  ['master', masterHop],
] as const) {
  test(`each frame of the ${hop} hop is read as it was written`, () => {
    for (const { bytes, frame, decode, encode } of lines) {
      assert.equal(hex(encode(bytes)), hex(bytes))
      assert.equal(decode(bytes).type, frame.type)
    }
  })

  test(`G7 what is cut short, or has bytes too many, is refused by the ${hop} hop`, () => {
    for (const { bytes, decode, type } of lines) {
      const opaque = [
        'shared',
        'keyframe',
        'entry',
        'broadcast',
        'private',
        'masterEntry',
        'masterBroadcast',
        'linked',
        'masterLinked',
      ]
      for (let length = 0; length < bytes.length; length++) {
        try {
          decode(bytes.slice(0, length))
          assert.ok(opaque.includes(type), `${type} of ${length} bytes`)
        } catch (error) {
          assert.ok(error instanceof DecodeError, `${type}: ${String(error)}`)
        }
      }
      if (!opaque.includes(type)) assert.throws(() => decode(Uint8Array.of(...bytes, 0)), DecodeError, type)
    }
  })

  test(`G7 random bytes and damaged frames end in a DecodeError or a frame on the ${hop} hop, never in anything else`, () => {
    const decoders = [...new Set(lines.map(({ decode }) => decode))]
    const attempt = (read: () => unknown): void => {
      try {
        read()
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error))
      }
    }
    const damaged = fc.tuple(fc.constantFrom(...lines), fc.nat(), fc.nat(255)).map(([{ bytes }, at, value]) => {
      const copy = bytes.slice()
      copy[at % copy.length] = value
      return copy
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), (bytes) => {
        for (const decode of decoders) attempt(() => decode(bytes))
        for (const read of [readItems, readNamed, readAnswer, readFailure, readEvents]) attempt(() => read(bytes))
        attempt(() => [...unpackFrames(bytes, 1_000)])
      }),
      { numRuns: 3_000 },
    )
  })
}

test('frames are packed behind their lengths, and an empty or too long one is refused', () => {
  const frames = [Uint8Array.of(1), new Uint8Array(300).fill(2)]
  assert.deepEqual([...unpackFrames(packFrames(frames), 1_000)].map(hex), frames.map(hex))
  assert.throws(() => [...unpackFrames(Uint8Array.of(0), 1_000)], DecodeError)
  assert.throws(() => [...unpackFrames(packFrames(frames), 299)], /300 bytes/)
})

test('reasons have ordinals of their own, and close codes are 4000 above', () => {
  const ordinals = Object.values<number>(REASONS)
  assert.equal(new Set(ordinals).size, ordinals.length)
  for (const reason of Object.keys(REASONS) as Reason[]) {
    assert.equal(reasonOf(REASONS[reason]), reason)
    assert.equal(reasonOfCloseCode(closeCodeOf(reason)), reason)
  }
  assert.equal(reasonOfCloseCode(1006), undefined)
})
