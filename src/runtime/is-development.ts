/** Whether mistakes are to be found, at the cost of speed. Bundlers write the value in its place; a page without one has no `process`. */
export function isDevelopment(): boolean {
  try {
    return process.env['NODE_ENV'] === 'development'
  } catch {
    return false
  }
}
