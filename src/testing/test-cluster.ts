/**
 * A whole cluster in one process: the real masters, gateway and client on a simulated clock, network and chance. What users hold in
 * their tests. The same seed, and the same calls, give the same run.
 */
import type { BackMaster } from '../back/back-master.js'
import type { App, ChannelsOf } from '../channel/app.js'
import type { Connection } from '../channel/connection-api.js'
import type { DataOf } from '../channel/define-app.js'
import type { ClientIdentity } from '../channel/front-api.js'
import type { FrontMaster } from '../front/front-master.js'
import type { Cluster, DynamicCluster } from '../cluster/cluster.js'
import { readOptions } from '../options/read-options.js'
import { CentrumError } from '../protocol/errors.js'
import type { Runtime } from '../runtime/runtime.js'
import { canReachEngine, ENGINE, engineClient } from './engine-client.js'
import type { FaultCounts } from './fault-counts.js'
import { FAULTS, type Faults } from './faults.js'
import { BACK_MASTER, FRONT_MASTER, holdIn, advanceWhilePending } from './advance-while-pending.js'
import { FaultScheduler } from './fault-scheduler.js'
import { type LivingCluster, livingCluster } from './living-cluster.js'
import { SeededRandom } from './seeded-random.js'
import { ENGINE_TIMES, SimulatedEngine } from './simulated-engine.js'
import { SimulatedNetwork } from './simulated-network.js'
import { SimulatedProcess } from './simulated-process.js'
import { SimulatedTime } from './simulated-time.js'
import { type TestClientSettings, TestClients } from './test-clients.js'
import type { TestClusterSettings } from './test-cluster-settings.js'
import { TestStores } from './test-stores.js'
import {
  type MasterSettings,
  runningOn,
  startTestBack,
  startTestFront,
  type TestBack,
  type TestFront,
  untilReached,
} from './test-masters.js'

/** The result of `createTestCluster`: clients, backs and fronts, time, and failures. */
export class TestCluster<A extends App> implements AsyncDisposable {
  readonly #app: App & A
  readonly #settings: TestClusterSettings
  readonly #random: SeededRandom
  readonly #time: SimulatedTime
  readonly #network: SimulatedNetwork
  readonly #mischief: FaultScheduler
  readonly #masterSettings: MasterSettings
  readonly #backs = new Map<string, TestBack<A> | null>()
  readonly #fronts = new Map<string, TestFront<A> | null>()
  readonly #clients: TestClients<A>
  readonly #starts = new Map<string, number>()
  /** Backs that are being started again. */
  readonly #starting = new Set<string>()
  readonly #stores: TestStores
  /** What steers a cluster whose backs come and go; null where they are a list. */
  readonly #operator: DynamicCluster | null
  readonly #engine: SimulatedEngine | null
  readonly #holdIn = (process: SimulatedProcess) => holdIn(this.#time, process, () => runningOn(this.#backs.values()))

  /** Made by `createTestCluster`. `host`: the machine's own runtime, of which only the end of macrotasks is used. */
  constructor(app: App & A, settings: TestClusterSettings, host: Runtime) {
    this.#settings = settings
    this.#random = new SeededRandom(settings.seed)
    this.#time = new SimulatedTime(host.clock, (error) => {
      const { onFailure } = settings
      if (onFailure !== null) onFailure(error)
      else
        queueMicrotask(() => {
          throw error
        })
    })
    this.#network = new SimulatedNetwork(this.#time, this.#random.fork('network'), settings.faults)
    this.#clients = new TestClients<A>(app, {
      network: this.#network,
      frontIds: settings.frontIds,
      tap: settings.watch.sockets,
      newProcess: (id) => this.#newProcess(id),
      holdIn: this.#holdIn,
      isTaken: (id) => this.#backs.has(id) || this.#fronts.has(id),
    })
    this.#app = this.#clients.app
    this.#stores = new TestStores(app, settings, this.#time, (id) => this.#backs.get(id)?.process ?? null)
    const engine: SimulatedEngine | null = settings.isDynamic
      ? new SimulatedEngine(
          this.#stores.shared(
            (backId) => canReachEngine(this.#network, backId),
            (channelId) => engine?.knows(channelId) === true,
          ),
          ENGINE_TIMES,
          () => this.#time.now,
        )
      : null
    this.#engine = engine
    if (engine !== null) settings.watch.engine(engine)
    const clusterOf = (process: SimulatedProcess): Cluster =>
      engine?.clusterOf(engineClient(process, this.#network), settings.cluster.keys) ?? settings.cluster
    this.#operator = engine ? engine.clusterOf(engineClient(this.#newProcess('operator'), this.#network), []) : null
    this.#masterSettings = {
      ...settings,
      clusterOf,
      network: this.#network,
      streamTap: settings.watch.streams,
      socketTap: settings.watch.sockets,
    }
    this.#mischief = new FaultScheduler(this.#network, this.#random.fork('mischief'), {
      processes: () => this.#processes,
      masters: () => this.#masters.map(({ process }) => process),
      clients: () => this.#clients.processes,
      kill: (id, dark) => this.kill(id, { dark }),
      restart: (id) => this.restart(id),
    })
  }

  /** Resolves when all masters are there and linked. */
  async start(): Promise<void> {
    await this.#time.hold(this.#startAll())
    this.#mischief.begin()
  }

  async #startAll(): Promise<void> {
    for (const id of this.#settings.backIds) {
      this.#backs.set(id, null)
      await this.#startBack(id)
    }
    for (const id of this.#settings.frontIds) this.#startFront(id)
    for (const front of this.#fronts.values()) await front?.master.connect({ timeoutMs: 60_000 })
  }

  /** Milliseconds since the cluster began. */
  get now(): number {
    return this.#time.now
  }

  /** The ids of all backs, fronts and clients. */
  get ids(): readonly string[] {
    return [...this.#backs.keys(), ...this.#fronts.keys(), ...this.#clients.processes.map(({ id }) => id)]
  }

  /** The ids of all that are running, including stalled ones. */
  get runningIds(): readonly string[] {
    return this.#processes.map(({ id }) => id)
  }

  /** Counts of the faults so far, by kind, including those that the test itself caused. */
  get faultCounts(): Readonly<FaultCounts> {
    return { ...this.#network.counts }
  }

  /**
   * Connects a client with the given identity, without calling `authenticate`; or, with a `token`, with the identity that `authenticate`
   * returns. The client is named by its `userId`, or by `settings.id`. Resolves when it is connected.
   */
  connect(
    identity: ClientIdentity<DataOf<ChannelsOf<A>>> | { readonly token: string },
    settings: TestClientSettings = {},
  ): Promise<Connection<A>> {
    return this.#clients.connect(identity, settings)
  }

  /** Advances simulated time by so many milliseconds. Resolves when everything that is due by then has happened. */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0))
      throw new CentrumError('invalid-option', `advance: ms is ${String(ms)}. It must be a number of at least 0.`)
    return this.#time.advance(ms)
  }

  /** Resolves after so many milliseconds of simulated time: for handlers that should take a while. */
  sleep(ms: number): Promise<void> {
    return this.#time.hold(new Promise((resolve) => void this.#time.at(this.#time.now + ms, resolve)))
  }

  /** Returns a running back, to examine its channels. Throws a `CentrumError` `stopped` while it is not running. */
  back(id: string): BackMaster<A> {
    return running(id, this.#backs.get(id)).master
  }

  /** Returns a running front. Throws a `CentrumError` `stopped` while it is not running. */
  front(id: string): FrontMaster<A> {
    return running(id, this.#fronts.get(id)).master
  }

  /** Returns counts of a front's sockets. */
  sockets(id: string): ReturnType<TestFront<A>['sockets']['inspect']> {
    return running(id, this.#fronts.get(id)).sockets.inspect()
  }

  /**
   * Kills a process. The others find their connections broken, or not, according to the fault `halfOpenChance`. With `dark` its machine
   * disappears, too, and they notice only the silence.
   */
  kill(id: string, options: { readonly dark?: boolean } = {}): void {
    const dark = options.dark === true
    const { counts } = this.#network
    counts.kills++
    if (dark) counts.darkKills++
    this.#bury(this.#process(id), dark)
  }

  #bury(process: SimulatedProcess, dark: boolean): void {
    const { id } = process
    process.die()
    this.#stores.abandon(id)
    this.#network.bury(process, dark)
    if (this.#backs.has(id)) this.#backs.set(id, null)
    else if (this.#fronts.has(id)) this.#fronts.set(id, null)
    else this.#clients.remove(process)
  }

  /**
   * Starts a back or front again, as another run of the same id. Does nothing where it runs. A back that does not reach the engine of its
   * cluster ends, as a real one does, and is started again each second, as a supervisor does it.
   */
  restart(id: string): void {
    if (!this.#backs.has(id) && !this.#fronts.has(id)) {
      throw new CentrumError(
        'invalid-option',
        `'${id}' cannot be restarted. The masters are: ${this.#masterIds.join(', ')}.`,
      )
    }
    this.#network.light(id)
    if ((this.#backs.get(id) ?? this.#fronts.get(id)) === null) this.#network.counts.restarts++
    if (this.#backs.has(id) && this.#backs.get(id) === null) {
      this.#startAgain(id).catch((error: unknown) => this.#time.throw(error))
    } else if (this.#fronts.has(id) && this.#fronts.get(id) === null) {
      this.#startFront(id)
    }
  }

  /** Stops a back or front. Resolves when it has stopped; `restart` starts it again. */
  stop(id: string): Promise<void> {
    const master = this.#backs.get(id) ?? this.#fronts.get(id)
    return this.#time.hold(this.#stop(running(id, master)))
  }

  async #stop(master: TestBack<A> | TestFront<A>): Promise<void> {
    const { process } = master
    await master.stop()
    if (process.state !== 'dead') this.#bury(process, false)
  }

  /**
   * Drains a front: it accepts no more clients, and asks its clients to connect elsewhere; resolves when they have left, or were closed.
   * Drains a back of a dynamic cluster: it hands over its channels; resolves when it has none.
   */
  drain(id: string, options: { readonly withinMs?: number } = {}): Promise<void> {
    const back = this.#backs.get(id)
    if (back) return this.#time.hold(back.master.drain())
    const { sockets } = running(id, this.#fronts.get(id))
    return this.#time.hold(sockets.drain(options.withinMs ?? sockets.limits.drainMs))
  }

  /**
   * The dynamic cluster as `postgresCluster` and its database present it: moves, drains and cordons, and messages that the application's
   * own transactions send. Throws a `CentrumError` `invalid-option` for a static cluster.
   */
  get living(): LivingCluster {
    const [operator, engine] = [this.#operator, this.#engine]
    if (operator === null || engine === null)
      throw new CentrumError('invalid-option', "The cluster is not made with cluster: 'dynamic'.")
    return livingCluster(engine, operator, this.#time)
  }

  /**
   * Nothing passes between any of the first and any of the second, until `heal`, or until what is returned is called. `oneWay`: only from the
   * first to the second.
   */
  partition(
    some: readonly string[],
    others: readonly string[],
    options: { readonly oneWay?: boolean } = {},
  ): () => void {
    const ends: (() => void)[] = []
    for (const one of some) {
      for (const other of others) {
        if (one !== ENGINE) this.#process(one)
        if (other !== ENGINE) this.#process(other)
        ends.push(this.#network.partition(one, other, options.oneWay === true))
      }
    }
    return () => {
      for (const end of ends) end()
    }
  }

  /** Freezes a process for so many milliseconds; then it handles everything late. */
  stall(id: string, ms: number): void {
    this.#process(id).stall(ms)
  }

  /** Breaks all connections between two processes, subject to the fault `halfOpenChance`. */
  disconnect(one: string, other: string): void {
    for (const pair of this.#network.connections) {
      const ids = pair.map(({ process }) => process.id)
      if (ids.includes(one) && ids.includes(other)) this.#network.break(pair)
    }
  }

  /** Ends partitions, slow reading and stalls. Killed processes stay dead. */
  heal(): void {
    this.#network.unblockAll()
    for (const process of this.#processes) {
      process.wake()
      this.#network.slow(process.id, null)
    }
  }

  /** Sets the faults from now on: those given, and none of the others. */
  setFaults(faults: Partial<Faults>): void {
    this.#network.faults = readOptions({ call: 'setFaults' }, FAULTS, faults)
    this.#mischief.begin()
  }

  /** Ends the faults, restarts dead processes, and closes the clients, then the fronts and backs. The cluster cannot be used afterwards. */
  async close(): Promise<void> {
    this.setFaults({})
    this.heal()
    await this.#time.hold(this.#close())
  }

  async #close(): Promise<void> {
    await this.#clients.close()
    for (const front of this.#fronts.values()) if (front !== null) await this.#stop(front)
    for (const back of this.#backs.values()) if (back !== null) await this.#stop(back)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #masterIds(): readonly string[] {
    return [...this.#backs.keys(), ...this.#fronts.keys()]
  }

  get #masters(): readonly (TestBack<A> | TestFront<A>)[] {
    return [...this.#backs.values(), ...this.#fronts.values()].filter((master) => master !== null)
  }

  get #processes(): readonly SimulatedProcess[] {
    return [...this.#masters.map(({ process }) => process), ...this.#clients.processes]
  }

  #process(id: string): SimulatedProcess {
    const found = this.#processes.find((process) => process.id === id)
    if (found !== undefined) return found
    if (this.#masterIds.includes(id)) throw new CentrumError('stopped', `'${id}' does not run: restart it first`)
    throw new CentrumError('invalid-option', `there is no '${id}' here. There are: ${this.ids.join(', ')}.`)
  }

  async #startAgain(id: string): Promise<void> {
    if (this.#starting.has(id)) return
    this.#starting.add(id)
    try {
      await untilReached(this.#time, () => this.#startBack(id))
    } finally {
      this.#starting.delete(id)
    }
  }

  async #startBack(id: string): Promise<void> {
    const process = this.#newProcess(id)
    const app = this.#settings.watch.app(this.#app, process)
    const store = this.#settings.isDynamic ? undefined : this.#stores.of(id)
    const back = await startTestBack<A>(app, process, this.#masterSettings, store).catch((error: unknown) => {
      this.#bury(process, false)
      throw error
    })
    advanceWhilePending(back.master, BACK_MASTER, this.#holdIn(process))
    this.#backs.set(id, back)
  }

  #startFront(id: string): void {
    const process = this.#newProcess(id)
    const front = startTestFront<A>(this.#app, process, this.#masterSettings)
    advanceWhilePending(front.master, FRONT_MASTER, this.#holdIn(process))
    this.#fronts.set(id, front)
  }

  #newProcess(id: string): SimulatedProcess {
    const starts = (this.#starts.get(id) ?? 0) + 1
    this.#starts.set(id, starts)
    const { clockSkewMsMax, clockDriftMax } = this.#settings.faults
    const clocks = this.#random.fork(`clocks of ${id}`)
    const fault = {
      skewMs: clocks.between(-clockSkewMsMax, clockSkewMsMax),
      drift: clocks.between(-clockDriftMax, clockDriftMax),
    }
    const random = this.#random.fork(`${id}/${starts}`)
    const process = new SimulatedProcess(id, this.#time, random, fault, this.#network.counts, this.#settings.log)
    this.#settings.watch.process(process)
    return process
  }
}

function running<M>(id: string, master: M | null | undefined): M {
  if (master !== null && master !== undefined) return master
  const why = master === null ? 'it does not run: restart it first' : 'there is no master with that id'
  throw new CentrumError('stopped', `'${id}': ${why}`)
}
