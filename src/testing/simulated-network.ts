/**
 * The network of a simulated cluster: who listens where, who can reach whom, which connections there are, and how long anything
 * takes. Knows nothing of masters, clients and what they say.
 */
import { CentrumError } from '../protocol/errors.js'
import { type FaultCounts, newFaultCounts } from './fault-counts.js'
import type { Faults } from './faults.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimulatedProcess } from './simulated-process.js'
import { grainAfter, type SimulatedTime } from './simulated-time.js'
import { ConnectionEnd, type ConnectionHost, type EndEvents } from './connection-end.js'

/** Takes a connection in, and says whom to tell of it. */
type Accept<Chunk> = (end: ConnectionEnd<Chunk>) => EndEvents<Chunk>

interface Listening {
  readonly process: SimulatedProcess
  readonly accept: Accept<never>
}

/** How often a dial that gets no answer is tried again, in milliseconds. */
const REDIAL_MS = 500

/** What systems take before bytes wait in the process that wrote them, and on the way to one that reads slowly. */
const WINDOW_BYTES = 64 * 1024
const SLOW_WINDOW_BYTES = 1_024

export class SimulatedNetwork implements ConnectionHost {
  readonly time: SimulatedTime
  readonly #random: SeededRandom
  readonly #listening = new Map<string, Listening>()
  readonly #pairs = new Set<readonly [near: ConnectionEnd<unknown>, far: ConnectionEnd<unknown>]>()
  readonly #partitions = new Set<readonly (readonly [from: string, to: string])[]>()
  /** In how many partitions each way is blocked. */
  readonly #blocked = new Map<string, number>()
  readonly #held = new Set<ConnectionEnd<unknown>>()
  /** Processes whose machines do not even say that nobody listens. */
  readonly #dark = new Set<string>()
  /** Who reads slowly, in bytes a second. */
  readonly #slow = new Map<string, number>()
  /** The newest parcel that reached each process. */
  readonly #newest = new WeakMap<SimulatedProcess, number>()
  #parcels = 0
  readonly counts: FaultCounts = newFaultCounts()
  faults: Faults

  constructor(time: SimulatedTime, random: SeededRandom, faults: Faults) {
    this.time = time
    this.#random = random
    this.faults = faults
  }

  /** How long the next thing takes. */
  delay(): number {
    const { delayMsMin, delayMsMax, spikeChance, spikeMsMax } = this.faults
    const spike = this.#random.chance(spikeChance) ? this.#random.float() * spikeMsMax : 0
    if (spike > 0) this.counts.spikes++
    return this.#random.between(delayMsMin, delayMsMax) + spike
  }

  /** Whether a write arrives in two pieces. */
  splits(): boolean {
    const splits = this.#random.chance(this.faults.splitChance)
    if (splits) this.counts.splits++
    return splits
  }

  /** Where to cut something of so many bytes, at least one from either end. */
  cutOf(bytes: number): number {
    return 1 + this.#random.below(bytes - 1)
  }

  /** Listens at an address. Throws a `CentrumError` `address-in-use`. Returns what ends it. */
  listen<Chunk>(process: SimulatedProcess, address: string, accept: Accept<Chunk>): () => void {
    if (this.#listening.get(address)?.process.state === 'running') {
      throw new CentrumError(
        'address-in-use',
        `another process is already listening at ${address}. Choose another address`,
      )
    }
    const listening: Listening = { process, accept }
    this.#listening.set(address, listening)
    return () => {
      if (this.#listening.get(address) === listening) this.#listening.delete(address)
    }
  }

  /**
   * Dials an address from a process. `opened` is called in it once the connection stands, `failed` where nobody listens there.
   * Neither is called once it was given up, by what is returned.
   */
  dial<Chunk>(
    from: SimulatedProcess,
    address: string,
    opened: Accept<Chunk>,
    failed: (error: Error) => void,
  ): () => void {
    let wanted = true
    const attempt = (): void => {
      if (!wanted || from.state === 'dead') return
      const listening = this.#listening.get(address)
      const host = hostOf(address)
      if (this.#dark.has(host) || this.blocks(from.id, host) || this.blocks(host, from.id)) {
        this.time.at(this.time.now + REDIAL_MS, attempt)
      } else if (listening === undefined || listening.process.state === 'dead') {
        this.time.at(this.time.now + this.delay(), () =>
          from.enter(() => {
            if (wanted) failed(new Error(`nothing listens at ${address}`))
            wanted = false
          }),
        )
      } else {
        this.#connect<Chunk>(from, listening, () => {
          const was = wanted
          wanted = false
          return was ? opened : null
        })
      }
    }
    this.time.at(this.time.now + this.delay(), attempt)
    return () => {
      wanted = false
    }
  }

  #connect<Chunk>(from: SimulatedProcess, { process, accept }: Listening, take: () => Accept<Chunk> | null): void {
    const near = new ConnectionEnd<Chunk>(from, this)
    const far = new ConnectionEnd<Chunk>(process, this)
    ConnectionEnd.join(near, far, !this.#random.chance(this.faults.swallowedCloseChance))
    this.#pairs.add([near, far])
    const opensAt = grainAfter(this.time.now + this.delay())
    far.notBefore(opensAt)
    this.time.at(opensAt, () =>
      from.enter(() => {
        const opened = near.state === 'open' ? take() : null
        if (opened === null) near.destroy()
        else near.listen(opened(near))
      }),
    )
    process.enter(() => far.listen((accept as Accept<unknown> as Accept<Chunk>)(far)))
  }

  /** How long a process takes to read so many bytes. */
  readingMs(id: string, bytes: number): number {
    const bytesPerSecond = this.#slow.get(id)
    if (bytesPerSecond !== undefined) this.counts.slowed++
    return bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000
  }

  /** The system of one that reads slowly soon takes no more. */
  windowBytes(id: string): number {
    return this.#slow.has(id) ? SLOW_WINDOW_BYTES : WINDOW_BYTES
  }

  /** A process reads so many bytes a second; as much as there is for null. */
  slow(id: string, bytesPerSecond: number | null): void {
    if (bytesPerSecond !== null) {
      this.counts.slowReaders++
      this.#slow.set(id, bytesPerSecond)
      return
    }
    this.#slow.delete(id)
    for (const pair of this.#pairs) for (const end of pair) if (end.peer?.id === id) end.resume()
  }

  /** Whether nothing passes from one process to another now. */
  blocks(from: string, to: string): boolean {
    return this.#blocked.has(wayOf(from, to))
  }

  /** Nothing passes from one to the other, and unless `oneWay` back, until what is returned is called. */
  partition(one: string, other: string, oneWay: boolean): () => void {
    this.counts.partitions++
    if (oneWay) this.counts.oneWayPartitions++
    const ways = oneWay ? [[one, other] as const] : [[one, other] as const, [other, one] as const]
    for (const [from, to] of ways) this.#block(from, to)
    this.#partitions.add(ways)
    return () => {
      if (!this.#partitions.delete(ways)) return
      for (const [from, to] of ways) this.#unblock(from, to)
      this.#release()
    }
  }

  #block(from: string, to: string): void {
    const way = wayOf(from, to)
    this.#blocked.set(way, (this.#blocked.get(way) ?? 0) + 1)
  }

  #unblock(from: string, to: string): void {
    const way = wayOf(from, to)
    const left = (this.#blocked.get(way) ?? 0) - 1
    if (left > 0) this.#blocked.set(way, left)
    else this.#blocked.delete(way)
  }

  /** Ends all partitions. */
  unblockAll(): void {
    this.#partitions.clear()
    this.#blocked.clear()
    this.#release()
  }

  /** What an end has under way waits for its way to be free. */
  hold(end: ConnectionEnd<unknown>): void {
    this.#held.add(end)
    this.counts.held++
  }

  #release(): void {
    const held = [...this.#held]
    this.#held.clear()
    for (const end of held) end.resume()
  }

  /** Connections of which at least one side knows. */
  get connections(): readonly (readonly [near: ConnectionEnd<unknown>, far: ConnectionEnd<unknown>])[] {
    return [...this.#pairs]
  }

  /** Breaks a connection: a part of what was under way is lost, and each side is told, or believes that it stands. */
  break(pair: readonly [near: ConnectionEnd<unknown>, far: ConnectionEnd<unknown>]): void {
    const { halfOpenChance, noticeMsMax } = this.faults
    const halfOpen = this.#random.chance(halfOpenChance)
    this.counts.breaks++
    if (halfOpen) this.counts.halfOpen++
    // Of a half-open one: either side is told, or neither.
    const deaf = halfOpen ? this.#random.below(3) : -1
    for (const [index, end] of pair.entries()) {
      end.cut(this.#random.float())
      if (deaf === index || deaf === 2) continue
      this.time.at(this.time.now + this.#random.float() * noticeMsMax, () =>
        end.lose(new Error('the connection was reset')),
      )
    }
  }

  /** A process is dead. `dark`: its machine is, too, so that nobody is told. */
  bury(process: SimulatedProcess, dark: boolean): void {
    if (dark) this.#dark.add(process.id)
    for (const [address, listening] of this.#listening) {
      if (listening.process === process) this.#listening.delete(address)
    }
    for (const pair of [...this.#pairs]) {
      const [near, far] = pair
      if (near.process !== process && far.process !== process) continue
      this.#pairs.delete(pair)
      for (const end of pair) {
        end.cut(dark ? 0 : this.#random.float())
        if (end.process === process) continue
        if (dark || this.#random.chance(this.faults.halfOpenChance)) {
          this.counts.halfOpen++
          continue
        }
        const noticed = this.time.now + this.#random.float() * this.faults.noticeMsMax
        this.time.at(noticed, () => end.lose(new Error('the other process is gone')))
      }
    }
  }

  /** The machine of a process is there again. */
  light(id: string): void {
    this.#dark.delete(id)
  }

  /** The place of a parcel among all that were sent. */
  nextParcel(): number {
    return ++this.#parcels
  }

  /** A parcel has reached a process. Those of one connection come in their order. */
  arrived(process: SimulatedProcess, parcel: number): void {
    if (parcel < (this.#newest.get(process) ?? 0)) this.counts.reordered++
    else this.#newest.set(process, parcel)
  }

  /** An end is over. */
  forget(end: ConnectionEnd<unknown>): void {
    this.#held.delete(end)
    for (const pair of this.#pairs) {
      if ((pair[0] !== end && pair[1] !== end) || pair.some(({ state }) => state !== 'over')) continue
      this.#pairs.delete(pair)
      return
    }
  }
}

function wayOf(from: string, to: string): string {
  return `${from} > ${to}`
}

/** `memory:back-1` and `ws://front-1/` name processes. */
function hostOf(address: string): string {
  return address.replace(/^[a-z]+:(\/\/)?/, '').replace(/\/.*$/, '')
}
