/** The part of the contract of stores that several backs have at once: owners, seals, inboxes. */
import assert from 'node:assert/strict'
import type { Commit } from '../../src/store/store.js'
import { until } from '../support/until.js'
import { claimed, image, memberOf, store, type StoreCheck, turn, waiting } from './store-place.js'

const OPTIONS = { epochSeen: 0, stateVersion: 1, format: 255 }

export function sharedContract(check: StoreCheck): void {
  check('[G1] a channel has one owner: others are told who, until it is released', async ({ open }) => {
    const [first, second] = [await open().join(memberOf('b1')), await open().join(memberOf('b2'))]
    const { epoch } = await claimed(first, 'a')
    assert.deepEqual(await second.claim('a', OPTIONS), { outcome: 'owned', backId: 'b1', epoch })
    await store(first, {
      seq: first.lastSeq + 1,
      turns: [turn('a', epoch, 1)],
      images: [image('a', epoch, 1)],
      released: [{ channelId: 'a', epoch }],
    })
    const next = await claimed(second, 'a')
    assert.ok(next.epoch > epoch)
    assert.deepEqual([next.stored?.image?.number, next.stored?.isReleased], [1, true])
    await first.close()
    await second.close()
  })

  check(
    "[G1] [G8] a channel that is handed over to a back is that one's, as long as it is there",
    async ({ open, seal }) => {
      const [first, second, third] = await Promise.all(['b1', 'b2', 'b3'].map((id) => open().join(memberOf(id))))
      assert.ok(first && second && third)
      const { epoch } = await claimed(first, 'a')
      const released = [{ channelId: 'a', epoch, to: 'b2' }]
      await store(first, { seq: first.lastSeq + 1, images: [image('a', epoch, 0)], released })
      for (const other of [first, third]) {
        assert.deepEqual(await other.claim('a', OPTIONS), { outcome: 'owned', backId: 'b2', epoch })
      }
      const next = await claimed(second, 'a')
      assert.ok(next.epoch > epoch && next.stored?.isReleased)
      const again = [{ channelId: 'a', epoch: next.epoch, to: 'b3' }]
      await store(second, { seq: second.lastSeq + 1, released: again })
      await seal?.('b3')
      assert.ok((await claimed(first, 'a')).epoch > next.epoch)
      await first.close()
      await second.close()
    },
  )

  check('[G1] of claims at once one wins', async ({ open }) => {
    const journals = await Promise.all(['b1', 'b2', 'b3'].map((id) => open().join(memberOf(id))))
    for (let i = 0; i < 10; i++) {
      const claims = await Promise.all(journals.map((journal) => journal.claim(`a/${i}`, OPTIONS)))
      const winners = claims.flatMap(({ outcome }, index) => (outcome === 'claimed' ? [`b${index + 1}`] : []))
      assert.equal(winners.length, 1)
      const owners = claims.flatMap((claim) => (claim.outcome === 'owned' ? [claim.backId] : []))
      assert.deepEqual(owners, [winners[0], winners[0]])
    }
    for (const journal of journals) await journal.close()
  })

  check(
    '[G1] a run that was sealed is fenced, and its channels go on elsewhere with all that it stored',
    async (place) => {
      const { open, seal } = place
      const [first, second] = [await open().join(memberOf('b1')), await open().join(memberOf('b2'))]
      const { epoch } = await claimed(first, 'a')
      const seq = first.lastSeq + 1
      await store(first, { seq, images: [image('a', epoch, 0)], turns: [turn('a', epoch, 1, { dueAt: 9 })] })
      await seal?.('b1')
      assert.deepEqual(await second.due(9, 10), [{ channelId: 'a', dueAt: 9 }])
      const { stored } = await claimed(second, 'a')
      assert.deepEqual(stored?.turns, [turn('a', epoch, 1, { dueAt: 9 })])
      const late = await first.append({ seq: seq + 1, turns: [turn('a', epoch, 2)], images: [image('a', epoch, 2)] })
      assert.equal(late.outcome, 'fenced')
      assert.deepEqual((await second.read('a'))?.turns.length, 1)
      await second.close()
    },
  )

  check('[G1] [G4] an owner that appends while it is sealed: what it was told is stored is there', async (place) => {
    const { open, seal } = place
    const claimant = await open().join(memberOf('claimant'))
    for (let round = 0; round < 10; round++) {
      const [backId, channelId] = [`b${round}`, `a/${round}`]
      const owner = await open().join(memberOf(backId))
      const { epoch } = await claimed(owner, channelId)
      let told = 0
      const append = async (): Promise<void> => {
        for (let number = 1; ; number++) {
          const commit: Commit = { seq: owner.lastSeq + number, turns: [turn(channelId, epoch, number)], images: [] }
          const { outcome } = await owner.append(commit)
          if (outcome !== 'stored') return assert.equal(outcome, 'fenced')
          told = number
          await macrotask()
        }
      }
      const appending = append()
      await macrotask()
      await seal?.(backId)
      const { stored } = await claimed(claimant, channelId)
      const taken = stored?.turns.length ?? 0
      await appending
      assert.ok(told === taken, `told ${told}, taken over ${taken}`)
    }
    await claimant.close()
  })

  check('[G3] messages from outside are taken in order, in the commit of their turn', async ({ open, seal, send }) => {
    const [first, second] = [await open().join(memberOf('b1')), await open().join(memberOf('b2'))]
    let heard = 0
    first.onMessages(() => heard++)
    assert.deepEqual(await first.due(0, 10), [])
    await send?.('a', 'credited', '5')
    await until('it is told', () => heard > 0)
    assert.deepEqual(await first.due(0, 10), [{ channelId: 'a', dueAt: 0 }])
    const { epoch } = await claimed(first, 'a')
    await send?.('a', 'credited', '{"x":1}')
    await send?.('b', 'credited', '7')
    assert.deepEqual(await first.due(0, 10), [{ channelId: 'b', dueAt: 0 }])
    assert.deepEqual(await waiting(second), [], 'it owns none of them')
    const [one, two, ...more] = await waiting(first)
    assert.deepEqual([one?.message, one?.json, one?.epoch, two?.json, more], ['credited', '5', epoch, '{"x":1}', []])
    assert.deepEqual(await waiting(first, { after: new Map([['a', one?.id ?? 0]]) }), [two])
    assert.deepEqual(await waiting(first, { except: ['a'] }), [])
    for (const bound of [{ channelMax: 1 }, { messagesMax: 1 }, { bytesMax: 1 }, { bytesMax: 0 }])
      assert.deepEqual(await waiting(first, bound), [one], JSON.stringify(bound))
    const handled = [{ channelId: 'a', id: one?.id ?? 0, refused: null }]
    await store(first, { seq: first.lastSeq + 1, turns: [turn('a', epoch, 1)], handled })
    assert.equal(await second.refuseInbox('a', { reason: 'no', isUnknown: false }), 0, 'another has the channel')
    await seal?.('b1')
    const late = await first.append({
      seq: first.lastSeq + 2,
      turns: [turn('a', epoch, 2)],
      images: [],
      handled: [{ channelId: 'a', id: two?.id ?? 0, refused: null }],
    })
    assert.equal(late.outcome, 'fenced')
    assert.deepEqual(
      (await second.due(0, 10)).map(({ channelId }) => channelId),
      ['a', 'b'],
    )
    const next = await claimed(second, 'a')
    assert.deepEqual(await waiting(second), [{ ...two, epoch: next.epoch }])
    const refused = [{ channelId: 'a', id: two?.id ?? 0, refused: 'a number is expected' }]
    await store(second, { seq: second.lastSeq + 1, turns: [turn('a', next.epoch, 2)], handled: refused })
    assert.deepEqual(await waiting(second), [])
    assert.equal(await second.refuseInbox('b', { reason: 'nobody takes it', isUnknown: false }), 1)
    assert.deepEqual(await second.due(0, 10), [])
    await second.close()
  })
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
