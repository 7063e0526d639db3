import { tasks } from "../common/task";
import { currentEditor } from "./currentEditor";
import { explainSelection, type SelectedParts } from "./explainSelected";
import { offerSample } from "./sample";
import { pickFrom } from "./surfaceLists";
import { rememberedTask, rememberTask } from "./taskChoice";

/** Lets the person choose what the model is asked, among what it is made for, remembers that for the model, and explains what is selected. */
export async function explainAs(parts: SelectedParts): Promise<void> {
  const { controller, engine, memory, translate } = parts;
  const editor = currentEditor(controller);
  if (!editor) {
    await offerSample(translate);
    return;
  }
  const model = await parts.model(editor.document);
  const { id: name, task: usual, tasks: served } = await engine.request("describeModel", model);
  const now = rememberedTask(memory, model) ?? usual;
  const items = served.map((id) => ({
    id,
    label: translate(tasks[id].label),
    ...(id === now ? { description: translate("now") } : {}),
  }));
  const chosen = await pickFrom(items, {
    title: translate("What {0} is asked", name),
    placeholder: translate("Choose what the text is explained as; it is remembered for this model"),
  });
  if (chosen) {
    await rememberTask(memory, model, chosen.id);
    await explainSelection(parts);
  }
}
