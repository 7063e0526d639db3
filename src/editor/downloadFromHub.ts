import { cleanText, shortened } from "../common/cleanWords";
import { cancelledError, ExplainError } from "../common/errors";
import { formatBytes, formatCount } from "../common/format";
import type { ModelReference } from "../common/model";
import { cleanToken, type HubAccess, hubAccess } from "../hub/access";
import { cachedModel } from "../hub/cachedModel";
import { type DownloadProgress, downloadModel, missingBytes } from "../hub/downloadModel";
import { fetchSend } from "../hub/fetchSend";
import { describeOnHub, type HubFile, type HubModel } from "../hub/hubModel";
import type { ModelAddress } from "../hub/modelAddress";
import { hostOf } from "../hub/refusals";
import { chosenVariant, type Variant, variantsOf } from "../hub/variants";
import { runCancellable } from "./cancellable";
import { showAside } from "./failures";
import { pickAddress } from "./hubPick";
import type { DownloadParts } from "./modelParts";
import { shortPath } from "./modelWords";
import { pickFrom } from "./surfaceLists";
import { askSecret, confirmAction, offer, showWarning } from "./surfaces";
import { translateMessage } from "./translate";
import { useModel } from "./useModel";

/**
 * Lets the person find a model on the hub by its name, its address or a search, and downloads it once they have agreed; `landed` is called when it is there, and it is offered for
 * use. A failure is said beside everything else: explaining goes on as before. What was broken off is gone on with the next time.
 */
export async function downloadFromHub(parts: DownloadParts, landed: () => void): Promise<void> {
  try {
    await download(parts, landed);
  } catch (thrown) {
    await showAside(ExplainError.from(thrown), parts.translate);
  }
}

async function download(parts: DownloadParts, landed: () => void): Promise<void> {
  const { translate } = parts;
  const open = await accessOf(parts);
  const address = await pickAddress(translate, open);
  if (address === null) {
    return;
  }
  const model = await described(parts, open, address);
  const variant = model && (await pickVariant(parts, model, address.file));
  if (!model || !variant) {
    return;
  }
  const missing = await missingBytes(open, { model, variant });
  if (missing > 0 && !(await isAgreed(parts, { model, variant, missing, access: open }))) {
    return;
  }
  const { revision } = address;
  const downloaded = await withToken(parts, translate("Downloading {0}", model.name), (access, signal, report) =>
    downloadModel(access, {
      model,
      revision,
      variant,
      signal,
      agree: (files, more) => agreeToMore(parts, variant.file, files, more),
      report: (progress) => report(words(parts, progress)),
    }),
  );
  if (!downloaded) {
    return;
  }
  landed();
  const use = translate("Use this model");
  if ((await offer(translate("Downloaded: {0}", model.name), use)) === use) {
    await useModel(parts, await referenceOf(parts, downloaded.directory, variant));
  }
}

/** What the hub says of a model. Where the hub cannot be asked, what is in the cache of it is offered for use instead, and there is nothing to download: `null`. */
async function described(parts: DownloadParts, open: HubAccess, address: ModelAddress): Promise<HubModel | null> {
  const { name, revision, file } = address;
  const { translate } = parts;
  try {
    return await withToken(parts, translate("Asking about {0}", name), (access, signal) =>
      describeOnHub(access, name, revision, signal),
    );
  } catch (thrown) {
    const error = ExplainError.from(thrown);
    const isSilent = error.reason === "hub-unreachable";
    const there = isSilent ? await cachedModel(open, name, revision, { file, precision: null }) : null;
    if (there === null) {
      throw error;
    }
    const use = translate("Use this model");
    const sentence = translate("{0} {1} was downloaded before.", translateMessage(translate, error.text), name);
    if ((await showWarning(sentence, use)) === use) {
      await useModel(parts, await referenceOf(parts, there.directory, there));
    }
    return null;
  }
}

/** Asks again where a model's file turned out to keep weights in files that nobody knew of. Throws `cancelled` where they are not wanted. */
async function agreeToMore(
  { translate }: DownloadParts,
  file: string,
  files: readonly HubFile[],
  more: number,
): Promise<void> {
  const names = shortened(cleanText(files.map(({ path }) => path).join(", ")), 300);
  const question = translate("Download {0} more?", formatBytes(more));
  const detail = [translate("{0} keeps weights in {1}.", file, names)];
  if (!(await confirmAction(question, detail, translate("Download")))) {
    throw cancelledError();
  }
}

/** The way to the hub, with the token that the person gave for it. */
async function accessOf({ secrets }: DownloadParts): Promise<HubAccess> {
  const access = await hubAccess(process.env, { send: fetchSend });
  const token = cleanToken(await secrets.get(tokenKey(access)));
  return token === null ? access : { ...access, token };
}

/** A token is for the hub that it was given for and for no other. */
function tokenKey({ endpoint }: HubAccess): string {
  return `hubToken ${endpoint}`;
}

type Work<T> = (access: HubAccess, signal: AbortSignal, report: (words: string) => void) => Promise<T>;

/** Runs work below a notification that cancels it. Where the hub lets only some in, the person may give an access token, and it is done again; `null` where they do not. */
async function withToken<T>(parts: DownloadParts, title: string, work: Work<T>): Promise<T | null> {
  for (;;) {
    const access = await accessOf(parts);
    try {
      return await runCancellable(title, (signal, report) => work(access, signal, report));
    } catch (thrown) {
      const error = ExplainError.from(thrown);
      if (error.reason !== "hub-denied") {
        throw error;
      }
      if (!(await askToken(parts, access, error))) {
        return null;
      }
    }
  }
}

/** Whether it may be tried again: with another token, or without the one that was kept. */
async function askToken(
  { secrets, translate }: DownloadParts,
  access: HubAccess,
  error: ExplainError,
): Promise<boolean> {
  const give = translate("Give an access token…");
  if ((await showWarning(translateMessage(translate, error.text), give)) !== give) {
    return false;
  }
  const written = await askSecret({
    title: translate("Access token for {0}", hostOf(access)),
    prompt: translate("It is kept in the editor's store of secrets. Leave it empty to remove the one that is kept."),
  });
  if (written === undefined) {
    return false;
  }
  const token = cleanToken(written);
  if (token !== null) {
    await secrets.store(tokenKey(access), token);
  } else if (written.trim() === "") {
    await secrets.delete(tokenKey(access));
  } else {
    await showWarning(
      translate("This is no access token: it has spaces, or characters that tokens never have. Copy it again."),
    );
  }
  return true;
}

/** Asks for the precision where there are several; `undefined` where that is given up. */
async function pickVariant(
  { translate }: DownloadParts,
  model: HubModel,
  file: string | null,
): Promise<Variant | undefined> {
  const variants = variantsOf(model);
  const [first] = variants;
  if (file !== null || variants.length === 1) {
    return file === null ? first : chosenVariant(variants, model.name, { file, precision: null });
  }
  const items = variants.map((variant) => ({
    label: variant.file,
    description: `${variant.precision} · ${formatBytes(variant.bytes)}`,
    variant,
  }));
  const title = translate("Files of {0}", model.name);
  const placeholder = translate("The same model in several files; choose one");
  return (await pickFrom(items, { title, placeholder }))?.variant;
}

async function isAgreed(
  { translate }: DownloadParts,
  about: {
    readonly model: HubModel;
    readonly variant: Variant;
    readonly missing: number;
    readonly access: HubAccess;
  },
): Promise<boolean> {
  const { model, variant, missing, access } = about;
  const { task, licence, downloads, isGated } = model;
  const lines = [
    translate("{0} in {1} files, {2}", formatBytes(missing), variant.files.length, variant.precision),
    task === null ? "" : translate("Task: {0}", task),
    licence === null ? translate("The licence is not named.") : translate("Licence: {0}", licence),
    translate("{0} downloads", formatCount(downloads)),
    isGated ? translate("Only those may download it who asked for access.") : "",
    translate("From {0} into {1}", hostOf(access), shortPath(access.cache)),
  ];
  const detail = lines.filter((line) => line !== "");
  return confirmAction(translate("Download {0}?", model.name), detail, translate("Download"));
}

function words({ translate }: DownloadParts, { file, done, total, isWaiting }: DownloadProgress): string {
  const [name, far] = [cleanText(file), translate("{0} of {1}", formatBytes(done), formatBytes(total))];
  return isWaiting ? translate("{0}: {1}, downloaded by another window", name, far) : `${name}: ${far}`;
}

/** The file that was chosen, named where another one would be taken. */
async function referenceOf(
  { engine }: DownloadParts,
  directory: string,
  { file }: Pick<Variant, "file">,
): Promise<ModelReference> {
  const found = await engine.request("findModels", { bundled: directory, folders: [directory], recent: [] });
  const files = found.find((model) => model.directory === directory)?.files ?? [];
  const at = files.findIndex((one) => one.file === file);
  return { directory, file: at > 0 || (at < 0 && /\.onnx$/i.test(file)) ? file : null };
}
