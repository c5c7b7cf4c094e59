/**
 * What a reader may count on in any file: it is short, says at its top what it is, is named like what it holds, and leaves
 * nothing open.
 */
import { after, test } from 'node:test'
import { SyntaxKind } from 'typescript/unstable/ast'
import { filesUnder } from '../support/files-under.js'
import { assertNone } from '../support/findings.js'
import { lineOf, openSourceTree, walk } from '../support/source-tree.js'

/** Longer than this, a file holds more than one idea. */
const LINES_MAX = 400
/** Where most files should be; told, not enforced. */
const LINES_MEDIAN_GOAL = 120
/** Names that say nothing: whatever has no place of its own ends up there. */
const SAYS_NOTHING = ['utils', 'util', 'common', 'helpers', 'helper', 'misc', 'shared', 'lib', 'types', 'constants']
const LEFT_OPEN = /\b(TODO|FIXME|XXX|HACK)\b/
const SILENCED = /@ts-(ignore|nocheck)/
const EXPECTED_ERROR = /@ts-expect-error/

const tree = openSourceTree()
after(() => tree.close())
const sources = tree.under('src')
/** Without this file, which says the words that it looks for. */
const tests = tree.under('test').filter(({ path }) => path !== 'test/house/size.test.ts')

test(`no source file has more than ${LINES_MAX} lines`, (t) => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b)
  t.diagnostic(
    `median ${sorted[Math.floor(sorted.length / 2)]} lines (goal: ${LINES_MEDIAN_GOAL}) of ${sorted.length} files`,
  )
  const long = lengths.filter(({ lines }) => lines > LINES_MAX)
  assertNone(
    long.map(({ path, lines }) => `${path} has ${lines} lines`),
    `Longer than ${LINES_MAX} lines. Find the second idea in it, and give it a file:`,
  )
})

test('each file begins with a comment that says what it is', () => {
  const silent = sources.filter(({ text }) => !/^(#!.*\n)?\/[*/]/.test(text))
  assertNone(
    silent.map(({ path }) => path),
    'Begin with a few lines: what it is, and what it does not know:',
  )
})

test('files and folders have names that say something, in kebab-case', () => {
  const wrong: string[] = []
  for (const path of [...filesUnder('src'), ...filesUnder('test')]) {
    if (path.endsWith('.npmrc')) continue
    for (const stem of path.split('/').map((part) => part.replace(/(\.[a-z0-9]+)+$/, ''))) {
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) wrong.push(`${path}: ${stem} is not in kebab-case`)
      const telling = !SAYS_NOTHING.includes(stem) || path.startsWith('test/types/')
      if (!telling) wrong.push(`${path}: ${stem} says nothing. Name it after what it holds.`)
    }
  }
  assertNone([...new Set(wrong)], 'Names:')
})

test('no type is given up', () => {
  const wrong: string[] = []
  for (const source of sources) {
    walk(source.tree, (node) => {
      if (node.kind === SyntaxKind.AnyKeyword)
        wrong.push(`${source.path}:${lineOf(source, node)} says any: use unknown`)
    })
    if (EXPECTED_ERROR.test(source.text)) wrong.push(`${source.path} expects a type error: only test/types may`)
  }
  for (const { path, text } of [...sources, ...tests]) {
    if (SILENCED.test(text)) wrong.push(`${path} silences the compiler`)
  }
  assertNone(wrong, 'Types given up:')
})

test('nothing is left open', () => {
  const open = [...sources, ...tests].flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (LEFT_OPEN.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  )
  assertNone(open, 'Finish it, or write down elsewhere what is missing:')
})
