/** How many files and sockets this process may have open. Null where the system does not say. */
export function descriptorsMax(): number | null {
  try {
    const report = process.report as typeof process.report & { excludeNetwork?: boolean }
    // Names of hosts are not looked up.
    report.excludeNetwork = true
    const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
    const soft = Number(userLimits?.open_files?.soft)
    return Number.isSafeInteger(soft) && soft > 0 ? soft : null
  } catch {
    return null
  }
}
