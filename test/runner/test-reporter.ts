/** A reporter of Node's: one line of JSON for each test and each file that ended. `test-job.ts` reads them. */
import type { TestEvent } from 'node:test/reporters'
import { cpuSeconds } from './cpu-time.js'

/** What a process of test files says of one of its tests, or of one of its files. */
export interface TestLine {
  readonly name: string
  readonly is: 'file' | 'suite' | 'test'
  readonly passed: boolean
  /** Why, or true, where it was not run. */
  readonly skipped?: string | boolean
  readonly ms: number
  /** Of a file: what the process and all it started have cost on the processors by then, in seconds; null where the system does not tell. */
  readonly cpuSeconds?: number | null
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, nesting, details, skip, todo } = event.data
    // The files are the outermost suites: see `test-process.ts`.
    const is = nesting === 0 ? 'file' : details.type === 'suite' ? 'suite' : 'test'
    const skipped = skip ?? todo
    const line: TestLine = {
      name,
      is,
      passed: event.type === 'test:pass',
      ms: details.duration_ms,
      ...(skipped === undefined ? {} : { skipped }),
      ...(is === 'file' ? { cpuSeconds: cpuSeconds() } : {}),
    }
    yield `${JSON.stringify(line)}\n`
  }
}
