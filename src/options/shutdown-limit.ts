/** How long closing takes at most: one row, as backs and fronts are closed by the same flag. Knows neither. */

const DAY_MS = 24 * 60 * 60 * 1000

export const SHUTDOWN_LIMIT = {
  default: 8_000,
  min: 0,
  max: DAY_MS,
  unit: 'ms',
  description:
    'How long closing takes at most, a drain right before it included: handlers, sockets and a store that take longer are not waited for. What has not been done then is logged.',
} as const
