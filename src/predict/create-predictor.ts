/**
 * Prediction on a link: inputs are sent and applied at once; those that the channel has not acknowledged are applied again to each
 * newer state. It reads the link only when it is asked, so that a page that draws nothing computes nothing.
 */
import type { Channel, TypesOf } from '../channel/channel-types.js'
import type { LinkOf, ClientMessages } from '../channel/client-api.js'
import type { ReadonlyState } from '../channel/readonly-state.js'
import type { GivenOptions } from '../options/option-table.js'
import { copyValue, type Draft } from './copy-value.js'
import { FadingOffset } from './fading-offset.js'
import { type Angles, differenceOf, eachNumber, type NumberPath, numberAt } from './number-paths.js'
import { PREDICTOR_OPTIONS, readPredictOptions } from './predict-options.js'
import { Prediction } from './prediction.js'

/** The names of the messages that a client may send to a channel. */
export type MessageName<C extends Channel> = keyof ClientMessages<TypesOf<C>> & string

/** The payload of a message of that name, as it is sent. */
export type SentInput<C extends Channel, M extends string> = M extends keyof TypesOf<C>['messages']
  ? TypesOf<C>['messages'][M]['sent']
  : never

type Tuning = Omit<GivenOptions<typeof PREDICTOR_OPTIONS>, 'message' | 'select' | 'step'>

/** What `createPredictor` takes. */
export interface PredictorOptions<C extends Channel, M extends MessageName<C>, P extends object> extends Tuning {
  /** The name of the message that carries an input. */
  readonly message: M
  /** Selects from the state the object that is predicted; undefined while it does not exist. */
  readonly select: (state: ReadonlyState<TypesOf<C>['state']>) => P | undefined
  /** Applies one input to a copy of the selected object: the same function that the channel's handler calls. */
  readonly step: (value: Draft<P>, input: SentInput<C, M>, dtMs: number) => void
}

/** How often prediction and server disagreed, and by how much the last time. */
export interface Corrections {
  /** How often the server disagreed by more than the tolerance. */
  readonly count: number
  /** By how much each number moved in the last correction, by path, and in which version; null before the first. */
  readonly last: { readonly version: number; readonly moved: { readonly [path: NumberPath]: number } } | null
}

/** What `createPredictor` returns. */
export interface Predictor<I, P> {
  /**
   * Sends an input, and applies it to the prediction at once. Returns its number, as `send` does.
   * @throws CentrumError as `send` does; the input is then not applied.
   */
  input(...input: undefined extends I ? [input?: I] : [input: I]): number
  /**
   * What to show now: a copy with all inputs applied and corrections smoothed. Undefined while `select` returns nothing.
   * @param nowMs the time by a clock that never goes back, such as `performance.now()`.
   */
  at(nowMs: number): Draft<P> | undefined
  /** How often the server disagreed, and by how much the last time. */
  readonly corrections: Corrections
  /** How many inputs the channel has not processed yet. */
  readonly pending: number
  /** Stops listening to the link. */
  close(): void
}

/** What it needs of a link; names and payloads are what they are. */
interface PredictedLink {
  readonly state: unknown
  readonly version: number
  readonly acknowledged: number
  send(message: string, payload: unknown): number
  onReset(listener: () => void): () => void
}

/**
 * Predicts what this client's inputs do to its own part of a channel's state, before the channel has processed them.
 * @param link a live link. While it is stalled, inputs are kept and predicted.
 */
export function createPredictor<C extends Channel, M extends MessageName<C>, P extends object>(
  link: LinkOf<C>,
  options: PredictorOptions<C, M, P>,
): Predictor<SentInput<C, M>, P> {
  const settings = readPredictOptions('createPredictor', PREDICTOR_OPTIONS, options)
  // The types of a channel exist for the compiler only: at run time names and payloads are what they are.
  return new LinkPredictor(link, settings as unknown as Settings<P, SentInput<C, M>>)
}

interface Settings<P, I> {
  readonly message: string
  readonly select: (state: unknown) => P | undefined
  readonly step: (value: Draft<P>, input: I, dtMs: number) => void
  readonly stepMs: number
  readonly smoothMs: number
  readonly tween?: boolean
  readonly tolerance: number
  readonly snapBeyond: number
  readonly angles?: Angles
}

class LinkPredictor<P extends object, I> {
  readonly #link: PredictedLink
  readonly #settings: Settings<P, I>
  readonly #prediction: Prediction<P, I>
  readonly #corrected: FadingOffset
  readonly #stepped: FadingOffset
  /** The numbers that inputs have moved so far: only these are predicted, and can be corrected. */
  readonly #predicted = new Set<NumberPath>()
  readonly #stopListening: () => void
  #corrections: Corrections = { count: 0, last: null }
  /** What of the link is in the prediction. */
  #seen = { version: -1, acknowledged: -1 }

  constructor(link: PredictedLink, settings: Settings<P, I>) {
    this.#link = link
    this.#settings = settings
    const { step, stepMs, smoothMs, tween } = settings
    this.#prediction = new Prediction<P, I>((value, input) => step(value, input, stepMs))
    this.#corrected = new FadingOffset(smoothMs)
    this.#stepped = new FadingOffset(tween ? stepMs : 0)
    this.#stopListening = link.onReset(() => {
      this.#prediction.restart()
      this.#seen = { version: -1, acknowledged: -1 }
    })
    this.#look()
  }

  get corrections(): Corrections {
    this.#look()
    return this.#corrections
  }

  get pending(): number {
    this.#look()
    return this.#prediction.pending
  }

  input(input: I): number {
    const clientSeq = this.#link.send(this.#settings.message, input)
    this.#look()
    const before = this.#numbers()
    this.#prediction.take(clientSeq, input)
    eachNumber(this.#prediction.value, (path, now) => {
      const was = before.get(path)
      if (was === undefined || was === now) return
      this.#predicted.add(path)
      this.#stepped.add(path, differenceOf(now, was, this.#settings.angles?.[path]))
    })
    return clientSeq
  }

  at(nowMs: number): Draft<P> | undefined {
    this.#look()
    const { value } = this.#prediction
    if (value === undefined) return undefined
    const shown = copyValue(value)
    this.#corrected.apply(shown, nowMs)
    this.#stepped.apply(shown, nowMs)
    return shown as Draft<P>
  }

  close(): void {
    this.#stopListening()
  }

  /** Takes what the link has by now. */
  #look(): void {
    const { version, acknowledged, state } = this.#link
    if (version === this.#seen.version && acknowledged === this.#seen.acknowledged) return
    this.#seen = { version, acknowledged }
    const before = this.#prediction.value
    this.#prediction.learn(this.#settings.select(state), acknowledged)
    const { value } = this.#prediction
    if (before !== undefined && value !== undefined) this.#compare(before, value, version)
    else this.#clear()
  }

  #compare(before: Draft<P>, after: Draft<P>, version: number): void {
    const { tolerance, snapBeyond, angles } = this.#settings
    const moved: Record<NumberPath, number> = {}
    for (const path of this.#predicted) {
      const was = numberAt(before, path)
      const is = numberAt(after, path)
      if (was === undefined || is === undefined) continue
      const by = differenceOf(was, is, angles?.[path])
      if (Math.abs(by) > tolerance * Math.max(1, Math.abs(was), Math.abs(is))) moved[path] = by
    }
    const all = Object.entries(moved)
    if (all.length === 0) return
    this.#corrections = { count: this.#corrections.count + 1, last: { version, moved } }
    if (all.some(([, by]) => Math.abs(by) > snapBeyond)) this.#clear()
    else for (const [path, by] of all) this.#corrected.add(path, -by)
  }

  #clear(): void {
    this.#corrected.clear()
    this.#stepped.clear()
  }

  #numbers(): Map<NumberPath, number> {
    const numbers = new Map<NumberPath, number>()
    eachNumber(this.#prediction.value, (path, value) => numbers.set(path, value))
    return numbers
  }
}
