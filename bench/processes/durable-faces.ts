/** What the benches of durable channels ask of their processes: one that has channels, one that plays clients. */

/** What a process of centrum is, and where its channels are kept. */
export interface DurableRole {
  /** `back` has no clients, `front` no channels. */
  readonly is: 'whole' | 'back' | 'front'
  readonly durability: 'none' | 'log'
  /** The file of its store. */
  readonly file?: string
  /** The database of its cluster. Neither a file nor a database: a static cluster of one back. */
  readonly database?: string
  /** Of a back that listens, and of the front that finds it there: without a database. */
  readonly address?: string
  readonly id?: string
  /** For clients; 0 for any. */
  readonly port?: number
  readonly tickMs?: number
  readonly idleMs?: number
}

export interface DurableUsage {
  readonly cpuUs: number
  readonly rssBytes: number
  readonly turns: number
  /** Turns that began more than half a beat late. */
  readonly lateTurns: number
  readonly commits: number
  readonly bytes: number
  readonly channels: number
}

/** Milliseconds. */
export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface DurableServerFace {
  /** Resolves with the URL for clients once it listens; a back's is ''. */
  start(role: DurableRole): Promise<string>
  /** A front's own links to so many rooms, which tick from then on. Resolves when all are linked. */
  linkRooms(count: number): Promise<void>
  /** Opens so many documents of so many bytes, which sleep or wait for links from then on. */
  openDocuments(first: number, count: number): Promise<void>
  usage(): DurableUsage
  /** How long commits took since the last time this was asked. */
  commits(): Percentiles
  /** For how long at most each of a front's links was stalled since the last time this was asked; those that were. */
  stalls(): Percentiles
  /** How many of a front's links are live. */
  live(): number
  /** Hands its channels over. Resolves when it has none. */
  drain(): Promise<void>
}

export interface DurableLoadFace {
  /** Connects so many clients more, each linked to a channel of its own, or all to one, of a kind. Resolves when all are live. */
  connect(url: string, clients: number, kind: 'account' | 'document', which: 'own' | 'one'): Promise<void>
  /** Requests of the first client, one after the other with a pause before each. */
  request(count: number, pauseMs: number): Promise<Percentiles>
  /** All clients send for so long, with so many messages of each unacknowledged at most. Resolves with the number that was acknowledged. */
  sendFor(ms: number, window: number): Promise<number>
  /** Links of a client to one document after the other, each unlinked again: how long each link took. */
  visit(url: string, first: number, count: number): Promise<Percentiles>
  /** Resolves once every client has had an answer to a request that was made after this was asked: how long the first and the last took. */
  answered(): Promise<{ readonly firstMs: number; readonly lastMs: number }>
  /** How many of the clients were told of a reset. */
  resets(): number
}
