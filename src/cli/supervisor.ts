/**
 * How `dev` and the processes it starts speak: a child says where it listens, and stops when the channel between them closes.
 * So it also ends when `dev` dies without a word, and on systems without signals. Knows nothing of what a child does.
 */
import type { Environment } from './read-command-line.js'

/** Tells a process that `dev` started it. Not an option: others have no use for it. */
export const SUPERVISED = 'CENTRUM_SUPERVISED'

interface Listening {
  readonly centrum: 'listening'
  readonly where: string
}

/** A child's end. */
export interface Supervisor {
  /** Resolves when the parent wants this process to stop, or is gone. */
  readonly left: Promise<void>
  listening(where: string): void
}

/** Null in a process that `dev` did not start. */
export function supervisorOf(environment: Environment): Supervisor | null {
  if (environment[SUPERVISED] !== '1' || !process.channel) return null
  const left = new Promise<void>((resolve) => {
    if (process.connected) process.once('disconnect', resolve)
    else resolve()
  })
  return {
    left,
    listening(where) {
      if (process.connected) process.send?.({ centrum: 'listening', where } satisfies Listening)
    },
  }
}

/** Where a child listens, from what it sent; null if it is anything else, such as a message of the app's own. */
export function whereListening(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !('centrum' in message) || !('where' in message)) return null
  return message.centrum === 'listening' && typeof message.where === 'string' ? message.where : null
}
