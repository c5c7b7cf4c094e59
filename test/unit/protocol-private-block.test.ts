/** PRIVATE is written in one buffer; it is the frame that the codec of all frames makes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeItems } from '../../src/protocol/link-frames.js'
import { encodeToFront } from '../../src/protocol/master-frames.js'
import { makePrivateBlock } from '../../src/protocol/private-block.js'

const number = fc.oneof(fc.nat(300), fc.constantFrom(127, 128, 16_383, 16_384, Number.MAX_SAFE_INTEGER))
const item = fc.record({
  serverSeq: number,
  kind: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
  after: number,
  body: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(127, 128, 20_000).map((size) => new Uint8Array(size)),
  ),
})
const link = fc.record({ ref: number, acknowledged: number, items: fc.array(item, { maxLength: 5 }) })

test('V7 PRIVATE written in one buffer has the bytes of the one whose links were made each by itself', () => {
  fc.assert(
    fc.property(number, fc.array(link, { maxLength: 6 }), (version, links) => {
      const head = { channelId: 'room/1', origin: { epoch: 7, nonce: '0123456789abcdef' }, epoch: 8, version }
      const apart = links.map(({ ref, acknowledged, items }) => ({ ref, items: makeItems(acknowledged, items) }))
      assert.deepEqual(makePrivateBlock(head, links), encodeToFront({ type: 'masterPrivate', ...head, links: apart }))
    }),
  )
})
