import { ExplainError } from "../common/errors";
import { formatCount } from "../common/format";
import type { HubAccess } from "../hub/access";
import { type FoundOnHub, searchHub } from "../hub/hubModel";
import { type ModelAddress, readModelAddress } from "../hub/modelAddress";
import { hostOf } from "../hub/refusals";
import { pickSearching } from "./surfaceLists";
import { type Translate, translateMessage } from "./translate";

/** Asks for a model; those that have the words in their names are shown as the person writes. */
export async function pickAddress(translate: Translate, access: HubAccess): Promise<ModelAddress | null> {
  const host = hostOf(access);
  const chosen = await pickSearching(
    async (written, signal) => {
      const address = readModelAddress(written, access.endpoint);
      const named = address && rowOf(translate("The model called {0}", address.name), placeIn(address), address);
      if (address && (address.revision !== null || address.file !== null || written.includes("://"))) {
        return [rowOf(address.name, placeIn(address), address)];
      }
      try {
        const found = await searchHub(access, written, signal);
        const isFound = found.some(({ name }) => name === address?.name);
        return [...found.map((one) => foundRow(one, translate)), ...(named && !isFound ? [named] : [])];
      } catch (error) {
        // A model can be asked for, or be there already, where nothing can be searched for.
        if (named) {
          return [{ ...named, detail: translateMessage(translate, ExplainError.from(error).text) }];
        }
        throw error;
      }
    },
    {
      nothing: translate("No model on {0} has these words in its name", host),
      failed: (thrown) => ({
        label: translate("{0} gave no list", host),
        detail: translateMessage(translate, ExplainError.from(thrown).text),
      }),
    },
    {
      title: translate("Download a model from {0}", host),
      placeholder: translate("A model's name, the address of its page, or words to search for"),
    },
  );
  return chosen?.address ?? null;
}

function rowOf(label: string, description: string, address: ModelAddress) {
  return { label, description, address };
}

/** The revision and the file that an address names. */
function placeIn({ revision, file }: ModelAddress): string {
  return [revision ?? "", file ?? ""].filter((part) => part !== "").join(" · ");
}

function foundRow({ name, task, downloads, hasOnnx, isGated }: FoundOnHub, translate: Translate) {
  const facts = [
    task ?? "",
    translate("{0} downloads", formatCount(downloads)),
    hasOnnx ? "ONNX" : "",
    isGated ? translate("access has to be asked for") : "",
  ];
  return rowOf(name, facts.filter((fact) => fact !== "").join(" · "), { name, revision: null, file: null });
}
