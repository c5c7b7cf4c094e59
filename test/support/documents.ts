/** The documents that users read, and what is in them: code blocks with the files they make, headings, links. Runs nothing. */
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { filesUnder } from './files-under.js'
import { inProject } from './project-root.js'

/** Paths of all documents, relative to the project. */
export function documents(): readonly string[] {
  const own = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
  return [...own, ...filesUnder('docs').filter((path) => path.endsWith('.md'))]
}

export function textOf(path: string): string {
  return readFileSync(inProject(path), 'utf8')
}

/**
 * The TypeScript of a document as files. A block that begins with `// name.ts` begins that file, and what comes after a colon is a
 * remark; others go on with the file before, or make one of their own after `<!-- ts … -->`, which holds lines that readers are spared.
 */
export function codeFiles(path: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  const blocks = textOf(path).matchAll(/(?:^<!-- ts\n(.*?)^-->\n+)?^```(tsx?)\n(.*?)^```$/gms)
  let current = ''
  let count = 0
  for (const [, hidden, language = '', code = ''] of blocks) {
    const name = /^\/\/ (\S+\.tsx?)\b/.exec(hidden ?? code)?.[1]
    if (name !== undefined) current = name
    else if (hidden !== undefined || current === '') current = `block-${++count}.${language}`
    files.set(current, `${files.get(current) ?? ''}${hidden ?? ''}${code}\n`)
  }
  return files
}

export interface Link {
  readonly text: string
  /** The file, relative to the project; empty for the document itself. */
  readonly path: string
  readonly anchor: string
}

/** Links to other places of the project. */
export function linksOf(path: string): readonly Link[] {
  const prose = textOf(path)
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor = ''] = target.split('#')
    return [{ text: target, path: file === '' ? path : posix.join(posix.dirname(path), file), anchor }]
  })
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(path: string): ReadonlySet<string> {
  const headings = [
    ...textOf(path)
      .replaceAll(/^```.*?^```$/gms, '')
      .matchAll(/^#{1,6} (.+)$/gm),
  ]
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  )
}
