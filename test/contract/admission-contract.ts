/**
 * Whom a master links to, and when again: restarts, ids, incarnations, versions, lists and keys.
 */
import assert from 'node:assert/strict'
import { linkLimits } from '../../src/link/link-limits.js'
import { masterHelloOf } from '../../src/link/master-identity.js'
import { encodeHello, PACKET } from '../../src/protocol/master-packets.js'
import { ManualClock } from '../support/manual-clock.js'
import { greet, messagesIn, rawPacket, RawStream, reasonsIn, SwallowingTransport } from './by-hand.js'
import {
  type Check,
  type End,
  type MakePlace,
  identityOf,
  keepAt,
  linkedPair,
  listenAt,
  settle,
  standing,
  testRuntime,
  until,
  warnings,
} from './link-ends.js'

export function admissionContract(check: Check, makePlace: MakePlace): void {
  check('a holder that throws when it is given a link is given another one', async (place, cleanup) => {
    const back = await listenAt(place, cleanup)
    let mistakes = 0
    const front = keepAt({ transport: place.transport, address: back.listener.address }, cleanup, {
      onUp() {
        if (mistakes++ === 0) throw new TypeError('a mistake')
      },
    })
    await until(() => front.ends.length === 1 && back.ends.length === 2, 'the second link stands')
    assert.deepEqual(front.downs, ['faulted'])
    assert.deepEqual(back.ends[0]?.reasons, ['faulted'])
    assert.deepEqual(warnings(front.runtime), ['link.faulted'])
  })

  check('G6 a listener links to so many masters only, and still to one that is here', async (place, cleanup) => {
    const { back, front, reached } = await linkedPair(place, cleanup, { limits: { peersMax: 1 } })
    const second = keepAt(reached, cleanup, { identity: { id: 'front-2' } })
    await until(() => second.refusals.length > 0, 'the second was refused')
    assert.deepEqual(second.refusals[0]?.reason, 'too-many')
    second.kept.stop()
    await greet(reached, cleanup, front.identity, 9)
    await until(() => back.ends.length === 2, 'the first was replaced')
  })

  check('a master that restarts is a new incarnation and is taken back', async (place, cleanup) => {
    const { back, front, frontEnd, reached } = await linkedPair(place, cleanup)
    await back.listener.close()
    for (const { link } of back.ends) link.close('closing', 'restart')
    await until(() => frontEnd.closed.length > 0, 'the front was told')
    assert.equal(front.kept.link, null)
    await until(() => front.kept.inspect().lastReason === 'unreachable', 'an attempt came to nothing')
    const relink = await listenAt(reached, cleanup)
    await until(() => front.ends.length === 2 && relink.ends.length === 1, 'the link was made anew')
    assert.deepEqual(front.downs, ['closing'])
    assert.deepEqual(
      front.refusals.map(({ reason }) => reason),
      ['unreachable'],
      'told once, however many attempts',
    )
    assert.equal(front.ends[1]?.link.peer.incarnation, relink.identity.incarnation)
    assert.notEqual(frontEnd.link.peer.incarnation, relink.identity.incarnation)
    assert.ok((relink.ends[0]?.link.peer.connection ?? 0) > 1, 'the connection number has grown')
    await relink.listener.close()
    relink.ends[0]?.link.close('closing', 'once more')
    await until(() => front.refusals.length === 2, 'after a link that stood the same reason is told again')
  })

  check('H4 of one incarnation the newer connection replaces the older at once', async (place, cleanup) => {
    const { back, front, backEnd, frontEnd, reached } = await linkedPair(place, cleanup)
    const order: string[] = []
    backEnd.onClosed = (reason) => void order.push(reason)
    const raw = await greet(reached, cleanup, { ...front.identity }, 5)
    await until(() => back.ends.length === 2, 'the back has the newer link')
    order.push('newer')
    assert.deepEqual(order, ['replaced', 'newer'])
    assert.equal(back.ends[1]?.link.peer.connection, 5)
    await until(() => frontEnd.closed.length > 0, 'the older was told')
    assert.deepEqual(frontEnd.reasons, ['replaced'])
    front.kept.stop()
    assert.equal(raw.ended, 0)
    const older = await greet(reached, cleanup, front.identity, 4)
    await until(() => older.ended > 0, 'an older one is turned away')
    assert.deepEqual(reasonsIn(older), ['replaced'])
    assert.equal(back.ends[1]?.link.open, true)
  })

  check('S5 H4 a second master of an id is refused while the first answers, naming both', async (place, cleanup) => {
    const { back, front, backEnd, reached } = await linkedPair(place, cleanup)
    const twin = keepAt(reached, cleanup)
    await until(() => twin.refusals.length > 0, 'the second was refused')
    assert.equal(twin.refusals[0]?.reason, 'id-taken')
    assert.match(
      twin.refusals[0]?.message ?? '',
      new RegExp(`${front.identity.incarnation}.*${twin.identity.incarnation}`),
    )
    assert.equal(backEnd.link.open, true)
    assert.equal(back.ends.length, 1)
    front.kept.stop()
    await until(() => twin.ends.length === 1, 'the second is taken once the first has gone')
  })

  check('H4 a second master of an id takes over from one that does not answer', async (place, cleanup) => {
    const clock = new ManualClock()
    const runtime = testRuntime(clock)
    const transport = new SwallowingTransport(place.transport, cleanup)
    const { back, backEnd, reached } = await standing(clock, { ...place, transport }, cleanup, runtime)
    transport.swallowing = true
    const twin = await greet({ transport: place.transport, address: reached.address }, cleanup, identityOf('front'), 1)
    twin.write(rawPacket(PACKET.batch, [1, 2, 0x55, 0x56]))
    await settle()
    assert.deepEqual(backEnd.reasons, [])
    await clock.run(1_000)
    await until(() => back.ends.length === 2, 'the second was taken')
    assert.deepEqual(backEnd.reasons, ['replaced'])
    assert.equal(twin.ended, 0)
    await until(() => back.ends[1]?.frames.length === 1, 'what it said meanwhile was kept')
  })

  check('S5 a second listener at an address is refused, naming both', async (place, cleanup) => {
    const first = await listenAt(place, cleanup)
    const reached = { transport: place.transport, address: first.listener.address }
    await assert.rejects(
      listenAt(reached, cleanup, { identity: { id: 'back-2' } }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'address-in-use')
        assert.match(error.message, /back-1 already listens at .*; this is back-2/)
        return true
      },
    )
    await assert.rejects(listenAt(reached, cleanup), {
      code: 'address-in-use',
      message: /another back-1 already listens/,
    })
    assert.deepEqual(warnings(first.runtime), [], 'the question itself is no warning')
  })

  check('H3 a master that is not the expected one is refused, naming both', async (place, cleanup) => {
    const back = await listenAt(place, cleanup, { identity: { id: 'back-7' } })
    const front = keepAt({ transport: place.transport, address: back.listener.address }, cleanup)
    await until(() => front.refusals.length > 0, 'the front was told')
    assert.equal(front.refusals[0]?.reason, 'wrong-id')
    assert.match(front.refusals[0]?.message ?? '', /back-1.*back-7/)
  })

  check('H3 a list that differs is refused with both hashes, and taken once it is the same', async (place, cleanup) => {
    const back = await listenAt(place, cleanup, { identity: { membershipHash: 'aaaaaaaaaaaaaaaa' } })
    const reached = { transport: place.transport, address: back.listener.address }
    const front = keepAt(reached, cleanup, { identity: { membershipHash: 'bbbbbbbbbbbbbbbb' } })
    await until(() => front.refusals.length > 0, 'the front was told')
    assert.equal(front.refusals[0]?.reason, 'cluster-mismatch')
    assert.match(front.refusals[0]?.message ?? '', /bbbbbbbbbbbbbbbb.*aaaaaaaaaaaaaaaa/)
    front.kept.stop()
    const same = keepAt(reached, cleanup, { identity: { membershipHash: 'aaaaaaaaaaaaaaaa' } })
    await until(() => same.ends.length === 1, 'the same list is taken')
  })

  check('G7 masters with different keys refuse each other', async (place, cleanup) => {
    const secret = new Uint8Array(32).fill(1)
    const back = await listenAt(place, cleanup, { identity: { secrets: [secret] } })
    const reached = { transport: place.transport, address: back.listener.address }
    for (const other of [new Uint8Array(32).fill(2), undefined]) {
      const front = keepAt(reached, cleanup, { identity: { secrets: other && [other] } })
      await until(() => front.refusals.length > 0, 'the front was told')
      assert.equal(front.refusals[0]?.reason, 'authentication-refused')
      front.kept.stop()
    }
    const same = keepAt(reached, cleanup, { identity: { secrets: [secret] } })
    await until(() => same.ends.length === 1, 'the same key is taken')
    same.kept.stop()
    const impostor = await listenAt(makePlace(cleanup), cleanup)
    const wary = keepAt({ transport: place.transport, address: impostor.listener.address }, cleanup, {
      identity: { secrets: [secret] },
    })
    await until(() => wary.refusals.length > 0, 'a front with a key takes no back without one')
    assert.equal(wary.refusals[0]?.reason, 'authentication-refused')
    assert.equal(impostor.ends.length, 0)
  })

  check('the last word of the holder is heard on both sides', async (place, cleanup) => {
    const refusal = { reason: 'draining', message: 'not now' } as const
    const back = await listenAt(place, cleanup, { admit: () => refusal })
    const front = keepAt({ transport: place.transport, address: back.listener.address }, cleanup)
    await until(() => front.refusals.length > 0, 'the front was told')
    assert.deepEqual(front.refusals[0], { reason: 'draining', message: 'back-1 refused: not now' })
    const open = await listenAt(makePlace(cleanup), cleanup)
    const choosy = keepAt({ transport: place.transport, address: open.listener.address }, cleanup, {
      check: () => refusal,
    })
    await until(() => choosy.refusals.length > 0 && open.ends.length > 0, 'the front has refused')
    await until(() => (open.ends[0] as End).closed.length > 0, 'the back was told')
    assert.deepEqual(open.ends[0]?.closed, [refusal])
  })

  check('H1 versions that lie apart are refused, saying which side is too old', async (place, cleanup) => {
    const back = await listenAt(place, cleanup)
    const reached = { transport: place.transport, address: back.listener.address }
    const { greeting } = masterHelloOf(identityOf('front'), 'back-1', 1, linkLimits(), new Uint8Array(0))
    const newer = await RawStream.dial(reached, cleanup)
    newer.write(encodeHello({ ...greeting, versionMin: 7, versionMax: 9 }))
    await until(() => newer.ended > 0, 'the newer one was turned away')
    assert.deepEqual(messagesIn(newer), [
      'the other side speaks versions 7 to 9, back-1 1 to 1: back-1 is too old, update it',
    ])
    const older = await RawStream.dial(reached, cleanup)
    older.write(encodeHello({ ...greeting, versionMin: 0, versionMax: 0 }))
    await until(() => older.ended > 0, 'the older one was turned away')
    assert.deepEqual(messagesIn(older), [
      'the other side speaks versions 0 to 0, back-1 1 to 1: the other side is too old, update it',
    ])
    assert.deepEqual(reasonsIn(older), ['versions'])
  })

  check('H2 whoever does not greet in time is sent away', async (place, cleanup) => {
    const clock = new ManualClock()
    const back = await listenAt(place, cleanup, { runtime: testRuntime(clock) })
    const raw = await RawStream.dial({ transport: place.transport, address: back.listener.address }, cleanup)
    await until(() => back.listener.greetings === 1, 'the stream was accepted')
    await clock.run(9_999)
    assert.equal(raw.ended, 0)
    await clock.run(1)
    await until(() => raw.ended > 0, 'it was sent away')
    assert.deepEqual(reasonsIn(raw), ['handshake-timeout'])
    assert.equal(back.listener.greetings, 0)
  })

  check('G6 handshakes under way are bounded, and who says nothing keeps nobody out', async (place, cleanup) => {
    const back = await listenAt(place, cleanup, { limits: { greetingsMax: 2 } })
    const reached = { transport: place.transport, address: back.listener.address }
    const waiting = [await RawStream.dial(reached, cleanup), await RawStream.dial(reached, cleanup)]
    await until(() => back.listener.greetings === 2, 'two are under way')
    const third = await RawStream.dial(reached, cleanup)
    await until(() => waiting[0]?.ended === 1, 'the oldest made way')
    assert.deepEqual([waiting[1]?.ended, third.ended], [0, 0])
    const front = keepAt(reached, cleanup)
    await until(() => front.ends.length === 1, 'a master is let in')
  })

  check('a keeper that is stopped dials no more and leaves no timer', async (place, cleanup) => {
    const clock = new ManualClock()
    const front = keepAt(place, cleanup, { runtime: testRuntime(clock) })
    clock.advance(0)
    await until(() => front.refusals.length > 0, 'the first attempt came to nothing')
    assert.equal(front.refusals[0]?.reason, 'unreachable')
    assert.ok(front.refusals[0]?.message.includes(place.address), front.refusals[0]?.message)
    front.kept.stop()
    assert.equal(clock.pending, 0)
    assert.equal(front.kept.inspect().state, 'stopped')
  })
}
