import { cleanText } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import { formatBytes, formatCount } from "../common/format";
import { exportKind } from "../exports/registry";
import { type HubAccess, hubAccess } from "../hub/access";
import { type CachedModel, cachedModel, type WantedVariant } from "../hub/cachedModel";
import { downloadModel, missingBytes } from "../hub/downloadModel";
import { describeOnHub, type HubModel } from "../hub/hubModel";
import { isRevision, type ModelAddress, readModelAddress } from "../hub/modelAddress";
import { proxySend } from "../hub/proxySend";
import { chosenVariant, type Variant, variantsOf } from "../hub/variants";
import { agree } from "./agree";
import type { CommandLine } from "./options";
import { ProgressLine } from "./progressLine";
import type { CliSurroundings } from "./surroundings";
import { UsageError } from "./usageError";

/** Downloads the model that a command line names into the shared cache, and gives what is to be printed: its folder, or an object about it. */
export async function downloadFromHub(line: CommandLine, around: CliSurroundings): Promise<string> {
  const { signal } = around;
  const access = await hubAccess(process.env, { send: proxySend() });
  const address = addressOf(line, access);
  const { name, revision } = address;
  const wanted = { file: address.file, precision: line.download.precision };
  let model: HubModel;
  try {
    model = await describeOnHub(access, name, revision, signal);
  } catch (error) {
    const there = await instead(error, access, address, wanted, around);
    return printed(line, { name, revision, commit: there.commit }, { ...there, fetched: 0 });
  }
  const variant = chosenVariant(variantsOf(model), name, wanted);
  const missing = await missingBytes(access, { model, variant });
  if (missing > 0) {
    await agree(line, around, questionOf(model, variant, missing, access));
  }
  const progress = new ProgressLine(around.stderr, line.quiet);
  try {
    const { directory, fetched } = await downloadModel(access, {
      model,
      revision,
      variant,
      signal,
      agree: async (files, more) => {
        progress.clear();
        const names = cleanText(files.map(({ path }) => path).join(", ")).slice(0, 300);
        await agree(line, around, `${variant.file} keeps weights in ${names}: download ${formatBytes(more)} more?`);
      },
      report: ({ file, done, total, isWaiting }) =>
        progress.say(
          `${isWaiting ? "another process downloads" : "downloading"} ${cleanText(file)}: ${formatBytes(done)} of ${formatBytes(total)}`,
        ),
    });
    return printed(line, { name, revision, commit: model.commit }, { directory, file: variant.file, fetched });
  } finally {
    progress.clear();
  }
}

/** What the cache has of a model whose hub could not be asked, and says so unless the person wanted it that way. Throws `error` where there is nothing, or the hub has answered. */
async function instead(
  error: unknown,
  access: HubAccess,
  { name, revision }: ModelAddress,
  wanted: WantedVariant,
  { stderr }: CliSurroundings,
): Promise<CachedModel> {
  const { reason, message } = ExplainError.from(error);
  const there = reason === "hub-unreachable" ? await cachedModel(access, name, revision, wanted) : null;
  if (there === null) {
    throw error;
  }
  if (!access.isOffline) {
    const newer = revision === there.commit ? "" : "; the hub may have a newer one";
    stderr.write(`warning: ${message} This is what was downloaded before${newer}.\n`);
  }
  return there;
}

function addressOf(line: CommandLine, access: HubAccess): ModelAddress {
  const written = line.text ?? "";
  const address = readModelAddress(written, access.endpoint);
  if (address === null) {
    throw new UsageError(`"${written}" is not the name of a model: owner/name, or the address of its page.`);
  }
  const { revision } = line.download;
  if (revision !== null && address.revision !== null && revision !== address.revision) {
    throw new UsageError("Give the revision either in the address or by --revision, not both.");
  }
  if (revision !== null && !isRevision(revision)) {
    throw new UsageError(`--revision takes a branch, tag or commit; not "${revision}".`);
  }
  if (line.file !== null && address.file !== null && line.file !== address.file) {
    throw new UsageError("Give the file either in the address or by --file, not both.");
  }
  return { ...address, revision: revision ?? address.revision, file: line.file ?? address.file };
}

function questionOf(
  { name, task, licence, isGated }: HubModel,
  variant: Variant,
  missing: number,
  access: HubAccess,
): string {
  const facts = [
    task,
    variant.precision,
    `licence ${licence ?? "not named"}`,
    ...(isGated ? ["for those who asked for access"] : []),
  ];
  const about = facts.filter((fact) => fact !== null).join(", ");
  return `Download ${formatBytes(missing)}, ${formatCount(variant.files.length)} files, of ${name} (${about}) into ${cleanText(access.cache)}?`;
}

function printed(
  { format }: CommandLine,
  model: { readonly name: string; readonly revision: string | null; readonly commit: string },
  { directory, file, fetched }: { readonly directory: string; readonly file: string; readonly fetched: number },
): string {
  const { name, revision, commit } = model;
  const about = { id: name, revision: revision ?? "main", commit, directory, file, downloadedBytes: fetched };
  return exportKind(format).object?.({ schema: 1, model: about }) ?? `${cleanText(directory)}\n`;
}
