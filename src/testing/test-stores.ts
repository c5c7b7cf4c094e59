/**
 * The stores of a simulated cluster, one for each back: in memory unless others are given. They outlive the processes that have them, and
 * answer after a while. Knows nothing of what is stored.
 */
import type { App } from '../channel/app.js'
import { MemoryStore } from '../store/memory-store.js'
import type { StoreCall, StoreFate } from '../store/store-fate.js'
import type { Store } from '../store/store.js'
import { engineUnavailable } from './engine-client.js'
import type { SimulatedProcess } from './simulated-process.js'
import type { SimulatedTime } from './simulated-time.js'
import type { TestClusterSettings } from './test-cluster-settings.js'

/** What a good disk takes. */
const STORE_MS = 1

export class TestStores {
  readonly #time: SimulatedTime
  readonly #storeOf: ((backId: string) => Store) | null
  readonly #processOf: (backId: string) => SimulatedProcess | null
  readonly #call: (call: StoreCall) => StoreFate
  readonly #stores = new Map<string, Store>()
  readonly #isNeeded: boolean
  #shared: MemoryStore | null = null

  constructor(
    app: App,
    { storeOf, keepOnRestart, watch }: Pick<TestClusterSettings, 'storeOf' | 'keepOnRestart' | 'watch'>,
    time: SimulatedTime,
    processOf: (backId: string) => SimulatedProcess | null,
  ) {
    this.#isNeeded =
      keepOnRestart ||
      storeOf !== null ||
      [...app.channels.values()].some(({ contract }) => contract.durability !== 'none')
    this.#storeOf = storeOf
    this.#call = (call) => watch.call(call)
    this.#time = time
    this.#processOf = processOf
  }

  /** Undefined where nothing is to be stored. */
  of(backId: string): Store | undefined {
    if (!this.#isNeeded) return undefined
    let store = this.#stores.get(backId)
    if (store === undefined) this.#stores.set(backId, (store = this.#make(backId)))
    return store
  }

  /** The process of the back has ended: what it asked of its store is not answered. */
  abandon(backId: string): void {
    const store = this.#shared ?? this.#stores.get(backId)
    if (store instanceof MemoryStore) store.abandon(backId)
  }

  #make(backId: string): Store {
    if (this.#storeOf !== null) return this.#storeOf(backId)
    return new MemoryStore({ name: `the store of ${backId}`, fate: () => this.#fate(backId) })
  }

  /** One that all backs share. */
  shared(canReach: (backId: string) => boolean, knows: (channelId: string) => boolean): MemoryStore {
    const fate = (call: StoreCall): StoreFate => {
      const usual = this.#fate(call.backId)
      return canReach(call.backId) ? both(usual, this.#call(call)) : { ...usual, error: engineUnavailable() }
    }
    const store = new MemoryStore({ name: 'the engine', isShared: true, knows, fate })
    this.#shared = store
    return store
  }

  /** It works for half of the time, and answers after the other half. */
  #fate(backId: string): StoreFate {
    const process = this.#processOf(backId)
    if (process === null) return {}
    const after = (ms: number): Promise<void> =>
      new Promise((resolve) => void this.#time.at(this.#time.now + ms, () => process.enter(resolve)))
    return { before: after(STORE_MS / 2), after: after(STORE_MS) }
  }
}

/** One wait behind the other; what the second says of the rest holds. The second wait behind the work begins when it is its turn. */
function both(first: StoreFate, second: StoreFate): StoreFate {
  const then: Promise<unknown>['then'] = (resolve, reject) =>
    Promise.resolve(first.after)
      .then(() => second.after)
      .then(resolve, reject)
  return {
    ...second,
    before: Promise.all([first.before, second.before]),
    // oxlint-disable-next-line unicorn/no-thenable
    after: second.after === undefined ? (first.after ?? Promise.resolve()) : ({ then } as Promise<unknown>),
  }
}
