/**
 * The second half of `npm run build`: declarations that a page's project can check as well. It imports an app by its type, and with it
 * declarations that name types of Node, which it does not have. Where those are missing they are looked over; where they are there, used.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const OF_NODE = /\bfrom ['"]node:|\bimport\(["'](?:node:)?(?:https?|net|stream|tls)["']\)|\bBuffer\b|\bNodeJS\./
const COMMENT = /^\s*(?:\*|\/\*|\/\/)/
const LOOKED_OVER = '// @ts-ignore: without the types of Node this is not looked at.'
/** `Symbol.asyncDispose`, which the library of ES2022 does not have. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n'

const dist = new URL('./dist/', import.meta.url).pathname
for (const name of readdirSync(dist, { recursive: true })) {
  if (!String(name).endsWith('.d.ts')) continue
  const path = join(dist, String(name))
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n').flatMap((line, i, all) => {
    if (!OF_NODE.test(line) || COMMENT.test(line) || all[i - 1]?.includes(LOOKED_OVER)) return [line]
    return [/^\s*/.exec(line)?.[0] + LOOKED_OVER, line]
  })
  const needsLibrary = /\basyncDispose\b|\bAsyncDisposable\b/i.test(text) && !text.startsWith('/// <reference lib')
  const next = (needsLibrary ? DISPOSABLE : '') + lines.join('\n')
  if (next !== text) writeFileSync(path, next)
}
