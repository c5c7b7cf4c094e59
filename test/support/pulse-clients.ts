/** Clients of a `pulse` channel that talk and listen all the time, and notice whatever is lost, doubled or out of order, either way. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { ChannelLink, Connection } from '../../src/client/index.js'
import type { ConnectOptions } from '../../src/client/connect-options.js'
import { connect } from '../../src/client/node.js'
import { cleanUp } from './clean-up.js'
import type app from './system-app.js'
import type { pulse } from './system-app.js'
import { until } from './until.js'

const TALK_MS = 50

interface PulseClient {
  readonly connection: Connection<typeof app>
  readonly link: ChannelLink<typeof pulse>
  readonly beats: number[]
  /** What is told only when something was lost. */
  readonly told: string[]
  /** Each status that connection and link went through since it was linked. */
  readonly statuses: string[]
  sent: number
}

export class PulseClients {
  readonly all: readonly PulseClient[]
  readonly #talkMs: number
  #talking = true
  readonly #talked: Promise<void>

  private constructor(all: readonly PulseClient[], talkMs: number) {
    this.all = all
    this.#talkMs = talkMs
    this.#talked = this.#talk()
  }

  /**
   * Connects so many, each to the URLs, and has them talk until the test is over. `options`: of the client with that index. `talkMs`: how
   * often each says something.
   */
  static async start(
    t: TestContext,
    count: number,
    urls: readonly string[],
    options: (i: number) => ConnectOptions = () => ({}),
    talkMs = TALK_MS,
  ): Promise<PulseClients> {
    const clients = new PulseClients(
      await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const connection = connect<typeof app>(urls, { token: `c${i}`, ...options(i) })
          const link = await connection.link('pulse/1')
          const client: PulseClient = { connection, link, beats: [], told: [], statuses: [], sent: 0 }
          const { beats, told, statuses } = client
          link.on('beat', (beat) => beats.push(beat))
          link.onReset((reason) => told.push(`reset ${reason}`))
          link.onMissed(({ from, to }) => told.push(`missed ${from}-${to}`))
          link.onRefused((n, error) => told.push(`refused ${n} ${error.code}`))
          link.onStatus((status, reason) => statuses.push(`link ${status} ${reason ?? ''}`.trim()))
          connection.onStatus((status, reason) => statuses.push(`${status} ${reason ?? ''}`.trim()))
          return client
        }),
      ),
      talkMs,
    )
    cleanUp(t, async () => {
      await clients.#hush()
      await Promise.all(clients.all.map(({ connection }) => connection.close()))
    })
    return clients
  }

  get areLive(): boolean {
    return this.all.every(({ link, connection }) => link.status === 'live' && connection.status === 'connected')
  }

  /** Until each said and heard so much more, and knows that it was taken. */
  async talkOn(more = 5): Promise<void> {
    const from = this.all.map(({ sent, beats }) => ({ sent, beats: beats.length }))
    await until('all talk and listen', () =>
      this.all.every(({ link, connection, beats }, i) => {
        const before = from[i] as (typeof from)[number]
        return (link.state.taken[connection.clientId] ?? 0) >= before.sent + more && beats.length >= before.beats + more
      }),
    )
  }

  /** Ends the talk, waits for all that was said to be taken, and checks that nothing was lost, doubled or out of order. */
  async check(): Promise<void> {
    await this.#hush()
    await until('all that was said is taken, and each sees it', () =>
      this.all.every(({ link }) => this.all.every((each) => link.state.taken[each.connection.clientId] === each.sent)),
    )
    for (const { link, beats, told } of this.all) {
      assert.deepEqual(told, [])
      assert.deepEqual(link.state.wrong, [])
      assert.equal(link.state.left, 0, 'nobody was unlinked')
      const start = beats[0] as number
      assert.deepEqual(
        beats,
        beats.map((_, i) => start + i),
        'each beat once, in order',
      )
    }
  }

  async #talk(): Promise<void> {
    while (this.#talking) {
      for (const client of this.all) client.link.send('count', ++client.sent)
      await new Promise((resolve) => setTimeout(resolve, this.#talkMs))
    }
  }

  async #hush(): Promise<void> {
    this.#talking = false
    await this.#talked
  }
}
