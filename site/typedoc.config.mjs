/** The documentation as a static site: the documents by their index, and the reference from the comments in the code. */
import { existsSync } from 'node:fs'
import { PAGES } from './pages.mjs'

const ENTRIES = ['index', 'client', 'state', 'protocol', 'testing', 'react', 'predict', 'sqlite', 'postgres']
const entry = (name) => (name === 'index' ? '../src/index.ts' : `../src/${name}/index.ts`)
const documents = Object.values(PAGES)
  .flat()
  .map((page) => `../docs/${page}.md`)

export default {
  name: 'centrum',
  entryPoints: ENTRIES.map(entry).filter((path) => existsSync(new URL(path, import.meta.url))),
  tsconfig: '../tsconfig.build.json',
  readme: '../README.md',
  out: 'out',
  plugin: ['./plugin.mjs'],
  projectDocuments: documents,
  customCss: './site.css',
  favicon: './favicon.svg',
  searchInDocuments: true,
  searchInComments: true,
  sort: ['alphabetical-ignoring-documents'],
  groupOrder: [...Object.keys(PAGES), 'Reference', '*'],
  navigation: { includeGroups: true, includeCategories: false, includeFolders: false },
  locales: { en: { kind_plural_module: 'Reference' } },
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  // tsc checks them; the site is made by a compiler that has an interface for programs.
  skipErrorChecking: true,
  markdownItOptions: { html: true, linkify: false },
  highlightLanguages: [
    'typescript',
    'tsx',
    'javascript',
    'json',
    'bash',
    'console',
    'ini',
    'nginx',
    'html',
    'css',
    'python',
    'sql',
    'yaml',
  ],
  ignoredHighlightLanguages: ['haproxy'],
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
}
