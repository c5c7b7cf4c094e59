/**
 * What `createPredictor` and `createInterpolator` take, checked once, with every default filled in. What depends on the types of a
 * channel is typed where the two are.
 */
import { NUMBER, OBJECT, SWITCH, TEXT } from '../options/option-kinds.js'
import type { OptionTable, OptionValues } from '../options/option-table.js'
import { PLAIN_WORDS } from '../options/plain-words.js'
import { readTable } from '../options/read-table.js'
import type { Angles } from './number-paths.js'

const MS = { ...NUMBER, min: 0, max: 60_000, unit: 'ms', fraction: true } as const
const isFunction = (value: unknown): value is (...args: never[]) => unknown => typeof value === 'function'

const ANGLES = {
  ...OBJECT,
  is: (value: unknown): value is Angles =>
    Object(value) === value && Object.values(value as object).every((each) => each === 'radians' || each === 'degrees'),
  expected: "an object with 'radians' or 'degrees' for each path",
} as const
const DISTANCE = { ...NUMBER, min: 0, max: Infinity, unit: 'count', fraction: true } as const

export const PREDICTOR_OPTIONS = {
  /** The name of the message that carries an input. */
  message: { ...TEXT, value: 'name', required: 'Give the name of the message that carries an input.' },
  /** Selects from the state the object that is predicted; undefined while it does not exist. */
  select: {
    ...OBJECT,
    is: isFunction,
    expected: 'a function (state)',
    required: 'Give a function of the state.',
  },
  /** Applies one input to a copy of the selected object: the same function that the channel's handler calls. */
  step: {
    ...OBJECT,
    is: isFunction,
    expected: 'a function (value, input, dtMs)',
    required: 'Give a function that takes one input.',
  },
  /** How long one input lasts: the `dtMs` that `step` gets. */
  stepMs: { ...MS, default: 50 },
  /** How long a correction takes to fade; with 0 it shows at once. */
  smoothMs: { ...MS, default: 100 },
  /** Spreads the movement of each input over `stepMs`, if frames are drawn more often than there are inputs. If left out, each input takes full effect at once. */
  tween: SWITCH,
  /** Differences up to this fraction of a number (or of 1, for smaller numbers) do not count as corrections, because engines compute slightly differently. */
  tolerance: { ...NUMBER, min: 0, max: 1, unit: 'part', fraction: true, default: 1e-6 },
  /** A correction that moves any number by more than this is shown at once: for a teleport, for example. */
  snapBeyond: { ...DISTANCE, default: Infinity },
  /** The numbers that are angles, by path (`heading`, `body.turn`): they turn the short way round. */
  angles: { ...ANGLES },
} as const satisfies OptionTable

export const INTERPOLATOR_OPTIONS = {
  /** Selects from the state the objects that are interpolated, by id, in an object or a Map; undefined while there are none. */
  select: PREDICTOR_OPTIONS.select,
  /** The fields of each object that are interpolated: numbers, or objects of numbers. Other fields are copied unchanged. */
  fields: {
    ...OBJECT,
    is: (value: unknown): value is readonly string[] =>
      Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'),
    expected: 'a list of names',
    required: 'Name the fields that are interpolated.',
  },
  /** The numbers that are angles, by path: they turn the short way round. They need not be in `fields`. */
  angles: { ...ANGLES },
  /** How long after the arrival of states objects are shown. At least the time between two states, plus the variation of the network. */
  delayMs: { ...MS, default: 100 },
  /** How long objects continue their movement when no state arrives. After that they return, within the same time, to where they were last seen. */
  extrapolateMs: { ...MS, default: 0 },
  /** An object that moves farther than this between two states is not interpolated: it jumps. */
  snapBeyond: { ...DISTANCE, default: Infinity },
  /** Returns the server's time of a state, in milliseconds since 1970, if the state contains it. If left out, the time of arrival is used. */
  time: { ...OBJECT, is: isFunction, expected: 'a function (state)' },
} as const satisfies OptionTable

/** Throws a `CentrumError` `invalid-option`. */
export function readPredictOptions<T extends OptionTable>(call: string, table: T, given: unknown): OptionValues<T> {
  return readTable(PLAIN_WORDS, { call }, table, given)
}
