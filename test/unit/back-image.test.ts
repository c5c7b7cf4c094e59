/** A channel's image in another channel object: its sessions go on where they were. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChannelImage } from '../../src/durable/channel-image.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { readTurns } from '../../src/protocol/blocks.js'
import { ENTRY, type EntryKind } from '../../src/protocol/frame-types.js'
import { type LinkedState, makeNamed, readItems } from '../../src/protocol/link-frames.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { BackStage, type StagedFront } from '../support/back-stage.js'

const ROOM = 'room/1'
const GRACE_MS = 5_000

interface Room {
  readonly log: { [id: string]: string[] }
}

/** `calls` notes what runs of `onOpen`, `onRestore`, `onDrop` and so on. */
function makeApp(calls: string[]) {
  const note =
    (what: string) =>
    (_ctx: unknown, client?: { readonly id: string }): void =>
      void calls.push(client ? `${what} ${client.id}` : what)
  const room = defineChannel({
    state: (): Room => ({ log: {} }),
    data: unchecked<{ name: string }>(),
    messages: { say: unchecked<string>() },
    requests: { echo: { input: unchecked<string>() } },
    events: { told: unchecked<string>() },
    tickMs: 10,
    graceMs: GRACE_MS,
  }).implement({
    onOpen: note('open'),
    onRestore: (ctx) => note('restore')(ctx),
    onLink(ctx, client) {
      calls.push(`link ${client.id}`)
      ctx.state.log[client.id] = []
      return { hello: client.data.name }
    },
    onDrop: note('drop'),
    onResume: note('resume'),
    onProcessor: note('processor'),
    onUnlink: (_ctx, client, reason) => void calls.push(`unlink ${client.id} ${reason}`),
    onMessage: {
      say(ctx, client, text) {
        ctx.state.log[client.id]?.push(text)
        if (text.endsWith('!')) client.send('told', `${client.data.name} ${text}`)
      },
    },
    onRequest: {
      echo(ctx, client, text) {
        ctx.state.log[client.id]?.push(`echo ${text}`)
        return `${text} of ${ctx.clients.size}`
      },
    },
  })
  return defineApp({
    channels: { 'room/:id': room },
    authenticate: () => ({ userId: 'nobody', data: { name: 'nobody' } }),
  })
}

interface Retained {
  readonly clientSeq: number
  readonly kind: EntryKind
  readonly name: string
  readonly payload: string
}

/** A client's end of a link, as far as the rules L3, L6 and L8 go. */
class Client {
  readonly id: string
  linked: LinkedState | null = null
  /** serverSeq and body of all items, each once. */
  readonly items: { readonly serverSeq: number; readonly kind: number; readonly body: string }[] = []
  #ref = 0
  #attempt = 0
  #n = 0
  #seen = 0
  #linkNumber = 1
  #retained: Retained[] = []

  constructor(id: string) {
    this.id = id
  }

  link(front: StagedFront, ref: number, processor: boolean): void {
    this.#ref = ref
    this.#attempt++
    const { linked } = this
    const past = linked && {
      origin: linked.origin,
      epoch: linked.epoch,
      version: linked.version,
      serial: linked.serial,
      serverSeqSeen: this.#seen,
    }
    const identity = {
      senderKind: 'client' as const,
      sessionId: this.id,
      userId: this.id,
      data: encodeValue({ name: `name of ${this.id}` }),
      tokenGeneration: 0,
      beganAt: 0,
    }
    const request = { channelId: ROOM, linkNumber: this.#linkNumber, processor, past, options: null }
    front.say({ type: 'masterLink', ref, identity, connectionAttempt: this.#attempt, payer: '', request })
  }

  enter(front: StagedFront, kind: EntryKind, name = '', payload = ''): void {
    if (this.linked === null) return
    const entry = { clientSeq: ++this.#n, kind, name, payload: payload }
    this.#retained.push(entry)
    this.#send(front, entry)
    if (kind !== ENTRY.unlink) return
    // Its next link is a new one.
    Object.assign(this, { linked: null })
    this.#linkNumber++
    this.#n = this.#seen = this.#ref = 0
    this.#retained = []
  }

  #send(front: StagedFront, { clientSeq, kind, name, payload }: Retained): void {
    const body = kind === ENTRY.unlink ? new Uint8Array(0) : makeNamed(name, encodeValue(payload))
    front.say({ type: 'masterEntry', ref: this.#ref, entry: { clientSeq, kind, context: null, body } })
  }

  /** Says to the channel what it has seen. */
  acknowledge(front: StagedFront): void {
    front.say({ type: 'masterSeen', ref: this.#ref, serverSeq: this.#seen })
  }

  /** Takes all that the front has heard for it. */
  read(front: StagedFront, frames: StagedFront['heard']): void {
    for (const frame of frames) {
      if (frame.type === 'masterLinked' && frame.ref === this.#ref) {
        this.linked = frame.linked
        this.#retained = this.#retained.filter(({ clientSeq }) => clientSeq > frame.linked.processed)
        for (const entry of this.#retained) this.#send(front, entry)
      }
      if (frame.type !== 'masterPrivate') continue
      for (const { ref, items } of frame.links) if (ref === this.#ref) this.#take(readItems(items))
    }
  }

  #take({ acknowledged, items }: ReturnType<typeof readItems>): void {
    this.#retained = this.#retained.filter(({ clientSeq }) => clientSeq > acknowledged)
    for (const { serverSeq, kind, body } of items) {
      if (serverSeq <= this.#seen) continue
      assert.equal(serverSeq, this.#seen + 1, `${this.id} misses an item`)
      this.#seen = serverSeq
      this.items.push({ serverSeq, kind, body: Buffer.from(body).toString('hex') })
    }
  }
}

type Step = { readonly what: 'link' | 'say' | 'tell' | 'echo' | 'unlink' | 'seen' | 'run'; readonly who: number }
const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom('link', 'link', 'say', 'say', 'tell', 'tell', 'echo', 'unlink', 'seen', 'run', 'run'),
    who: fc.nat(2),
  }),
  { minLength: 8, maxLength: 40 },
)

class Run {
  readonly calls: string[] = []
  readonly clients = ['ada', 'bob', 'eve'].map((id) => new Client(id))
  #stage: BackStage
  #front: StagedFront
  #ref = 0

  constructor() {
    this.#stage = new BackStage(makeApp(this.calls), { patterns: ['room/*'] })
    this.#front = this.#stage.front()
    this.#stage.channels.channelFor(ROOM, 0)
  }

  get channel() {
    return this.#stage.channels.channelFor(ROOM, 0)
  }

  async pass(ms: number): Promise<void> {
    await this.#stage.clock.run(ms)
    const frames = this.#front.take()
    for (const client of this.clients) client.read(this.#front, frames)
  }

  async play(history: readonly Step[]): Promise<void> {
    for (const [i, { what, who }] of history.entries()) {
      const client = this.clients[who] as Client
      if (what === 'link') {
        client.link(this.#front, ++this.#ref, who === 0)
        await this.pass(10)
      } else if (what === 'unlink') {
        client.enter(this.#front, ENTRY.unlink)
        await this.pass(10)
      } else if (what === 'say' || what === 'tell')
        client.enter(this.#front, ENTRY.message, 'say', what === 'say' ? `${i}` : `${i}!`)
      else if (what === 'echo') client.enter(this.#front, ENTRY.request, 'echo', `${i}`)
      else if (what === 'seen') client.acknowledge(this.#front)
      else await this.pass(10)
    }
  }

  /** Contact to the channel is lost for all; where there is an image another channel object takes its place. */
  interrupt(image: ChannelImage | null): void {
    this.#front.lose()
    if (image !== null) {
      const opening = { epoch: image.origin.epoch + 1, origin: image.origin, image }
      this.#stage = new BackStage(makeApp(this.calls), { patterns: ['room/*'], open: () => opening })
      this.calls.length = 0
      this.#stage.channels.channelFor(ROOM, 0)
    }
    this.#front = this.#stage.front('front-2')
  }

  /** All but one come back, say more, and see all. */
  async goOn(): Promise<void> {
    for (const client of this.clients.slice(0, 2)) if (client.linked) client.link(this.#front, ++this.#ref, false)
    await this.pass(30)
    for (const client of this.clients.slice(0, 2)) {
      client.enter(this.#front, ENTRY.message, 'say', 'later!')
      client.enter(this.#front, ENTRY.request, 'echo', 'later')
    }
    await this.pass(30)
  }

  get state(): Room {
    return structuredClone(this.channel.state) as Room
  }

  /** What the mirror of a front has. */
  async mirrored(): Promise<unknown> {
    const front = this.#stage.front('front-3')
    front.say({ type: 'subscribe', channelId: ROOM, view: 0, epochSeen: 0, past: null })
    await this.#stage.clock.run(1)
    const mirror = new StateMirror()
    for (const frame of front.heard) {
      if (frame.type === 'keyframe') mirror.load(frame.keyframe.bytes)
      if (frame.type === 'shared') for (const { patch } of readTurns(frame.block)) if (patch) mirror.patch(patch)
    }
    return structuredClone(mirror.state)
  }
}

const told = (client: Client): unknown => ({
  items: client.items,
  serial: client.linked?.serial,
  reply: client.linked?.reply,
  processor: client.linked?.processor,
})

test('G3 L6 sessions go on in the channel that is made of an image as in the one that it is of: numbers, answers, state', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const [same, other] = [new Run(), new Run()]
      for (const run of [same, other]) await run.play(history)
      const image = structuredClone(other.channel.turns.image())
      const before = structuredClone(other.state)
      same.interrupt(null)
      other.interrupt(image)
      await other.pass(20)
      assert.deepEqual(other.calls, ['restore'], 'nobody was dropped')
      const again = other.channel.turns.image()
      const { version, now } = again
      assert.deepEqual({ ...again, state: null }, { ...image, version, now, state: null })
      assert.deepEqual(other.state, before)
      for (const run of [same, other]) await run.goOn()
      assert.deepEqual(other.clients.map(told), same.clients.map(told))
      // What the one that does not return had sent and was not acknowledged is lost with it.
      for (const who of ['ada', 'bob']) assert.deepEqual(other.state.log[who], same.state.log[who])
      assert.deepEqual(await other.mirrored(), other.state)
      const [, , away] = other.clients
      assert.ok(!other.calls.some((call) => /^(drop|resume) /.test(call)), 'those that return were not away')
      other.calls.length = 0
      await other.pass(GRACE_MS)
      const gone = image.sessions.some(({ id }) => id === away?.id) ? ['drop eve', 'unlink eve expired'] : []
      assert.deepEqual(other.calls, gone, 'onDrop is for the one that does not return')
    }),
    { numRuns: 40 },
  )
})

test('G6 L6 a link that had no room for an outcome ends with overflow in the channel of the image, too', async () => {
  const calls: string[] = []
  const stage = new BackStage(makeApp(calls), { patterns: ['room/*'], limits: { unseenItemsMax: 1 } })
  const front = stage.front()
  const client = new Client('ada')
  client.link(front, 1, false)
  await stage.clock.run(20)
  client.read(front, front.take())
  for (let i = 0; i < 3; i++) client.enter(front, ENTRY.request, 'echo', `${i}`)
  // The turn in which it overflows; the next one ends the link.
  await stage.clock.run(10)
  const image = structuredClone(stage.channels.channelFor(ROOM, 0).turns.image())
  assert.deepEqual(
    image.sessions.map(({ processed, firstUnreported, isFull }) => ({ processed, firstUnreported, isFull })),
    [{ processed: 3, firstUnreported: 2, isFull: true }],
  )
  const opening = { epoch: image.origin.epoch + 1, origin: image.origin, image }
  const next = new BackStage(makeApp(calls), { patterns: ['room/*'], open: () => opening })
  const nextFront = next.front()
  client.link(nextFront, 2, false)
  calls.length = 0
  await next.clock.run(50)
  assert.deepEqual(calls, ['restore', 'unlink ada overflow'])
  assert.equal(nextFront.all('masterDetached')[0]?.reason, 'overflow')
  assert.equal(decodeValue(client.linked?.reply as Uint8Array) !== null, true)
})
