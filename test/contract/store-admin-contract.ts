/** The part of the contract of stores that is about tools: lists, exports, imports. */
import assert from 'node:assert/strict'
import { claimed, image, memberOf, refusal, store, type StoreCheck, turn } from './store-place.js'

export function adminContract(check: StoreCheck): void {
  check('a tool is refused while a back has the store', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    assert.equal(await refusal(open().administer()), 'store-in-use')
    await journal.close()
    await (await open().administer()).close()
  })

  check('what is stored is listed, and found to be sound', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'b')
    await store(journal, {
      seq: journal.lastSeq + 1,
      turns: [turn('b', epoch, 1), turn('b', epoch, 2, { dueAt: 5 })],
      images: [image('b', epoch, 1)],
    })
    await claimed(journal, 'a')
    await journal.close()
    const admin = await open().administer()
    assert.deepEqual(await admin.check(), [])
    const [a, b, ...more] = await admin.list('', 10)
    assert.deepEqual([a?.channelId, a?.number, a?.bytes, a?.stateVersion, more], ['a', 0, 0, null, []])
    const bytes = image('b', epoch, 1).bytes.length + turn('b', epoch, 2).bytes.length
    assert.deepEqual(b, {
      channelId: 'b',
      epoch,
      number: 2,
      bytes,
      turns: 1,
      stateVersion: 1,
      storedAt: 1_700_000_000_000,
      dueAt: 5,
      isReleased: false,
      fault: null,
    })
    assert.deepEqual(
      (await admin.list('a', 10)).map(({ channelId }) => channelId),
      ['b'],
    )
    await admin.close()
  })

  check('[G1] an imported channel is told to be rewound until it has an image of its new owner', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a', { epochSeen: 6 })
    const seq = journal.lastSeq + 1
    await store(journal, { seq, images: [image('a', epoch, 0)], turns: [turn('a', epoch, 1, { dueAt: 7 })] })
    await journal.close()
    const admin = await open().administer()
    assert.equal(await admin.export('b'), null)
    const exported = await admin.export('a')
    assert.deepEqual(exported, {
      channelId: 'a',
      epoch,
      stored: {
        image: image('a', epoch, 0),
        turns: [turn('a', epoch, 1, { dueAt: 7 })],
        isReleased: false,
        isRewound: false,
      },
      fault: null,
    })
    assert.deepEqual([await admin.remove('a'), await admin.remove('a'), await admin.export('a')], [true, false, null])
    assert.ok(exported)
    await admin.import(exported)
    await admin.close()
    for (const [run, wasRewound] of [true, true, false].entries()) {
      const next = await open().join(memberOf('b1'))
      const again = await claimed(next, 'a')
      assert.ok(again.epoch > epoch)
      assert.equal(again.stored?.isRewound, wasRewound)
      assert.equal(again.stored?.turns.length ?? 0, wasRewound ? 1 : 0)
      if (run === 1) await store(next, { seq: next.lastSeq + 1, images: [image('a', again.epoch, 1)] })
      await next.close()
    }
  })

  check('a tool has the store forget the key and the list', async ({ open }) => {
    await (await open().join(memberOf('b1'))).close()
    assert.equal(await refusal(open().join(memberOf('b1', { keyIds: ['other'] }))), 'store-mismatch')
    const admin = await open().administer()
    await admin.forgetMember()
    await admin.close()
    await (await open().join(memberOf('b1', { keyIds: ['other'] }))).close()
  })
}
