/** What the processes of `npm run hostile` may be asked. All answer over Node's channel. */
import type { Port } from './web-socket-field.js'

export interface RoleStart {
  readonly role: 'back' | 'front'
  /** Of the back. */
  readonly address: string
}

export interface RoleUsage {
  /** User and system, since the process began. */
  readonly cpuMs: number
  /** The most CPU time between two looks at the clock since the last call: how long everyone else waited, however busy the machine is. */
  readonly longestMs: number
  /** Heap and buffers that are in use, once garbage was collected. */
  readonly usedBytes: number
  readonly rssBytes: number
  /** Sessions that it has, of whatever client. */
  readonly sessions: number
}

export interface RoleFace {
  /** Resolves with where it listens. */
  start(start: RoleStart): Promise<Port>
  /** With `collect` garbage is collected first. */
  usage(collect: boolean): Promise<RoleUsage>
}

export interface HonestReport {
  /** Round trips of requests, in milliseconds. */
  readonly latencies: readonly number[]
  /** Whatever an honest client noticed: a lost connection, a stalled link, a reset, a request that failed. */
  readonly noticed: readonly string[]
}

export interface HonestFace {
  /** Resolves when all are linked. From then on each asks now and then. */
  begin(url: string, clients: number): Promise<void>
  /** What there was since the last call. */
  take(): HonestReport
}

export interface AttackOrder {
  readonly name: string
  readonly front: Port
  readonly back: Port
  readonly ms: number
}

export interface AttackerFace {
  /** Resolves when the attack is over. */
  attack(order: AttackOrder): Promise<void>
}

export interface SwallowFace {
  /** Listens where all is taken and nothing comes back. */
  start(): Promise<Port>
}
