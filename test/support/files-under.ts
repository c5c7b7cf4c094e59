/** The files of a folder of the project, and of all folders in it. */
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { inProject, projectRoot } from './project-root.js'

/** Relative to the project, with forward slashes. */
export function filesUnder(folder: string): string[] {
  const found: string[] = []
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) visit(path)
      else found.push(relative(projectRoot, path).split(sep).join('/'))
    }
  }
  visit(inProject(folder))
  return found.sort()
}
