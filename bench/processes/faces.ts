/** What a bench may ask of the process that serves and of the process that plays its clients. Both answer over Node's channel. */
import type { World } from '../servers/world.js'

/** Which part of a cluster a server process is. Only centrum has others than the whole. */
export type Role =
  | { readonly is: 'whole' }
  | { readonly is: 'back'; readonly address: string }
  | { readonly is: 'front'; readonly address: string }

export interface Usage {
  /** CPU time of the whole process since it began, user and system, in microseconds. */
  readonly cpuUs: number
  /** Turns of all rooms, and messages of clients that were handled. */
  readonly turns: number
  readonly moves: number
  /** Keyframes that were made; only where the server counts them. */
  readonly keyframes: number
  readonly heapBytes: number
  /** What buffers hold outside of the heap. */
  readonly bufferBytes: number
  readonly rssBytes: number
}

export interface ServerFace {
  /** Resolves with the URL for clients once it listens and its rooms are there; a back's is ''. */
  start(world: World, role: Role): Promise<string>
  /** Opens so many more rooms, numbered on from those that are there. `ticks`: whether they may work without a client. */
  open(count: number, ticks: boolean): Promise<void>
  /** With `collect` the garbage is collected first. */
  usage(collect: boolean): Promise<Usage>
}

export interface Traffic {
  /** WebSocket messages that came, and the bytes in them. */
  readonly messages: number
  readonly bytes: number
  /** CPU time of the clients' process, in microseconds: to see that it keeps up. */
  readonly cpuUs: number
}

export interface LoadFace {
  /** Resolves when so many clients more have joined, spread evenly over the rooms from the first of these on. */
  join(
    peer: string,
    url: string,
    clients: number,
    rooms: { readonly first: number; readonly count: number },
  ): Promise<void>
  /** From now on each client sends so many messages a second; 0 ends it. */
  send(perSecond: number): void
  traffic(): Traffic
  /** Breaks all sockets off without a word. */
  drop(): void
  /** Brings all of them back within so many milliseconds, evenly. Resolves when the last is up to date, with how long each was away in the mean. */
  comeBack(withinMs: number): Promise<number>
}
