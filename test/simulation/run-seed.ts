/**
 * One run of the simulation: a cluster, its clients and its faults as the seed says, then quiet, and a look at whether everything came
 * right. The same seed gives the same run, and the same findings.
 */
import type { FaultCounts } from '../../src/testing/fault-counts.js'
import { SeededRandom } from '../../src/testing/seeded-random.js'
import type { LogSink, SimulatedProcess } from '../../src/testing/simulated-process.js'
import type { TestCluster } from '../../src/testing/test-cluster.js'
import { createWatchedCluster } from '../../src/testing/create-test-cluster.js'
import { CHANNELS, makeApp, type SimulatedApp } from './channels.js'
import { BoundsChecker, mastersOf } from './checkers/bounds-checker.js'
import { awaitedBy } from './checkers/held-counts.js'
import { StateChecker } from './checkers/state-checker.js'
import { WireChecker } from './checkers/wire-checker.js'
import { Findings } from './findings.js'
import { Fingerprint } from './fingerprint.js'
import { Ledger } from './ledger.js'
import { type Profile, profileOf } from './profiles.js'
import { Trace } from './trace.js'
import { SimulatedClient } from './simulated-client.js'
import { SimulatedSpeaker } from './simulated-speaker.js'

export interface RunResult {
  readonly seed: string
  readonly findings: readonly string[]
  readonly simulatedMs: number
  readonly counts: Readonly<Record<string, number>>
  readonly faults: Readonly<FaultCounts>
  /** What the checks had before them, and how often or how much of it: see `findings.ts`. */
  readonly seen: Readonly<Record<string, number>>
  /** The same for the same run. */
  readonly fingerprint: string
}

export interface RunOptions {
  readonly profile?: Partial<Profile>
  readonly log?: LogSink
  /** The client whose frames are printed. */
  readonly trace?: string
  /** Whether a sum is taken over all that is said. */
  readonly fingerprint?: boolean
}

/** How long everything has to come right once the faults are over. */
const CONVERGE_MS = 60_000
/** How long clients go on once the faults are over. */
const BUSY_MS = 3_000
const CLIENTS_MAX = 40

export async function runSeed(seed: string, options: RunOptions = {}): Promise<RunResult> {
  const run = new Run(seed, { ...profileOf(seed), ...options.profile }, options)
  return run.run()
}

class Run {
  readonly #seed: string
  readonly #profile: Profile
  readonly #options: RunOptions
  readonly #random: SeededRandom
  readonly #findings: Findings
  readonly #ledger: Ledger
  readonly #state: StateChecker
  readonly #wire: WireChecker
  readonly #bounds: BoundsChecker
  readonly #fingerprint: Fingerprint | null
  readonly #processes = new Map<string, SimulatedProcess>()
  readonly #clients = new Map<string, SimulatedClient>()
  #cluster: TestCluster<SimulatedApp> | null = null
  #names = 0
  readonly #speakers = new Map<string, SimulatedSpeaker>()
  #spoke = 0
  /** Clients that are not let in yet. */
  #joining = 0
  readonly #counts: Record<string, number> = { clients: 0, sent: 0, asked: 0, full: 0 }

  constructor(seed: string, profile: Profile, options: RunOptions) {
    this.#seed = seed
    this.#profile = profile
    this.#options = options
    this.#random = new SeededRandom(`workload ${seed}`)
    this.#findings = new Findings(() => this.#cluster?.now ?? 0)
    this.#ledger = new Ledger(this.#findings)
    this.#state = new StateChecker(this.#findings)
    this.#wire = new WireChecker(this.#findings)
    this.#wire.onEntry = (client, channelId, entry) => this.#clients.get(client)?.said(channelId, entry)
    const now = (): number => this.#cluster?.now ?? 0
    this.#fingerprint = options.fingerprint === true ? new Fingerprint(this.#wire, this.#wire, now) : null
    this.#bounds = new BoundsChecker(this.#findings, {
      retainedEntriesMax: profile.retainedEntriesMax,
      clientBufferedBytesMax: profile.clientBufferedBytesMax,
      linkQueuedBytesMax: 64 * 1024 * 1024,
      ringTurnsMax: profile.ringTurnsMax,
      inboxEntriesMax: profile.inboxEntriesMax,
      unseenItemsMax: profile.unseenItemsMax,
    })
  }

  async run(): Promise<RunResult> {
    const cluster = await this.#begin()
    this.#cluster = cluster
    for (let count = 0; count < this.#profile.clients; count++) this.#join()
    await cluster.advance(2_000)
    cluster.setFaults(this.#profile.faults)
    await this.#trouble(cluster)
    if (this.#ok) await this.#converge(cluster)
    if (this.#ok) await this.#leave(cluster)
    const { now, faultCounts } = cluster
    // Where something was found, everything still runs.
    for (const id of cluster.runningIds) cluster.kill(id)
    return {
      seed: this.#seed,
      findings: this.#findings.list,
      simulatedMs: now,
      counts: {
        ...this.#counts,
        spoke: this.#spoke,
        handled: this.#ledger.handledCount,
        compared: this.#state.compared,
        blocks: this.#wire.blocks,
      },
      faults: faultCounts,
      seen: Object.fromEntries(this.#findings.seen),
      fingerprint: this.#fingerprint?.text ?? '',
    }
  }

  get #ok(): boolean {
    return this.#findings.list.length === 0
  }

  #begin(): Promise<TestCluster<SimulatedApp>> {
    const { backs, fronts, graceMs, flushMs, heartbeatMs, linkHeartbeatMs } = this.#profile
    const { ringTurnsMax, catchUpBytesMax, mirrorKeepMs, inboxEntriesMax, unseenItemsMax } = this.#profile
    const { congestedBytes, slowMsMax, clientBufferedBytesMax } = this.#profile
    const app = makeApp({ ledger: this.#ledger, sleep: (ms) => this.#cluster?.sleep(ms) ?? Promise.resolve() })
    const { log, trace } = this.#options
    const { clockSkewMsMax = 0, clockDriftMax = 0 } = this.#profile.faults
    return createWatchedCluster(app, {
      backs,
      fronts,
      seed: this.#seed,
      graceMs,
      flushMs,
      faults: { clockSkewMsMax, clockDriftMax },
      backLimits: { inboxEntriesMax, unseenItemsMax, ringTurnsMax },
      frontLimits: { ringTurnsMax, catchUpBytesMax, mirrorKeepMs },
      gatewayLimits: { heartbeatMs, congestedBytes, slowMsMax, clientBufferedBytesMax },
      linkLimits: { heartbeatMs: linkHeartbeatMs },
      log: (line) => {
        log?.(line)
        if (line.event === 'message.refused')
          this.#speakers.get(line.process)?.refused(line.fields['channel'], line.fields['clientSeq'])
      },
      onFailure: (error) => this.#failed(error),
      watch: {
        streams: this.#fingerprint ?? this.#wire,
        sockets:
          trace === undefined
            ? (this.#fingerprint ?? this.#wire)
            : new Trace(this.#wire, trace, () => this.#cluster?.now ?? 0),
        app: (given, back) => this.#state.appFor(given, back),
        process: (process) => {
          this.#processes.set(process.id, process)
          if (process.id.startsWith('back-')) process.onHappened = () => this.#state.look(process)
        },
      },
    })
  }

  #failed(error: unknown): void {
    this.#findings.add('thrown', 'something', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  #join(): void {
    const cluster = this.#cluster
    if (cluster === null || this.#clients.size >= CLIENTS_MAX) return
    const name = `client-${++this.#names}`
    this.#joining++
    void this.#connect(cluster, name).finally(() => this.#joining--)
  }

  async #connect(cluster: TestCluster<SimulatedApp>, name: string): Promise<void> {
    const { retainedEntriesMax, actionEveryMs } = this.#profile
    const identity = { userId: name, data: { name } }
    try {
      const connection = await cluster.connect(identity, { retainedEntriesMax, timeoutMs: 15_000, backoffMsMax: 3_000 })
      const process = this.#processes.get(name)
      if (process === undefined) return
      const tools = {
        ledger: this.#ledger,
        state: this.#state,
        findings: this.#findings,
        random: this.#random.fork(name),
        begin: (client: string, channelId: string) => this.#wire.beginOf(client, channelId),
      }
      this.#counts['clients'] = (this.#counts['clients'] ?? 0) + 1
      this.#clients.set(name, new SimulatedClient(connection, process, actionEveryMs, tools))
    } catch {
      // Not let in for a minute of trouble: another one will be.
      if (cluster.runningIds.includes(name)) cluster.kill(name)
    }
  }

  /** Everything goes wrong, and clients come and go. */
  async #trouble(cluster: TestCluster<SimulatedApp>): Promise<void> {
    const { faultsMs, clientEveryMs } = this.#profile
    const until = cluster.now + faultsMs
    let nextClient = cluster.now + this.#random.waitMs(clientEveryMs)
    while (cluster.now < until && this.#ok) {
      await cluster.advance(250)
      this.#bounds.look(cluster, this.#clients.values())
      for (const client of this.#clients.values()) if (client.over) this.#forget(client)
      this.#speak(cluster)
      if (cluster.now < nextClient) continue
      nextClient = cluster.now + this.#random.waitMs(clientEveryMs)
      const victim = this.#random.chance(0.5) ? this.#random.pick([...this.#clients.values()]) : undefined
      if (victim !== undefined) {
        cluster.kill(victim.id, { dark: this.#random.chance(0.3) })
        this.#forget(victim)
      }
      this.#join()
    }
  }

  /** Now and then a front that runs begins to speak for itself. */
  #speak(cluster: TestCluster<SimulatedApp>): void {
    for (const [id, senderKind] of this.#speakers) if (senderKind.over) this.#speakers.delete(id)
    for (const id of mastersOf(cluster, 'front')) {
      const process = this.#processes.get(id)
      if (process === undefined || this.#speakers.has(id) || !this.#random.chance(0.05)) continue
      const channelId = this.#random.pick(CHANNELS) ?? CHANNELS[0]
      const name = `${id}/speaker-${++this.#spoke}`
      const tools = {
        ledger: this.#ledger,
        state: this.#state,
        findings: this.#findings,
        random: this.#random.fork(name),
      }
      const channel = cluster.front(id).channel(channelId)
      const meanMs = this.#profile.actionEveryMs
      this.#speakers.set(
        id,
        new SimulatedSpeaker(process, channelId, channel, meanMs, `${name} to ${channelId}`, tools),
      )
    }
  }

  #forget(client: SimulatedClient): void {
    this.#count(client)
    this.#clients.delete(client.id)
  }

  #count({ sent, asked, full }: SimulatedClient): void {
    const counts = this.#counts
    counts['sent'] = (counts['sent'] ?? 0) + sent
    counts['asked'] = (counts['asked'] ?? 0) + asked
    counts['full'] = (counts['full'] ?? 0) + full
  }

  /** The faults are over: everything comes right. */
  async #converge(cluster: TestCluster<SimulatedApp>): Promise<void> {
    cluster.setFaults({})
    cluster.heal()
    for (const id of cluster.ids) if (!cluster.runningIds.includes(id)) cluster.restart(id)
    while (this.#joining > 0) await cluster.advance(500)
    // Some is still said once contact is found again.
    await cluster.advance(BUSY_MS)
    const all = (): (SimulatedClient | SimulatedSpeaker)[] => [...this.#clients.values(), ...this.#speakers.values()]
    for (const one of all()) one.rest()
    const until = cluster.now + CONVERGE_MS
    do await cluster.advance(500)
    while (cluster.now < until && !all().every(({ isAtRest }) => isAtRest))
    for (const senderKind of this.#speakers.values()) senderKind.settled()
    for (const client of this.#clients.values()) {
      if (client.over) continue
      const { connection, id, asking } = client
      if (connection.status !== 'connected')
        this.#findings.add('G5', id, `is ${connection.status} long after the last fault`)
      if (asking > 0) this.#findings.add('G5', id, `${asking} calls are not settled long after the last fault`)
      for (const { checker } of client.links) checker.settled()
      const awaited = Object.entries(awaitedBy(connection.inspect())).filter(([, count]) => count > 0)
      if (awaited.length > 0) this.#findings.add('G3', id, `holds ${awaited.map((of) => of.join(' ')).join(', ')}`)
    }
  }

  /** All clients go, and nothing is left of them. */
  async #leave(cluster: TestCluster<SimulatedApp>): Promise<void> {
    for (const client of this.#clients.values()) {
      await client.connection.close()
      this.#count(client)
      const process = this.#processes.get(client.id)
      if (process !== undefined) this.#bounds.nothingLeftOf(client, process)
    }
    for (const senderKind of this.#speakers.values()) await senderKind.leave()
    // The longest grace, what fronts keep of a channel, channels that sleep, and how long their state is looked after.
    await cluster.advance(this.#profile.graceMs + 40_000 + 65_000)
    this.#bounds.nothingLeft(cluster, this.#processes)
    await cluster.close()
    for (const [id, { timers, state }] of this.#processes) {
      if (id.startsWith('client-') || state === 'dead') continue
      if (timers > 0) this.#findings.add('nothing left', id, `${timers} timers run after its end`)
    }
  }
}
