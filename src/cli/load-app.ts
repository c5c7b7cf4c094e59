/**
 * Brings in the app: finds the file, sees to it that TypeScript can be run, imports it, and makes sure that its default
 * export is an app. Knows nothing of masters.
 */
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { App } from '../channel/app.js'
import { isApp } from '../run/role-options.js'
import { codeOf, stackOf, UsageError } from './usage-error.js'

const TYPESCRIPT = ['.ts', '.mts', '.cts', '.tsx']
const JAVASCRIPT = ['.js', '.mjs', '.cjs']
const ENDINGS = [...TYPESCRIPT, ...JAVASCRIPT]

/** How TypeScript becomes something that runs: tsx where the app has it, else Node itself where it can. */
type Loader = 'none' | 'tsx' | 'node'

/** Codes and names of errors that say that a file is wrong, not that its code failed. */
const FILE_PROBLEMS = [
  'SyntaxError',
  'TransformError',
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
]

/** The path of an app's file, checked. Throws a `UsageError`. */
export function appPath(given: string): string {
  const path = resolve(given)
  if (!existsSync(path)) {
    const meant = ENDINGS.find((ending) => existsSync(path + ending))
    const hint =
      meant === undefined ? 'Name the file whose default export is the app.' : `Did you mean '${given}${meant}'?`
    throw new UsageError(`The app's file is '${given}', but that file does not exist (looked for ${path}). ${hint}`)
  }
  if (statSync(path).isDirectory()) {
    throw new UsageError(
      `The app's file is '${given}', but that is a folder. Name the file in it, such as ${given.replace(/[/\\]$/, '')}/app.ts.`,
    )
  }
  if (!ENDINGS.includes(extname(path))) {
    throw new UsageError(`The app's file is '${given}'. It must end in one of ${ENDINGS.join(', ')}.`)
  }
  return path
}

/** By its ending. */
export function isTypeScript(path: string): boolean {
  return TYPESCRIPT.includes(extname(path))
}

/** Throws a `UsageError` where the file is wrong, and whatever its code throws. */
export async function loadApp(given: string): Promise<App> {
  const path = appPath(given)
  const loader = await prepareLoader(path, given)
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(pathToFileURL(path).href)) as typeof exported
  } catch (error) {
    throw problemOf(error, given, path, loader)
  }
  // A CommonJS file that was written as an ES module arrives with its exports as the default.
  const outer = exported['default']
  const app = isRecord(outer) && 'default' in outer ? outer['default'] : outer
  if (isApp(app)) return app
  throw new UsageError(
    `${given} has ${describeExport(exported, app)}. Add to it: export default defineApp({ channels: { … } })`,
  )
}

async function prepareLoader(path: string, given: string): Promise<Loader> {
  if (!isTypeScript(path)) return 'none'
  const tsx = findTsx(path)
  if (tsx !== null) {
    await import(pathToFileURL(tsx).href)
    return 'tsx'
  }
  const { typescript } = process.features as { readonly typescript?: unknown }
  if (typescript !== undefined && typescript !== false && extname(path) !== '.tsx') return 'node'
  throw new UsageError(
    `${given} is TypeScript, and Node ${process.versions.node} can't run ${extname(path) === '.tsx' ? 'that kind of it' : 'it'} by itself. ` +
      'Install tsx in the project (npm install --save-dev tsx), use Node 22.18 or later, or compile the app and run the .js file.',
  )
}

/** Where the app's own tsx is; null where it has none. */
function findTsx(path: string): string | null {
  try {
    return createRequire(path).resolve('tsx')
  } catch {
    return null
  }
}

/** What to show of an error that came while the app was imported. */
function problemOf(error: unknown, given: string, path: string, loader: Loader): unknown {
  if (!(error instanceof Error)) return new Error(`${given} threw while it was loaded: ${String(error)}`)
  const code = codeOf(error)
  if (error.name === 'CentrumError') {
    return code === 'invalid-definition'
      ? new UsageError(`${placeIn(error, path) ?? given}: ${error.message}`, { cause: error })
      : error
  }
  if (!FILE_PROBLEMS.includes(code ?? '') && !FILE_PROBLEMS.includes(error.name)) return error
  return new UsageError(`${given} can't be loaded: ${whatAndWhere(error)}${hintFor(code, loader)}`, { cause: error })
}

/** Node puts the line and a caret of a syntax error at the top of its stack. */
function whatAndWhere(error: Error): string {
  const stack = stackOf(error)
  return error instanceof SyntaxError ? (stack.split(/\n\s+at /)[0]?.trimEnd() ?? stack) : error.message
}

function hintFor(code: string | undefined, loader: Loader): string {
  if (loader !== 'node') return ''
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return "\nNode itself is running TypeScript here, and needs the real file extension in imports: import './rules.ts', not './rules.js'. Or install tsx in the project: npm install --save-dev tsx."
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return '\nNode itself is running TypeScript here, and only removes types. For enums and the like, install tsx in the project: npm install --save-dev tsx.'
  }
  return ''
}

/** The line of a stack that is in the app's folder: where a definition is wrong, not where that was noticed. */
function placeIn(error: Error, path: string): string | null {
  const own = dirname(path) + sep
  for (const line of (error.stack ?? '').split('\n')) {
    const [, place, position] = /((?:file:)?\/[^()]+?|[A-Z]:\\[^()]+?)(:\d+:\d+)\)?$/.exec(line) ?? []
    if (place === undefined || position === undefined) continue
    const file = place.startsWith('file:') ? fileURLToPath(place.replace(/\?.*$/, '')) : place
    const inside = file.startsWith(own) && !file.includes(`${sep}node_modules${sep}`)
    if (inside) return `${relative(process.cwd(), file)}${position}`
  }
  return null
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function describeExport(exported: Readonly<Record<string, unknown>>, value: unknown): string {
  if (value === undefined) {
    const named = Object.entries(exported).find(([, other]) => isApp(other))?.[0]
    return named === undefined
      ? 'no default export'
      : `no default export, but an app called '${named}': export default ${named}`
  }
  if (isRecord(value) && 'contract' in value) return 'a channel as its default export, not an app'
  const what = value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
  return `${what} as its default export, which is not an app: an app is what defineApp({ … }) returns`
}
