/** Bytes that a back or a front holds for clients: bounded for each link, each session, each user or address, and let go of with them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackLimits } from '../../src/back/back-limits.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { ENTRY, ITEM } from '../../src/protocol/frame-types.js'
import { makeNamed, readFailure, readItems } from '../../src/protocol/link-frames.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { BackStage, type StagedFront } from '../support/back-stage.js'
import { frontStage } from '../support/front-stage.js'
import { keyframe, linked } from '../support/scripted-back.js'
import type { ScriptedSession } from '../support/scripted-session.js'

function setUp(limits: Partial<BackLimits>) {
  const room = defineChannel({
    state: () => ({}),
    options: unchecked<unknown>(),
    messages: { hold: unchecked<unknown>(), give: unchecked<number>() },
    events: { given: unchecked<unknown>() },
    handlerMsMax: 3_600_000,
    tickMs: 10,
  }).implement({
    onLink: (_ctx, _client, options) => (options === undefined ? undefined : new Promise(() => undefined)),
    onMessage: {
      hold: () => new Promise(() => undefined),
      give: (_ctx, client, bytes) => client.send('given', new Uint8Array(bytes)),
    },
  })
  const stage = new BackStage(defineApp({ channels: { 'room/:id': room } }), {
    patterns: ['room/*'],
    limits: { graceMs: 0, ...limits },
  })
  const front = stage.front()
  let refs = 0
  const seqs = new Map<number, number>()
  return {
    stage,
    front,
    run: () => stage.clock.run(50),
    link(
      channelId: string,
      sessionId: string,
      { user = sessionId, payer = '', options }: { user?: string; payer?: string; options?: unknown } = {},
    ): number {
      const ref = ++refs
      const data = encodeValue(null)
      const identity = { senderKind: 'client', sessionId, userId: user, data, tokenGeneration: 0, beganAt: 0 } as const
      const request = { channelId, linkNumber: 1, processor: false, past: null }
      const bytes = options === undefined ? null : encodeValue(options)
      front.say({
        type: 'masterLink',
        ref,
        identity,
        connectionAttempt: 1,
        payer,
        request: { ...request, options: bytes },
      })
      return ref
    },
    /** A message whose name and payload have so many bytes. */
    hold(ref: number, bytes: number): void {
      const clientSeq = (seqs.get(ref) ?? 0) + 1
      seqs.set(ref, clientSeq)
      const overhead = makeNamed('hold', encodeValue(new Uint8Array(bytes - 16))).length - (bytes - 16)
      const body = makeNamed('hold', encodeValue(new Uint8Array(bytes - overhead)))
      assert.equal(body.length, bytes)
      front.say({ type: 'masterEntry', ref, entry: { clientSeq, kind: ENTRY.message, context: null, body } })
    },
  }
}

/** Why what a ref sent was refused. */
function refusals(front: StagedFront, ref: number): string[] {
  return front
    .all('masterPrivate')
    .flatMap(({ links }) => links)
    .filter((each) => each.ref === ref)
    .flatMap(({ items }) => readItems(items).items)
    .filter(({ kind }) => kind === ITEM.failed)
    .map(({ body }) => /\((\w+)\)/.exec(readFailure(body).message)?.[1] ?? readFailure(body).message)
}

const INBOX = { inboxBytesMax: 2_048, inboxBytesPerSessionMax: 3_072, inboxBytesPerUserMax: 4_096 }

test('G6 what one link, session, user or address has too much in inboxes is refused with the limit named', async () => {
  const { front, link, hold, run } = setUp({ ...INBOX, inboxEntriesMax: 100 })
  const first = link('room/1', 'ada', { payer: 'address 10.0.0.1' })
  const second = link('room/2', 'ada', { payer: 'address 10.0.0.1' })
  const other = link('room/3', 'eve', { payer: 'address 10.0.0.1' })
  const stranger = link('room/3', 'sam', { payer: 'address 10.0.0.2' })
  await run()
  // A first message that fails at once shows that its refusal comes where none is before it.
  hold(first, 2_049)
  hold(second, 1_025)
  hold(other, 1_025)
  await run()
  assert.deepEqual(refusals(front, first), ['inboxBytesMax'])
  assert.deepEqual(refusals(front, second), [], 'one that has room waits')
  const again = setUp({ ...INBOX, inboxBytesMax: 1_024, inboxBytesPerSessionMax: 1_024 })
  const one = again.link('room/1', 'ada', { payer: 'address 10.0.0.1' })
  const two = again.link('room/2', 'ada', { payer: 'address 10.0.0.1' })
  await again.run()
  again.hold(one, 1_024)
  again.hold(two, 100)
  await again.run()
  assert.deepEqual(refusals(again.front, two), ['inboxBytesPerSessionMax'])
  const all = Array.from({ length: 5 }, (_, i) =>
    again.link(`room/${i + 3}`, `bob ${i}`, { payer: 'address 10.0.0.1' }),
  )
  await again.run()
  for (const ref of all) again.hold(ref, 1_024)
  await again.run()
  assert.deepEqual(
    all.map((ref) => refusals(again.front, ref)),
    [[], [], [], ['inboxBytesPerUserMax'], ['inboxBytesPerUserMax']],
  )
  hold(stranger, 2_048)
  await run()
  assert.deepEqual(refusals(front, stranger), [], 'another address has room of its own')
})

test('G6 the options of links that are not accepted yet count as well', async () => {
  const { front, link, run, stage } = setUp(INBOX)
  link('room/1', 'ada', { user: 'u', options: new Uint8Array(2_000) })
  link('room/1', 'eve', { user: 'u', options: new Uint8Array(2_000) })
  const third = link('room/1', 'sam', { user: 'u', options: new Uint8Array(2_000) })
  await run()
  assert.deepEqual(
    front.all('masterDetached').map(({ ref, reason, relink }) => [ref, reason, relink]),
    [[third, 'overflow', true]],
  )
  assert.equal(stage.channels.payers.size, 3, 'two sessions and their user')
})

test('G6 what was sent and not seen is bounded in bytes for a link, a session and a user; the link ends at the limit', async () => {
  const limits = { unseenBytesMax: 4_096, unseenBytesPerSessionMax: 6_144, unseenBytesPerUserMax: 8_192 }
  const { front, link, run, stage } = setUp({ ...limits, inFlightBytesMax: 1_024, sendBytesMax: 4_096 })
  const refs = [
    link('room/1', 'ada', { user: 'u' }),
    link('room/2', 'ada', { user: 'u' }),
    link('room/3', 'eve', { user: 'u' }),
    link('room/3', 'sam', { user: 's' }),
  ] as const
  await run()
  const give = (ref: number, seq: number, bytes: number): void => front.entry(ref, seq, ENTRY.message, 'give', bytes)
  give(refs[0], 1, 4_000)
  give(refs[1], 1, 2_000)
  give(refs[2], 1, 2_000)
  give(refs[3], 1, 4_000)
  await run()
  assert.deepEqual(front.all('masterDetached'), [], 'up to the limits nothing ends')
  give(refs[1], 2, 200)
  await run()
  assert.deepEqual(
    front.all('masterDetached').map(({ ref, reason }) => [ref, reason]),
    [[refs[1], 'overflow']],
  )
  const again = link('room/2', 'bob', { user: 'u' })
  await run()
  give(again, 1, 2_300)
  give(refs[3], 2, 200)
  await run()
  assert.deepEqual(new Set(front.all('masterDetached').map(({ ref }) => ref)), new Set([refs[1], again, refs[3]]))
  front.lose()
  await run()
  assert.equal(stage.channels.payers.size, 0)
})

function ask(session: ScriptedSession, link: number, bytes: number, channelId = 'room/1'): void {
  const request = { channelId, linkNumber: 1, processor: false, past: null, options: new Uint8Array(bytes) }
  session.say({ type: 'link', link, request })
}

test('G6 options of links that wait for a back are bounded in all and for each user, and not kept once they were sent', async (t) => {
  const limits = { waitingBytesMax: 4_096, waitingBytesPerUserMax: 2_048 }
  const { clock, arrive, back, front, session } = await frontStage(t, { limits }, { away: true })
  const [ada, eve, sam] = [session('ada'), session('eve'), session('sam')]
  ask(ada, 1, 1_024)
  ask(ada, 2, 1_024, 'room/2')
  ask(ada, 3, 1, 'room/3')
  assert.equal(ada.summary.split(' ').at(-1), 'detached:unreachable:again')
  assert.match(ada.all('detached')[0]?.message ?? '', /2049 bytes, the limit is 2048 \(waitingBytesPerUserMax\)/)
  ask(eve, 1, 2_048)
  ask(sam, 1, 1)
  assert.match(sam.all('detached')[0]?.message ?? '', /the limit is 4096 \(waitingBytesMax\)/)
  assert.equal(front.inspect().links.waitingBytes, 4_096)
  await arrive()
  assert.equal(back.all('masterLink').length, 3)
  assert.equal(front.inspect().links.waitingBytes, 0)
  const { ref } = back.last('masterLink')
  back.say(keyframe(0, ''), linked(ref, 0))
  await clock.run(50)
  assert.deepEqual([...back.all('masterLink')].map(({ payer }) => payer).sort(), [
    'user user of ada',
    'user user of ada',
    'user user of eve',
  ])
})
