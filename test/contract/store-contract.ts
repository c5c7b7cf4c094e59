/**
 * What every store does, whatever it is made of. Call it with a place where something is stored; it declares the tests.
 * Knows no store.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminContract } from './store-admin-contract.js'
import { claimContract, listContract } from './store-claim-contract.js'
import { sharedContract } from './store-shared-contract.js'
import { claimed, image, type MakeStorePlace, memberOf, refusal, store, type StoreCheck, turn } from './store-place.js'

/** `isShared`: several backs have the store at once. */
export function storeContract(name: string, makePlace: MakeStorePlace, { isShared = false } = {}): void {
  const check: StoreCheck = (title, run) => {
    test(`${name}: ${title}`, async (t) => run(await makePlace(t)))
  }
  commitContract(check)
  claimContract(check)
  adminContract(check)
  if (isShared) sharedContract(check)
  else listContract(check)
}

function commitContract(check: StoreCheck): void {
  check('[G4] what was stored is there for the next run, after its process was killed', async ({ open, crash }) => {
    const first = await open().join(memberOf('b1'))
    const { epoch, stored: nothing } = await claimed(first, 'a')
    assert.equal(nothing, null)
    const seq = first.lastSeq
    await store(first, { seq: seq + 1, turns: [turn('a', epoch, 1), turn('a', epoch, 2)] })
    await store(first, { seq: seq + 2, images: [image('a', epoch, 2)] })
    await store(first, { seq: seq + 3, turns: [turn('a', epoch, 3)] })
    await crash('b1')
    const second = await open().join(memberOf('b1'))
    assert.ok(second.lastSeq >= seq + 3, 'commits are numbered on')
    const { stored } = await claimed(second, 'a')
    assert.deepEqual(stored, {
      image: image('a', epoch, 2),
      turns: [turn('a', epoch, 3)],
      isReleased: false,
      isRewound: false,
    })
    await second.close()
  })

  check('turns and images of many channels in one commit', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const ids = Array.from({ length: 50 }, (_, i) => `arena/${i}`)
    const seq = journal.lastSeq
    const epochs = new Map<string, number>()
    for (const id of ids) epochs.set(id, (await claimed(journal, id)).epoch)
    const epochOf = (id: string): number => epochs.get(id) ?? 0
    for (const number of [1, 2, 3]) {
      await store(journal, {
        seq: seq + number,
        turns: ids.map((id) => turn(id, epochOf(id), number)),
        images: number === 2 ? ids.slice(0, 25).map((id) => image(id, epochOf(id), 2)) : [],
      })
    }
    for (const [i, id] of ids.entries()) {
      const stored = await journal.read(id)
      assert.equal(stored?.image?.number ?? 0, i < 25 ? 2 : 0)
      const numbers = i < 25 ? [3] : [1, 2, 3]
      assert.deepEqual(
        stored?.turns,
        numbers.map((number) => turn(id, epochOf(id), number)),
      )
    }
    await journal.close()
  })

  check('[G4] a commit that is given again is stored once', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    const commit = { seq: journal.lastSeq + 1, turns: [turn('a', epoch, 1)] }
    await store(journal, commit)
    await store(journal, commit)
    await store(journal, { seq: commit.seq + 1, turns: [turn('a', epoch, 2)] })
    assert.equal((await journal.read('a'))?.turns.length, 2)
    const { seq, sealed } = await journal.tail()
    assert.deepEqual([seq, sealed], [commit.seq + 1, false])
    await journal.close()
  })

  check('a commit that does not follow is refused as a whole', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    await claimed(journal, 'b')
    const seq = journal.lastSeq + 1
    const wrong = [
      { seq: seq + 1, turns: [turn('a', epoch, 1)], images: [] },
      { seq, turns: [turn('a', epoch, 1), turn('a', epoch, 3)], images: [] },
      { seq, turns: [turn('a', epoch, 2)], images: [] },
    ]
    for (const commit of wrong) assert.equal((await journal.append(commit)).outcome, 'failed')
    assert.equal(await journal.read('a'), null)
    await store(journal, { seq, turns: [turn('a', epoch, 1)] })
    await journal.close()
  })

  check('[G1] a commit with a turn of an epoch that is over is refused as a whole', async ({ open }) => {
    const journal = await open().join(memberOf('b1'))
    const before = await claimed(journal, 'a')
    const other = await claimed(journal, 'b')
    const seq = journal.lastSeq + 1
    const { epoch } = await claimed(journal, 'a')
    assert.ok(epoch > before.epoch)
    const late = [turn('b', other.epoch, 1), turn('a', before.epoch, 1)]
    assert.equal((await journal.append({ seq, turns: late, images: [] })).outcome, 'fenced')
    const lateImage = [image('a', before.epoch, 0)]
    assert.equal((await journal.append({ seq, turns: [], images: lateImage })).outcome, 'fenced')
    assert.deepEqual([await journal.read('a'), await journal.read('b')], [null, null])
    await journal.close()
  })

  check('[G1] a second run of a back is refused while the first is alive', async ({ open }) => {
    const first = await open().join(memberOf('b1'))
    assert.equal(await refusal(open().join(memberOf('b1'))), 'store-in-use')
    await store(first, { seq: first.lastSeq + 1 })
    await first.close()
    await (await open().join(memberOf('b1'))).close()
  })

  check('images without turns, as snapshots write them', async ({ open, crash }) => {
    const first = await open().join(memberOf('b1'))
    const { epoch } = await claimed(first, 'a')
    const { lastSeq } = first
    await store(first, { seq: lastSeq + 1, images: [image('a', epoch, 0)] })
    const newer = image('a', epoch, 0, { bytes: new Uint8Array([1, 2, 3]), storedAt: 1_700_000_009_000 })
    await store(first, { seq: lastSeq + 2, images: [newer] })
    await crash('b1')
    const second = await open().join(memberOf('b1'))
    assert.deepEqual((await claimed(second, 'a')).stored, {
      image: newer,
      turns: [],
      isReleased: false,
      isRewound: false,
    })
    await second.close()
  })
}
