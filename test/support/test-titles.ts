/** The titles of all tests as they stand in the code, for the tests that compare them with what the docs promise. */
import {
  isBinaryExpression,
  isCallExpression,
  isIdentifier,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  isTemplateExpression,
  type Node,
} from 'typescript/unstable/ast'
import { lineOf, type SourceTree, walk } from './source-tree.js'

export interface TestTitle {
  readonly path: string
  readonly line: number
  /** As written; where a value is put in, `…` stands for it. */
  readonly title: string
  /** `only`, `skip` or `todo` where the test is marked by its call. */
  readonly mark: string | undefined
}

/** `check` is how a contract suite names the function that declares its tests. */
const CALLS = ['test', 'it', 'describe', 'suite', 'check']
const MARKS = ['only', 'skip', 'todo']

export function testTitles(tree: SourceTree): TestTitle[] {
  const found: TestTitle[] = []
  for (const module of tree.under('test')) {
    walk(module.tree, (node) => {
      if (!isCallExpression(node)) return
      const call = callNames(node.expression)
      if (!call.some((name) => CALLS.includes(name))) return
      const title = node.arguments[0] && writtenText(node.arguments[0])
      if (title === undefined) return
      const mark = call.find((name) => MARKS.includes(name))
      found.push({ path: module.path, line: lineOf(module, node), title, mark })
    })
  }
  return found
}

/** `['test', 'skip']` for `test.skip`, `['t', 'test']` for `t.test`. */
function callNames(callee: Node): string[] {
  if (isIdentifier(callee)) return [callee.text]
  if (!isPropertyAccessExpression(callee)) return []
  return [...callNames(callee.expression), callee.name.text]
}

function writtenText(node: Node): string | undefined {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return node.text
  if (isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
  }
  if (isBinaryExpression(node)) return `${writtenText(node.left) ?? '…'}${writtenText(node.right) ?? '…'}`
  return undefined
}
