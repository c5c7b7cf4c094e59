/**
 * Watches an app's source: its file, what it imports, and folders given by name. The system's events only say when to look; what has changed is found by comparing, so that none is missed and none
 * is reported twice. Knows nothing of what a change leads to.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Clock, Timer } from '../runtime/runtime.js'
import { importedFiles } from './imported-files.js'

const NEVER = ['node_modules', 'dist']

/** An editor writes a file in several steps, and a branch is many files. */
const SETTLE_MS = 100
/** How often to look where the system gives no events. */
const POLL_MS = 1_000
/** How many files are watched at once; that further files are not watched is logged. */
const FILES_MAX = 20_000

export interface SourceWatchOptions {
  readonly app: string
  /** Watched too, with all files in them. */
  readonly folders: readonly string[]
  /** Not watched, wherever they are. */
  readonly ignored: readonly string[]
  readonly clock: Clock
  readonly say: (line: string) => void
  /** Paths relative to the working folder. */
  readonly onChange: (paths: readonly string[]) => void
}

/** Path by what tells two contents apart. */
type Snapshot = ReadonlyMap<string, string>

export class SourceWatch {
  readonly #options: SourceWatchOptions
  readonly #ignored: readonly string[]
  readonly #watchers = new Map<string, FSWatcher>()
  #seen: Snapshot
  #look: Timer | null = null
  #poll: Timer | null = null
  #closed = false

  constructor(options: SourceWatchOptions) {
    this.#options = options
    this.#ignored = options.ignored.map((folder) => resolve(folder))
    this.#seen = this.#scan()
    if (this.#seen.size >= FILES_MAX) {
      options.say(
        `There are more than ${FILES_MAX} files to watch; the rest is not watched. Leave out folders with --ignore.`,
      )
    }
  }

  /** How many files are watched. */
  get files(): number {
    return this.#seen.size
  }

  close(): void {
    this.#closed = true
    this.#look?.cancel()
    this.#poll?.cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
  }

  #lookSoon(): void {
    if (this.#closed) return
    this.#look?.cancel()
    this.#look = this.#options.clock.after(SETTLE_MS, () => this.#compare())
  }

  #compare(): void {
    const before = this.#seen
    this.#seen = this.#scan()
    const changed = [...this.#seen].filter(([path, content]) => before.get(path) !== content).map(([path]) => path)
    const gone = [...before.keys()].filter((path) => !this.#seen.has(path))
    const paths = [...changed, ...gone].map((path) => relative(process.cwd(), path) || path)
    if (paths.length > 0) this.#options.onChange(paths)
  }

  /** All that is watched, as it is now. Folders that are new are watched from here on. */
  #scan(): Snapshot {
    const found = new Map<string, string>()
    const { app, folders } = this.#options
    for (const folder of folders) this.#scanFolder(resolve(folder), found)
    const { files, missingIn } = importedFiles(app)
    for (const folder of missingIn) this.#watchFolder(folder)
    for (const path of files) {
      if (path.includes(`${sep}node_modules${sep}`) || this.#isIgnored(path)) continue
      add(path, found)
      this.#watchFolder(dirname(path))
    }
    return found
  }

  #scanFolder(folder: string, found: Map<string, string>): void {
    if (this.#isIgnored(folder) || found.size >= FILES_MAX) return
    // Watched before it is read, so that nothing falls in between.
    this.#watchFolder(folder)
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!NEVER.includes(entry.name) && !entry.name.startsWith('.')) this.#scanFolder(path, found)
      } else if (found.size < FILES_MAX) add(path, found)
    }
  }

  #isIgnored(path: string): boolean {
    return this.#ignored.some((folder) => path === folder || path.startsWith(folder + sep))
  }

  #watchFolder(folder: string): void {
    if (this.#watchers.has(folder) || this.#closed) return
    try {
      const watcher = watch(folder, () => this.#lookSoon())
      this.#watchers.set(folder, watcher)
      watcher.on('error', () => {
        // The folder is gone, or the system has no more to give.
        watcher.close()
        this.#watchers.delete(folder)
        this.#lookSoon()
      })
    } catch {
      this.#pollInstead()
    }
  }

  #pollInstead(): void {
    if (this.#closed || this.#poll !== null) return
    this.#poll = this.#options.clock.after(POLL_MS, () => {
      this.#poll = null
      this.#compare()
      this.#pollInstead()
    })
  }
}

function add(path: string, found: Map<string, string>): void {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
  if (stat !== undefined) found.set(path, `${stat.mtimeNs}:${stat.size}`)
}

function entriesOf(folder: string): ReturnType<typeof readdirWithTypes> {
  try {
    return readdirWithTypes(folder)
  } catch {
    return []
  }
}

function readdirWithTypes(folder: string) {
  return readdirSync(folder, { withFileTypes: true })
}
