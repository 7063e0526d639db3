/** What people call the model in a folder: the name that the model hub gives it where the folder is one of the hub's cache (`models--OWNER--NAME/snapshots/COMMIT`), else the folder's own. */
export function modelName(directory: string): string {
  const steps = directory.split(/[\\/]/).filter((step) => step !== "");
  const hub = steps.at(-2) === "snapshots" ? nameInCache(steps.at(-3) ?? "") : null;
  return hub ?? steps.at(-1) ?? directory;
}

/** The model that a folder of the hub's cache is named for; `null` for other folders. */
export function nameInCache(folder: string): string | null {
  return /^models--(.+)$/.exec(folder)?.[1]?.replaceAll("--", "/") ?? null;
}
