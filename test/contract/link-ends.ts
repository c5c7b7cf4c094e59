/**
 * What tests of links need: masters that listen and dial at some place, ends that write down what they are told
 * and waiting for a condition with a limit.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptLinks, type AcceptOptions, type LinkListener } from '../../src/link/accept-links.js'
import { maintainLink, type MaintainLinkOptions, type MaintainedLink } from '../../src/link/maintain-link.js'
import { type LinkLimits, linkLimits } from '../../src/link/link-limits.js'
import { type MasterIdentity, newIncarnation, NO_LIST } from '../../src/link/master-identity.js'
import type { LinkEvents, MasterLink } from '../../src/link/master-link.js'
import type { Transport } from '../../src/link/transport.js'
import type { Reason } from '../../src/protocol/reasons.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import type { Clock, Log, LogFields, Runtime } from '../../src/runtime/runtime.js'
import type { ManualClock } from '../support/manual-clock.js'

/** Where masters meet: an address that is free, and what reaches it. */
export interface Place {
  readonly transport: Transport
  readonly address: string
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

export interface TestRuntime extends Runtime {
  readonly lines: readonly LogLine[]
}

export function testRuntime(clock: Clock = nodeRuntime({ logLevel: 'silent' }).clock): TestRuntime {
  const lines: LogLine[] = []
  const logWith = (own: LogFields): Log => {
    const line = (level: LogLine['level']) => (event: string, fields?: LogFields) => {
      lines.push({ level, event, fields: { ...own, ...fields } })
    }
    return {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: (fields) => logWith({ ...own, ...fields }),
    }
  }
  return { clock, random: nodeRuntime({ logLevel: 'silent' }).random, log: logWith({}), lines }
}

/** Waits in macrotasks, so that a manual clock may stand still meanwhile. */
export async function until(condition: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  const given = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > given) assert.fail(`waited ${limitMs} ms in vain until ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Lets everything that is under way on this machine arrive: some rounds of the event loop. */
export async function settle(rounds = 20): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** One end of a link, which writes down what it is told. */
export class End implements LinkEvents {
  readonly link: MasterLink
  readonly frames: Uint8Array[] = []
  readonly closed: { reason: Reason; message: string }[] = []
  drained = 0
  /** What else is done with a frame. */
  react: ((frame: Uint8Array) => void) | null = null

  constructor(link: MasterLink) {
    this.link = link
  }

  onFrame(frame: Uint8Array): void {
    assert.equal(this.closed.length, 0, 'a frame came after onClosed')
    this.frames.push(frame)
    this.react?.(frame)
  }

  onClosed(reason: Reason, message: string): void {
    this.closed.push({ reason, message })
  }

  onDrained(): void {
    this.drained++
  }

  get reasons(): readonly Reason[] {
    return this.closed.map(({ reason }) => reason)
  }
}

export function identityOf(role: 'front' | 'back', more: Partial<MasterIdentity> = {}): MasterIdentity {
  const { random } = nodeRuntime({ logLevel: 'silent' })
  return { role, id: `${role}-1`, incarnation: newIncarnation(random), membershipHash: NO_LIST, ...more }
}

/** A back that listens: the ends it was given, newest last. */
export interface Listening {
  readonly ends: End[]
  readonly listener: LinkListener
  readonly runtime: TestRuntime
  readonly identity: MasterIdentity
}

/** A front that keeps a link: the ends it was given, newest last, and what it was told. */
export interface Keeping {
  readonly ends: End[]
  readonly kept: MaintainedLink
  readonly downs: Reason[]
  readonly refusals: { reason: Reason; message: string }[]
  readonly runtime: TestRuntime
  readonly identity: MasterIdentity
}

/** What to end when a test is over. */
export class Cleanup {
  readonly #ends: (() => unknown)[] = []

  add(end: () => unknown): void {
    this.#ends.push(end)
  }

  async run(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end()
    await settle(3)
  }
}

export interface Meeting {
  readonly identity?: Partial<MasterIdentity>
  readonly limits?: Partial<LinkLimits>
  readonly runtime?: TestRuntime
}

export async function listenAt(
  place: Place,
  cleanup: Cleanup,
  options: Meeting & Partial<Pick<AcceptOptions, 'admit' | 'peers'>> = {},
): Promise<Listening> {
  const { runtime = testRuntime(), limits, identity, ...more } = options
  const ends: End[] = []
  const own = identityOf('back', identity)
  const listener = await acceptLinks({
    ...place,
    ...more,
    identity: own,
    limits: linkLimits(limits),
    runtime,
    onLink(link) {
      const end = new End(link)
      ends.push(end)
      return end
    },
  })
  cleanup.add(() => {
    for (const { link } of ends) link.close('closing', 'the test is over')
    return listener.close()
  })
  return { ends, listener, runtime, identity: own }
}

export function keepAt(
  place: Place,
  cleanup: Cleanup,
  options: Meeting & Partial<Pick<MaintainLinkOptions, 'expectedId' | 'check' | 'peers'>> & { onUp?: () => void } = {},
): Keeping {
  const { runtime = testRuntime(), limits, identity, expectedId = 'back-1', onUp, ...more } = options
  const ends: End[] = []
  const downs: Reason[] = []
  const refusals: { reason: Reason; message: string }[] = []
  const own = identityOf('front', identity)
  const kept = maintainLink({
    ...place,
    ...more,
    identity: own,
    expectedId,
    limits: linkLimits(limits),
    runtime,
    events: {
      onUp(link) {
        onUp?.()
        const end = new End(link)
        ends.push(end)
        return end
      },
      onDown: (reason) => void downs.push(reason),
      onRefused: (reason, message) => void refusals.push({ reason, message }),
    },
  })
  cleanup.add(() => kept.stop())
  return { ends, kept, downs, refusals, runtime, identity: own }
}

/** A back and a front that are linked. */
export async function linkedPair(
  place: Place,
  cleanup: Cleanup,
  back: Parameters<typeof listenAt>[2] = {},
  front: Parameters<typeof keepAt>[2] = {},
): Promise<{ back: Listening; front: Keeping; backEnd: End; frontEnd: End; reached: Place }> {
  const listening = await listenAt(place, cleanup, back)
  const reached = { transport: place.transport, address: listening.listener.address }
  const keeping = keepAt(reached, cleanup, front)
  await until(() => keeping.ends.length > 0 && listening.ends.length > 0, 'both ends have a link')
  return {
    back: listening,
    front: keeping,
    backEnd: listening.ends[0] as End,
    frontEnd: keeping.ends[0] as End,
    reached,
  }
}

/** A pair under a manual clock, which must be moved for the first dial. */
export async function standing(
  clock: ManualClock,
  place: Place,
  cleanup: Cleanup,
  runtime: TestRuntime,
): ReturnType<typeof linkedPair> {
  const pair = linkedPair(place, cleanup, { runtime }, { runtime })
  let made = false
  void pair.then(() => (made = true))
  await until(() => {
    clock.advance(0)
    return made
  }, 'the pair stands')
  return pair
}

/** The events of the lines that are warnings or errors. */
export function warnings(runtime: TestRuntime): readonly string[] {
  return runtime.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ event }) => event)
}

/** Makes a fresh place for masters to meet, and says how to clear it away. */
export type MakePlace = (cleanup: Cleanup) => Place

/** Declares a test at a fresh place, which is cleared away whatever happens. */
export type Check = (title: string, run: (place: Place, cleanup: Cleanup) => Promise<void>) => void

export function checksAt(name: string, makePlace: MakePlace): Check {
  return (title, run) => {
    test(`${name}: ${title}`, { timeout: 60_000 }, async () => {
      const cleanup = new Cleanup()
      try {
        await run(makePlace(cleanup), cleanup)
      } finally {
        await cleanup.run()
      }
    })
  }
}
