import { cleanName, cleanText } from "../common/cleanWords";
import { escapeHtml } from "../common/escapeHtml";
import { type MethodNeed, methodInfo } from "../common/method";
import type { ModelCard, ModelInspection } from "../common/model";
import { modelRows } from "../common/modelRows";
import { commandIds } from "./ids";
import { commandAnchor, isolated, tableRow } from "./pageHtml";
import { type Translate, translateMessage } from "./translate";

/** What links of the page may run. */
export const inspectionCommands = [commandIds.useModel, commandIds.compareFiles] as const;

/** What a method needs, as a person would say it. */
const needs: Readonly<Record<MethodNeed, string>> = {
  target: "something to explain",
  evaluations: "the model run on changed texts",
  attention: "attention weights",
  gradients: "gradients",
};

/** The page of a model: what it is, what is inside, its files, what each method needs and why one is not available, licence and card. Everything of a stranger means itself. */
export function inspectionBody(model: ModelInspection, translate: Translate): string {
  const { id, reference, choices, file, card } = model;
  const chosen = choices[0]?.file === file ? null : file;
  const found = { id, title: "", directory: reference.directory };
  const node = { kind: "page", model: found, file: chosen };
  const actions = [
    commandAnchor(translate("Use this model"), commandIds.useModel, node),
    ...(choices.length > 1
      ? [commandAnchor(translate("Compare its files on the explained text"), commandIds.compareFiles, node)]
      : []),
  ];
  return [
    `<h1>${isolated(cleanName(id))}</h1>`,
    `<p class="dim">${isolated(cleanText(reference.directory))}</p>`,
    `<p class="actions">${actions.join(" ")}</p>`,
    ...modelRows(model, translate).map(
      ({ heading, rows }) =>
        `<h2>${escapeHtml(heading)}</h2><table><tbody>${rows
          .map(([name, words]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${isolated(words)}</td></tr>`)
          .join("")}</tbody></table>`,
    ),
    methodTable(model, translate),
    cardHtml(card, translate),
  ].join("\n");
}

function methodTable({ methods }: ModelInspection, translate: Translate): string {
  const rows = methods.map(({ id, available, why }) => {
    const asked = methodInfo(id)
      .needs.map((need) => translate(needs[need]))
      .join(", ");
    const state = available
      ? translate("available")
      : why
        ? translateMessage(translate, why)
        : translate("not available");
    const label = escapeHtml(translate(methodInfo(id).label));
    return `<tr><td>${label}</td><td>${escapeHtml(asked || translate("nothing"))}</td><td${available ? "" : ' class="no"'}>${escapeHtml(state)}</td></tr>`;
  });
  const head = tableRow(
    [translate("Method"), translate("Needs"), ""].map((html) => ({ html: escapeHtml(html) })),
    "th",
  );
  return `<h2>${escapeHtml(translate("Methods"))}</h2><div class="wide"><table><thead>${head}</thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function cardHtml(card: ModelCard | null, translate: Translate): string {
  const heading = `<h2>${escapeHtml(translate("Card"))}</h2>`;
  if (!card || card.text === "") {
    return `${heading}<p class="dim">${escapeHtml(translate("The folder has no README.md with words of its maker."))}</p>`;
  }
  const rest = card.isCut ? `<p class="dim">${escapeHtml(translate("The rest is left out."))}</p>` : "";
  const from = escapeHtml(translate("What README.md in the model's folder says, as it is written there:"));
  return `${heading}<p class="dim">${from}</p><pre dir="auto">${escapeHtml(card.text)}</pre>${rest}`;
}
