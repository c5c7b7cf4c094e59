/**
 * The only place that writes to the terminal and ends the process. Knows nothing of what is said.
 */
import { createInterface } from 'node:readline/promises'

/** Where a command speaks and how it ends. */
export interface Terminal {
  /** What was asked for: help, a version, the lines of `dev`. Goes to stdout. */
  say(text: string): void
  /** What went wrong. Goes to stderr. */
  complain(text: string): void
  /** What the user answers; null where nobody sits there. */
  ask(question: string): Promise<string | null>
  /** Ends the process once what was written has left it. */
  end(code: number): Promise<never>
  /** Ends the process at once. */
  endNow(code: number): never
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // A reader that has gone, as in `centrum --help | head -1`, is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    async ask(question) {
      if (!process.stdin.isTTY || !process.stdout.isTTY) return null
      const lines = createInterface({ input: process.stdin, output: process.stdout })
      try {
        return await lines.question(question)
      } finally {
        lines.close()
      }
    },
    async end(code) {
      await Promise.all([written(process.stdout), written(process.stderr)])
      process.exit(code)
    },
    endNow: (code) => process.exit(code),
  }
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()))
}
