/** How long closing takes at most: one row, as backs and fronts are closed by the same flag. Knows neither. */

const DAY_MS = 24 * 60 * 60 * 1000

export const SHUTDOWN_LIMIT = {
  default: 8_000,
  min: 0,
  max: DAY_MS,
  unit: 'ms',
  description:
    'How long closing takes at most, including a drain just before it. It does not wait longer for handlers, sockets or a store, and logs what was left undone.',
} as const
