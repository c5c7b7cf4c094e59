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
  /** The message that carries an input. */
  message: { ...TEXT, value: 'name', required: 'Give the name of the message that carries an input.' },
  /** What is predicted, within the state; undefined while it is not there. */
  select: {
    ...OBJECT,
    is: isFunction,
    expected: 'a function (state)',
    required: 'Give a function of the state.',
  },
  /** Takes one input, on a copy of what was selected: the function that the channel's handler calls as well. */
  step: {
    ...OBJECT,
    is: isFunction,
    expected: 'a function (value, input, dtMs)',
    required: 'Give a function that takes one input.',
  },
  /** How long one input lasts: what `step` is given. */
  stepMs: { ...MS, default: 50 },
  /** How long a correction takes to fade; 0 to show it at once. */
  smoothMs: { ...MS, default: 100 },
  /** Draws the way of each input over `stepMs`, where inputs come at that rate and frames more often; else an input shows at once. */
  tween: SWITCH,
  /** Differences up to this part of a number, and of 1 where it is smaller, are no corrections: engines compute differently. */
  tolerance: { ...NUMBER, min: 0, max: 1, unit: 'part', fraction: true, default: 1e-6 },
  /** A correction that moves any number by more than this is shown at once: a teleport, for example. */
  snapBeyond: { ...DISTANCE, default: Infinity },
  /** Which numbers are angles, by their paths (`heading`, `body.turn`): they go the short way round. */
  angles: { ...ANGLES },
} as const satisfies OptionTable

export const INTERPOLATOR_OPTIONS = {
  /** What is interpolated, within the state: things by their ids, in an object or a Map; undefined while there are none. */
  select: PREDICTOR_OPTIONS.select,
  /** The fields of each that are interpolated: numbers, or objects of numbers. The others are copied as they are. */
  fields: {
    ...OBJECT,
    is: (value: unknown): value is readonly string[] =>
      Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'),
    expected: 'a list of names',
    required: 'Name the fields that are interpolated.',
  },
  /** Which numbers are angles, by their paths: they go the short way round. They need not be in `fields`. */
  angles: { ...ANGLES },
  /** How far behind the arrival of states things are shown. At least the time between two of them, and what the network varies by. */
  delayMs: { ...MS, default: 100 },
  /** How long things go on as they went where no state arrives; after that they go back, within the same time, to where they were seen last. */
  extrapolateMs: { ...MS, default: 0 },
  /** What moves farther than this between two states is not interpolated: it is there, and then it is here. */
  snapBeyond: { ...DISTANCE, default: Infinity },
  /** The server's time of a state, in milliseconds since 1970, where the state has it; the time at which it arrived without it. */
  time: { ...OBJECT, is: isFunction, expected: 'a function (state)' },
} as const satisfies OptionTable

/** Throws a `CentrumError` `invalid-option`. */
export function readPredictOptions<T extends OptionTable>(call: string, table: T, given: unknown): OptionValues<T> {
  return readTable(PLAIN_WORDS, { call }, table, given)
}
