/** The part of the contract of stores that is about owners: claims, releases, wakes, attempts, faults. */
import assert from 'node:assert/strict'
import { claimed, image, memberOf, refusal, store, type StoreCheck, turn } from './store-place.js'

const NOW = 1_700_000_000_000

/** Of stores that one back has at a time, in a cluster whose list says who owns what. */
export function listContract(check: StoreCheck): void {
  check('[G1] a list that gives stored channels to others is refused at the start', async ({ open }) => {
    const first = await open().join(memberOf('b1'))
    for (const id of ['arena/1', 'arena/2']) {
      const { epoch } = await claimed(first, id)
      await store(first, { seq: (await first.tail()).seq + 1, images: [image(id, epoch, 0)] })
    }
    await first.close()
    const membershipHash = 'fedcba9876543210'
    const moved = memberOf('b1', { membershipHash, owns: (id) => id !== 'arena/2' })
    const error = await open()
      .join(moved)
      .then(
        () => null,
        (each: Error & { details?: unknown }) => each,
      )
    assert.match(String(error?.message), /arena\/2/)
    assert.deepEqual(error?.details, ['arena/2'])
    await (await open().join(memberOf('b1', { membershipHash }))).close()
    await (await open().join({ ...moved, membershipHash })).close()
  })
}

export function claimContract(check: StoreCheck): void {
  check('[G1] each claim has a greater epoch than all before, and than any that was seen', async ({ open, crash }) => {
    const first = await open().join(memberOf('b1'))
    const epochs = [
      (await claimed(first, 'a')).epoch,
      (await claimed(first, 'a')).epoch,
      (await claimed(first, 'a', { epochSeen: 40 })).epoch,
    ]
    await crash('b1')
    const second = await open().join(memberOf('b1'))
    epochs.push((await claimed(second, 'a')).epoch, (await claimed(second, 'a', { epochSeen: 12 })).epoch)
    for (const [i, epoch] of epochs.entries()) assert.ok(epoch > (epochs[i - 1] ?? 0), epochs.join(', '))
    assert.ok((epochs[2] ?? 0) > 40)
    await second.close()
  })

  check('a channel that was released says so to its next owner, once', async ({ open, crash }) => {
    const first = await open().join(memberOf('b1'))
    const { epoch } = await claimed(first, 'a')
    const { lastSeq } = first
    await store(first, { seq: lastSeq + 1, turns: [turn('a', epoch, 1)] })
    await store(first, { seq: lastSeq + 2, images: [image('a', epoch, 1)], released: [{ channelId: 'a', epoch }] })
    const lateTurn = { seq: lastSeq + 3, turns: [turn('a', epoch, 2)], images: [] }
    assert.equal((await first.append(lateTurn)).outcome, 'fenced')
    assert.equal((await claimed(first, 'a')).stored?.isReleased, true)
    await crash('b1')
    const second = await open().join(memberOf('b1'))
    assert.equal((await claimed(second, 'a')).stored?.isReleased, false)
    await second.close()
  })

  check('an image of a later version of the app is not claimed', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    await store(journal, { seq: journal.lastSeq + 1, images: [image('a', epoch, 0, { stateVersion: 3 })] })
    const claim = await journal.claim('a', { epochSeen: 0, stateVersion: 2, format: 255 })
    assert.deepEqual(claim, { outcome: 'too-new', stateVersion: 3 })
    await claimed(journal, 'a', { stateVersion: 3 })
    await journal.close()
  })

  check('an image in a later format than is read is not claimed, and goes to whoever reads it', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    const bytes = Uint8Array.of(2, 1, 1)
    await store(journal, { seq: journal.lastSeq + 1, images: [image('a', epoch, 0, { bytes })] })
    const claim = await journal.claim('a', { epochSeen: 0, stateVersion: 1, format: 1 })
    assert.equal(claim.outcome, 'too-new')
    assert.equal((await claimed(journal, 'a', { format: 2 })).epoch, epoch + 1, 'nobody had it meanwhile')
    const empty = await claimed(journal, 'b')
    await store(journal, { seq: journal.lastSeq + 1, images: [image('b', empty.epoch, 0, { bytes: Uint8Array.of() })] })
    await claimed(journal, 'b', { format: 1 })
    await journal.close()
  })

  check('another key is refused at the start', async ({ open }) => {
    await (await open().join(memberOf('b1'))).close()
    assert.equal(await refusal(open().join(memberOf('b1', { keyIds: ['key-2'] }))), 'store-mismatch')
    // A key that is known beside a new one, which is known from then on.
    await (await open().join(memberOf('b1', { keyIds: ['key-2', 'key-1'] }))).close()
    assert.equal(await refusal(open().join(memberOf('b1'))), 'store-mismatch')
    await (await open().join(memberOf('b1', { keyIds: ['key-2'] }))).close()
  })

  check('timers that are due are found for channels without an owner, the earliest first', async ({ open, crash }) => {
    const first = await open().join(memberOf('b1'))
    const { lastSeq } = first
    const ids = ['a', 'b', 'c', 'd']
    for (const [i, id] of ids.entries()) {
      const { epoch } = await claimed(first, id)
      const dueAt = NOW + 1_000 * (ids.length - i)
      await store(first, {
        seq: lastSeq + i + 1,
        images: [image(id, epoch, 0, { dueAt })],
        released: [{ channelId: id, epoch }],
      })
    }
    assert.deepEqual(await first.due(NOW, 10), [])
    const all = ids.map((channelId, i) => ({ channelId, dueAt: NOW + 1_000 * (ids.length - i) })).toReversed()
    assert.deepEqual(await first.due(NOW + 2_000, 10), all.slice(0, 2))
    assert.deepEqual(await first.due(NOW + 9_000, 3), all.slice(0, 3))
    const { epoch } = await claimed(first, 'd')
    assert.deepEqual(await first.due(NOW + 9_000, 10), all.slice(1))
    // What a turn says of the next timer counts, where its owner died.
    await store(first, { seq: lastSeq + 5, turns: [turn('d', epoch, 1, { dueAt: NOW + 500 })] })
    await store(first, { seq: lastSeq + 6, turns: [turn('d', epoch, 2)] })
    const { epoch: epochOfC } = await claimed(first, 'c')
    await store(first, { seq: lastSeq + 7, turns: [turn('c', epochOfC, 1, { dueAt: null })] })
    await crash('b1')
    const second = await open().join(memberOf('b1'))
    assert.deepEqual(await second.due(NOW + 9_000, 10), [{ channelId: 'd', dueAt: NOW + 500 }, ...all.slice(2)])
    await second.close()
  })

  check('attempts are counted through crashes, and forgotten by what succeeds', async ({ open, crash }) => {
    const first = await open().join(memberOf('b1'))
    const attempt = { channelId: 'a', what: 'timer 1', windowMs: 60_000 }
    assert.equal(await first.attempt({ ...attempt, now: NOW }), 1)
    assert.equal(await first.attempt({ ...attempt, now: NOW, what: 'timer 2' }), 1)
    await crash('b1')
    const second = await open().join(memberOf('b1'))
    assert.equal(await second.attempt({ ...attempt, now: NOW + 30_000 }), 2)
    assert.equal(await second.attempt({ ...attempt, now: NOW + 30_000 }), 2, 'said again, it is the same')
    assert.equal(await second.attempt({ ...attempt, now: NOW + 70_000 }), 2, 'the first is out of the window')
    // A clock that was set back takes no attempt for one in the future that counts for ever.
    assert.equal(await second.attempt({ ...attempt, now: NOW - 500_000 }), 1)
    await claimed(second, 'a')
    await store(second, { seq: second.lastSeq + 1, succeeded: [{ channelId: 'a', what: 'timer 1' }] })
    assert.equal(await second.attempt({ ...attempt, now: NOW + 80_000 }), 1)
    await second.close()
  })

  check('a faulted channel is not claimed, and not woken, until it is cleared', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    const { lastSeq } = journal
    await journal.fault('a', { reason: 'three deaths', at: NOW })
    await store(journal, {
      seq: lastSeq + 1,
      images: [image('a', epoch, 0, { dueAt: NOW })],
      released: [{ channelId: 'a', epoch }],
    })
    const fault = { reason: 'three deaths', at: NOW }
    assert.deepEqual(await journal.claim('a', { epochSeen: 0, stateVersion: 1, format: 255 }), {
      outcome: 'faulted',
      fault,
    })
    assert.deepEqual(await journal.due(NOW + 1, 10), [])
    await journal.close()
    const admin = await open().administer()
    assert.deepEqual((await admin.list('', 10))[0]?.fault, fault)
    assert.deepEqual([await admin.clearFault('a'), await admin.clearFault('a')], [true, false])
    await admin.close()
    const next = await open().join(memberOf('b1'))
    assert.deepEqual(await next.due(NOW + 1, 10), [{ channelId: 'a', dueAt: NOW }])
    await claimed(next, 'a')
    await next.close()
  })
}
