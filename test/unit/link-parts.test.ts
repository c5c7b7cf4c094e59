/** The parts of links that are pure or nearly so: limits, who stands for an id, signs of life, and the waits between dials. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maintainLink } from '../../src/link/maintain-link.js'
import { Heartbeat } from '../../src/link/heartbeat.js'
import { LINK_LIMITS, linkLimits } from '../../src/link/link-limits.js'
import type { MasterLink, LinkPeer } from '../../src/link/master-link.js'
import {
  masterHelloOf,
  judgeHello,
  judgeWelcome,
  type SentHello,
  masterWelcomeOf,
} from '../../src/link/master-identity.js'
import { decide, PeerRegistry } from '../../src/link/peer-registry.js'
import type { Transport } from '../../src/link/transport.js'
import { CentrumError } from '../../src/protocol/errors.js'
import type { ControlPacket, MasterWelcome } from '../../src/protocol/master-packets.js'
import type { Reason } from '../../src/protocol/reasons.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { packetsIn } from '../contract/by-hand.js'
import { identityOf, settle } from '../contract/link-ends.js'
import { ManualClock } from '../support/manual-clock.js'

const peer: LinkPeer = {
  role: 'front',
  id: 'front-1',
  incarnation: 'a'.repeat(16),
  connection: 5,
  version: 1,
  graceMs: 0,
}

test('G6 limits have defaults, and a wrong one is refused with its name, value and range', () => {
  const limits = linkLimits()
  for (const [name, { default: standard }] of Object.entries(LINK_LIMITS))
    assert.equal(limits[name as keyof typeof limits], standard)
  assert.equal(linkLimits({ heartbeatMs: 500 }).heartbeatMs, 500)
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2000' as unknown as number]) {
    assert.throws(
      () => linkLimits({ heartbeatMs: value }),
      (error: CentrumError) => {
        assert.equal(error.code, 'invalid-option')
        assert.ok(
          error.message.includes(
            `heartbeatMs is ${typeof value === 'string' ? `'${String(value)}', a string` : value}. `,
          ),
          error.message,
        )
        return true
      },
    )
  }
  assert.throws(
    () => linkLimits({ heartBeatMs: 1 } as object),
    /links: there is no option 'heartBeatMs'. Did you mean 'heartbeatMs'\?/,
  )
  assert.throws(() => linkLimits({ backoffMsMin: 5_000 }), /backoffMsMin is 5000, above backoffMsMax, which is 2000/)
})

test('who may stand for an id', () => {
  const other = { ...peer, incarnation: 'b'.repeat(16) }
  assert.equal(decide(null, peer), 'enter')
  assert.equal(decide(peer, { ...peer, connection: 6 }), 'replace')
  assert.equal(decide(peer, peer), 'stale')
  assert.equal(decide(peer, { ...peer, connection: 4 }), 'stale')
  assert.equal(decide(peer, other), 'contest')
  assert.equal(decide(peer, { ...other, connection: 1 }), 'contest')
})

/** A link of which only the registry's concerns work. */
class FakeLink implements Pick<MasterLink, 'peer' | 'open' | 'close' | 'ping'> {
  readonly peer: LinkPeer
  open = true
  readonly closed: Reason[] = []
  readonly #answers: boolean
  readonly #registry: PeerRegistry

  constructor(of: LinkPeer, registry: PeerRegistry, answers: boolean) {
    this.peer = of
    this.#registry = registry
    this.#answers = answers
  }

  ping(): Promise<void> {
    return this.#answers ? Promise.resolve() : Promise.reject(new CentrumError('timeout', 'no answer'))
  }

  close(reason: Reason): void {
    if (!this.open) return
    this.open = false
    this.closed.push(reason)
    this.#registry.leave(this as unknown as MasterLink)
  }
}

/** Enters newcomers and notes what became of them. */
function contestants(registry: PeerRegistry): {
  log: string[]
  come: (name: string, of: LinkPeer, answers?: boolean) => FakeLink
} {
  const log: string[] = []
  return {
    log,
    come(name, of, answers = false) {
      const link = new FakeLink(of, registry, answers)
      const enter = (): MasterLink => {
        log.push(`${name} entered`)
        return link as unknown as MasterLink
      }
      registry.settle(of, 1_000, enter, ({ reason }) => void log.push(`${name} refused: ${reason}`))
      return link
    },
  }
}

test('of several that come at once for a dead one, one takes its place and the others are weighed against it', async () => {
  const registry = new PeerRegistry()
  const { log, come } = contestants(registry)
  const dead = come('first', peer)
  come('second', { ...peer, incarnation: 'b'.repeat(16) }, true)
  come('third', { ...peer, incarnation: 'c'.repeat(16) }, true)
  await settle()
  assert.deepEqual(dead.closed, ['replaced'])
  assert.deepEqual(log, ['first entered', 'second entered', 'third refused: id-taken'])
  assert.equal(registry.size, 1)
})

test('one that answers keeps its place, and masters of other roles and ids are not its concern', async () => {
  const registry = new PeerRegistry()
  const { log, come } = contestants(registry)
  const first = come('first', peer, true)
  come('other role', { ...peer, role: 'back', incarnation: 'b'.repeat(16) })
  come('other id', { ...peer, id: 'front-2', incarnation: 'c'.repeat(16) })
  come('second', { ...peer, incarnation: 'd'.repeat(16) })
  await settle()
  assert.deepEqual(log, ['first entered', 'other role entered', 'other id entered', 'second refused: id-taken'])
  assert.equal(first.open, true)
  first.close('closing')
  come('second again', { ...peer, incarnation: 'd'.repeat(16) })
  assert.equal(log.at(-1), 'second again entered')
  registry.leave(first as unknown as MasterLink)
  assert.equal(registry.has(peer), true, 'whoever left before takes nobody along')
})

/** A heartbeat whose bytes the test moves by hand. */
function heartbeat(clock: ManualClock): {
  beat: Heartbeat
  moved: { sent: number; received: number; waiting: number }
  events: string[]
} {
  const moved = { sent: 0, received: 0, waiting: 0 }
  const events: string[] = []
  const beat = new Heartbeat({
    clock,
    heartbeatMs: 1_000,
    missedMax: 3,
    bytesMoved: () => moved,
    sendPing: (nonce) => void events.push(`ping ${nonce}`),
    onLost: () => void events.push('lost'),
  })
  beat.start()
  return { beat, moved, events }
}

test('a quiet link is asked once a heartbeat, and lost after three of them', () => {
  const clock = new ManualClock()
  const { beat, events } = heartbeat(clock)
  clock.advance(2_999)
  assert.deepEqual(events, ['ping 1', 'ping 2', 'ping 3'])
  assert.equal(beat.missed, 2)
  clock.advance(1)
  assert.deepEqual(events.slice(3), ['lost'])
  assert.equal(clock.pending, 0)
})

test('a link that carries bytes both ways is not asked, one that carries them one way is', () => {
  const clock = new ManualClock()
  const { moved, events } = heartbeat(clock)
  for (let i = 0; i < 10; i++) {
    moved.sent++
    moved.received++
    clock.advance(1_000)
  }
  assert.deepEqual(events, ['ping 1'])
  moved.received++
  clock.advance(1_000)
  assert.deepEqual(events.slice(1), ['ping 2'], 'a side that only listens shows that it lives')
})

test('a link whose bytes are being taken is not lost, one whose bytes stand still is', () => {
  const clock = new ManualClock()
  const { beat, moved, events } = heartbeat(clock)
  Object.assign(moved, { sent: 1_000, waiting: 1_000 })
  clock.advance(1_000)
  for (let i = 0; i < 8; i++) {
    moved.waiting -= 100
    clock.advance(1_000)
  }
  assert.equal(beat.missed, 0)
  clock.advance(2_999)
  assert.notEqual(events.at(-1), 'lost')
  clock.advance(1)
  assert.deepEqual(events.slice(-1), ['lost'])
})

test('a process that was stopped for long counts one heartbeat, not many', () => {
  const clock = new ManualClock()
  const { beat, moved, events } = heartbeat(clock)
  clock.advance(1_000)
  clock.stall(3_600_000)
  clock.advance(0)
  assert.equal(beat.missed, 2)
  // Now it reads what waited.
  moved.received++
  clock.advance(1_000)
  assert.equal(beat.missed, 0)
  assert.ok(!events.includes('lost'))
})

test('the round trip is that of the last answer', () => {
  const clock = new ManualClock()
  const { beat } = heartbeat(clock)
  assert.equal(beat.rttMs, null)
  clock.advance(30)
  beat.answered(1)
  assert.equal(beat.rttMs, 30)
  beat.answered(1)
  beat.answered(77)
  assert.equal(beat.rttMs, 30)
})

test('G7 a welcome answers the hello that it was made for, and no other one', () => {
  const limits = linkLimits()
  const secret = new Uint8Array(32).fill(1)
  const nonce = new Uint8Array(32).fill(2)
  const front = identityOf('front', { secrets: [secret] })
  const back = identityOf('back', { secrets: [secret] })
  const hellos = [1, 2].map((connection) => masterHelloOf(front, 'back-1', connection, limits, nonce))
  const [first, second] = hellos as [SentHello, SentHello]
  const judged = judgeHello(back, packetOf(first.bytes), nonce)
  assert.ok('hello' in judged)
  const welcome = packetOf(masterWelcomeOf(back, judged.hello, judged.version, limits, nonce)) as MasterWelcome
  assert.equal(judgeWelcome(front, first, welcome), null)
  assert.equal(judgeWelcome(front, second, welcome)?.reason, 'authentication-refused')
})

function packetOf(bytes: Uint8Array): ControlPacket {
  return packetsIn(bytes)[0] as ControlPacket
}

/** The waits between dials when each attempt ends as `fail` says and chance always takes the longest. */
async function waits(
  fail: (attempt: number) => CentrumError,
  count: number,
  told: Reason[] = [],
): Promise<readonly number[]> {
  const clock = new ManualClock()
  const dialled: number[] = []
  const transport: Transport = {
    dial() {
      dialled.push(clock.now())
      return Promise.reject(fail(dialled.length))
    },
    listen: () => assert.fail(),
  }
  const kept = maintainLink({
    transport,
    address: 'memory:nobody',
    identity: identityOf('front'),
    expectedId: 'back-1',
    limits: linkLimits(),
    runtime: { clock, random: { float: () => 1, bytes: (length) => new Uint8Array(length) }, log: silentLog },
    events: { onUp: () => assert.fail(), onDown() {}, onRefused: (reason) => void told.push(reason) },
  })
  while (dialled.length <= count) await clock.run(10)
  kept.stop()
  return dialled.slice(1).map((at, i) => Math.round(at - (dialled[i] as number)))
}

test('waits double up to two seconds, and stay long after a refusal that is final', async () => {
  const unreachable = await waits(() => new CentrumError('unreachable', 'nobody'), 8)
  assert.deepEqual(unreachable, [50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
  const versions = await waits(() => new CentrumError('versions', 'too old'), 2)
  assert.deepEqual(versions, [30_000, 30_000])
})

test('a reason is told once as long as it stays the same', async () => {
  const told: Reason[] = []
  await waits((attempt) => new CentrumError(attempt <= 4 ? 'unreachable' : 'id-taken', `attempt ${attempt}`), 7, told)
  assert.deepEqual(told, ['unreachable', 'id-taken'])
})
